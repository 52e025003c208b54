"""Examples for embeddings, images and transcripts."""

from __future__ import annotations

import base64
import math
import struct
from typing import Any

from by_hand import SAFE, Example, Pair, Raw, embeddings, exchange, images, picture, verbose

from aoai_conformance.exchange import Exchange

FLOATS = [0.6, 0.8] + [0.0] * 8
OTHERS = [0.8, 0.6] + [0.0] * 8


def packed(vector: list[float], form: str = "<f") -> str:
    return base64.b64encode(b"".join(struct.pack(form, number) for number in vector)).decode()


def embedded(*vectors: Any, sent: dict[str, Any] | None = None, **more: Any) -> Exchange:
    inputs = [f"Text {place}" for place in range(len(vectors))]
    return exchange("embeddings", embeddings(*vectors, **more), sent={"input": inputs, **(sent or {})})


def renumbered(*indices: int) -> Exchange:
    answer = embeddings(*([(-1.0) ** index] for index in indices))
    for item, index in zip(answer["data"], indices, strict=True):
        item["index"] = index
    return exchange("embeddings", answer, sent={"input": [f"Text {index}" for index in indices]})


def renamed(name: str) -> Exchange:
    answer = embeddings([1.0])
    answer["data"][0]["object"] = name
    return exchange("embeddings", answer)


BASE64 = {"encoding_format": "base64"}
ONE = embedded(FLOATS)
TWO = embedded(FLOATS, OTHERS)
CODED = embedded(packed(FLOATS), sent=BASE64)
ITEM = "/data/0/embedding"
EMBEDDINGS = [
    Example(
        "EMBEDDINGS-001",
        "each input has a vector",
        TWO,
        embedded(FLOATS, sent={"input": ["a", "b"]}, tokens=2),
        "/data",
    ),
    Example("EMBEDDINGS-002", "vectors are numbered", TWO, renumbered(0, 2), "/data", "index"),
    Example("EMBEDDINGS-003", "vectors are in order", TWO, renumbered(1, 0), "/data", "order"),
    Example("EMBEDDINGS-004", "it is a list", ONE, embedded(FLOATS, object="embeddings"), "/object"),
    Example("EMBEDDINGS-005", "it holds embeddings", ONE, renamed("vector"), "/data/0/object"),
    Example("EMBEDDINGS-006", "float is the default", ONE, embedded(packed(FLOATS)), ITEM),
    Example("EMBEDDINGS-007", "base64 is heeded", CODED, embedded(FLOATS, sent=BASE64), ITEM),
    Example("EMBEDDINGS-008", "base64 decodes", CODED, embedded("AACA", sent=BASE64), ITEM),
    Example(
        "EMBEDDINGS-009", "sizes are equal", TWO, embedded(FLOATS, [0.6, 0.8]), "/data/1/embedding", "size"
    ),
    Example("EMBEDDINGS-009", "vectors are not empty", TWO, embedded([]), ITEM, "empty"),
    Example(
        "EMBEDDINGS-010",
        "dimensions are heeded",
        embedded(FLOATS, sent={"dimensions": 10}),
        embedded([*FLOATS, 0.0], sent={"dimensions": 10}),
        ITEM,
    ),
    Example("EMBEDDINGS-011", "base64 is finite", CODED, embedded(packed([math.nan]), sent=BASE64), ITEM),
    Example("EMBEDDINGS-012", "vectors may have length 1", TWO, embedded([3.0, 4.0]), ITEM, level="may"),
    Example(
        "EMBEDDINGS-013",
        "the total is the prompt",
        ONE,
        embedded(FLOATS, usage={"prompt_tokens": 2, "total_tokens": 4}),
        "/usage/total_tokens",
    ),
    Example(
        "EMBEDDINGS-014",
        "inputs cost tokens",
        TWO,
        embedded(FLOATS, OTHERS, tokens=1),
        "/usage/prompt_tokens",
    ),
    Example("EMBEDDINGS-015", "the model is named", ONE, embedded(FLOATS, model=""), "/model"),
    Example(
        "EMBEDDINGS-018",
        "bytes are bytes",
        embedded([1, 2, -128], sent={"encoding_format": "int8"}),
        embedded([1, 2.5, 3], sent={"encoding_format": "int8"}),
        f"{ITEM}/1",
    ),
    Example("EMBEDDINGS-017", "a vector points somewhere", ONE, embedded([0.0] * 10), ITEM),
    Example(
        "EMBEDDINGS-016",
        "two inputs have two vectors",
        TWO,
        embedded(FLOATS, FLOATS),
        "/data/1/embedding",
        "same vector",
    ),
    Example(
        "EMBEDDINGS-016",
        "one input has one vector",
        embedded(FLOATS, FLOATS, sent={"input": ["same", "same"]}),
        embedded(FLOATS, OTHERS, sent={"input": ["same", "same"]}),
        "/data/1/embedding",
        "same input",
    ),
]
NEAR = [number + 1e-4 for number in FLOATS]
BATCH = {"input": ["Other", "Hello"]}
PAIRS = [
    Pair(
        "EMBEDDINGS-PAIR-001",
        "base64 holds the same numbers",
        "embeddings.float-against-base64",
        {"float": ONE, "base64": CODED},
        {"float": ONE, "base64": embedded(packed(OTHERS), sent=BASE64)},
        ITEM,
        "other numbers",
        "must",
    ),
    Pair(
        "EMBEDDINGS-PAIR-001",
        "base64 is little-endian",
        "embeddings.float-against-base64",
        {"float": ONE, "base64": CODED},
        {"float": ONE, "base64": embedded(packed(FLOATS, ">f"), sent=BASE64)},
        ITEM,
        "other numbers",
        "must",
    ),
    Pair(
        "EMBEDDINGS-PAIR-001",
        "a model that repeats itself only nearly breaks a should",
        "embeddings.float-against-base64",
        {"float": ONE, "base64": CODED},
        {"float": ONE, "base64": embedded(packed(NEAR), sent=BASE64)},
        ITEM,
        "rounding",
        "should",
    ),
    Pair(
        "EMBEDDINGS-PAIR-002",
        "an input has one vector",
        "embeddings.repeated",
        {"first": ONE, "second": embedded(NEAR)},
        {"first": ONE, "second": embedded(OTHERS)},
        ITEM,
    ),
    Pair(
        "EMBEDDINGS-PAIR-003",
        "a batch changes nothing",
        "embeddings.alone-against-batch",
        {"alone": embedded(FLOATS, sent={"input": "Hello"}), "batch": embedded(OTHERS, FLOATS, sent=BATCH)},
        {"alone": embedded(FLOATS, sent={"input": "Hello"}), "batch": embedded(FLOATS, OTHERS, sent=BATCH)},
        "/data/1/embedding",
    ),
]


def drawn(*made: dict[str, Any], sent: dict[str, Any] | None = None, **more: Any) -> Exchange:
    return exchange("images", images(*made, **more), sent=sent or {})


def coded(content: bytes) -> dict[str, Any]:
    return {"b64_json": base64.b64encode(content).decode()}


URL = {"url": "https://example.com/cat.png?sig=a%2Bb"}
ENCODED = {"response_format": "b64_json"}
SQUARE, WIDE = coded(picture(1024, 1024)), coded(picture(1792, 1024))
IMAGES = [
    Example("IMAGES-001", "one image is made", drawn(URL), drawn(URL, URL), "/data"),
    Example(
        "IMAGES-002", "url is the default", drawn({**URL, "b64_json": None}), drawn(SQUARE), "/data/0/url"
    ),
    Example(
        "IMAGES-002",
        "b64_json is heeded",
        drawn(SQUARE, sent=ENCODED),
        drawn(URL, sent=ENCODED),
        "/data/0/b64_json",
    ),
    Example("IMAGES-003", "one form is enough", drawn(URL), drawn({**URL, **SQUARE}), "/data/0"),
    Example("IMAGES-004", "a URL is absolute", drawn(URL), drawn({"url": "/images/1.png"}), "/data/0/url"),
    Example(
        "IMAGES-005",
        "base64 holds a picture",
        drawn(SQUARE, sent=ENCODED),
        drawn(coded(b"no picture"), sent=ENCODED),
        "/data/0/b64_json",
    ),
    Example(
        "IMAGES-005",
        "base64 is no data URL",
        drawn(SQUARE, sent=ENCODED),
        drawn({"b64_json": "data:image/png;base64," + SQUARE["b64_json"]}, sent=ENCODED),
        "/data/0/b64_json",
    ),
    Example(
        "IMAGES-006",
        "the size is heeded",
        drawn(WIDE, sent={**ENCODED, "size": "1792x1024"}),
        drawn(coded(picture(1024, 1792)), sent={**ENCODED, "size": "1792x1024"}),
        "/data/0/b64_json",
    ),
    Example(
        "IMAGES-007", "time is in seconds", drawn(URL), drawn(URL, created=1_700_000_000_000), "/created"
    ),
    Example(
        "IMAGES-008",
        "a revised prompt has words",
        drawn({**URL, "revised_prompt": "A grey cat"}),
        drawn({**URL, "revised_prompt": ""}),
        "/data/0/revised_prompt",
    ),
    Example(
        "IMAGES-009",
        "all categories are told",
        drawn({**URL, "content_filter_results": SAFE}),
        drawn({**URL, "content_filter_results": {"hate": SAFE["hate"]}}),
        "/data/0/content_filter_results",
        level="may",
    ),
    Example(
        "IMAGES-010",
        "what is filtered is kept back",
        drawn({**URL, "content_filter_results": SAFE}),
        drawn({**URL, "content_filter_results": {**SAFE, "hate": {"filtered": True, "severity": "high"}}}),
        "/data/0/content_filter_results/hate/filtered",
    ),
    Example(
        "IMAGES-010",
        "a prompt that is filtered has no image",
        drawn({**URL, "prompt_filter_results": SAFE}),
        drawn({**URL, "prompt_filter_results": {**SAFE, "profanity": {"filtered": True, "detected": True}}}),
        "/data/0/prompt_filter_results/profanity/filtered",
    ),
]

SRT = "1\n00:00:00,000 --> 00:00:01,500\nHello.\n"
VTT = "WEBVTT\n\n00:00.000 --> 00:01.500\nHello.\n"


def heard(answer: Any, form: str, kind: str = "transcription", **fields: str | bytes) -> Exchange:
    return exchange(kind, answer, form={"response_format": form, **fields})


def told(*segments: tuple[float, float, str], language: str | None = None, **more: Any) -> Exchange:
    fields = {} if language is None else {"language": language}
    return heard(verbose(*segments, **more), "verbose_json", **fields)


def changed(**fields: Any) -> Exchange:
    answer = verbose((0.0, 1.0, " Hello"), (1.0, 2.0, " there."))
    answer["segments"][1].update(fields)
    return heard(answer, "verbose_json")


def shuffled() -> dict[str, Any]:
    answer = verbose((0.0, 1.0, " Hello"), (1.0, 2.0, " there."))
    return {**answer, "segments": answer["segments"][::-1]}


SPOKEN = told((0.0, 1.0, " Hello"), (1.0, 3.02, " there."))
TWO_CUES = f"{VTT}\n00:01.000 --> 00:02.000\nYou.\n"
TRANSCRIPTS = [
    Example(
        "AUDIO-009",
        "cues follow one another",
        heard(TWO_CUES, "vtt"),
        heard(TWO_CUES.replace("01.500", "02.000"), "vtt"),
        reason="overlap",
    ),
    Example(
        "AUDIO-001", "JSON is an object", heard({"text": ""}, "json"), heard("Hello.", "json"), reason="body"
    ),
    Example(
        "AUDIO-001",
        "JSON is the default and is declared",
        exchange("transcription", {"text": "Hello."}),
        exchange("transcription", Raw(b'{"text": "Hello."}', "text/plain")),
        "header:Content-Type",
        "content type",
    ),
    Example("AUDIO-002", "text is no JSON", heard("Hello.\n", "text"), heard({"text": "Hello."}, "text")),
    Example(
        "AUDIO-002",
        "subtitles are no JSON text",
        heard(SRT, "srt"),
        heard(Raw(b'"1\\n"', "text/plain"), "srt"),
    ),
    Example(
        "AUDIO-003",
        "text is in its charset",
        heard(Raw("Grüße.".encode("latin-1"), "text/plain; charset=ISO-8859-1"), "text"),
        heard(Raw("Grüße.".encode("latin-1"), "text/plain"), "text"),
    ),
    Example("AUDIO-004", "text has no timings", heard("Hello.", "text"), heard(SRT, "text")),
    Example(
        "AUDIO-005",
        "srt has commas",
        heard(SRT, "srt"),
        heard(SRT.replace(",", "."), "srt"),
        reason="separator",
    ),
    Example("AUDIO-005", "srt is no vtt", heard("", "srt"), heard(VTT, "srt"), reason="number"),
    Example("AUDIO-006", "vtt has its header", heard(VTT, "vtt"), heard(VTT[8:], "vtt"), reason="header"),
    Example(
        "AUDIO-006",
        "vtt has points",
        heard(VTT, "vtt"),
        heard(VTT.replace(".", ","), "vtt"),
        reason="separator",
    ),
    Example(
        "AUDIO-007",
        "cues lie within the recording",
        heard(VTT.replace("01.500", "03.900"), "vtt"),
        heard(VTT.replace("01.500", "09.000"), "vtt"),
        reason="beyond",
    ),
    Example("AUDIO-008", "cues say something", heard(SRT, "srt"), heard(SRT.replace("Hello.", ""), "srt")),
    Example(
        "AUDIO-VERBOSE-001",
        "a translation translates",
        heard(verbose(task="translate"), "verbose_json", "translation"),
        heard(verbose(task="transcribe"), "verbose_json", "translation"),
        "/task",
    ),
    Example(
        "AUDIO-VERBOSE-002", "the recording lasts 3 s", told(duration=3.1), told(duration=3000), "/duration"
    ),
    Example("AUDIO-VERBOSE-003", "ends follow starts", SPOKEN, changed(end=0.5), "/segments/1/end", "end"),
    Example(
        "AUDIO-VERBOSE-003",
        "nothing is before",
        SPOKEN,
        told((-1.0, 1.0, "Hi")),
        "/segments/0/start",
        "start",
    ),
    Example(
        "AUDIO-VERBOSE-004",
        "segments are in order",
        SPOKEN,
        heard(shuffled(), "verbose_json"),
        "/segments/1/start",
        "order",
    ),
    Example("AUDIO-VERBOSE-005", "segments lie within", SPOKEN, changed(end=5.0), "/segments/1/end"),
    Example("AUDIO-VERBOSE-006", "ids are unique", SPOKEN, changed(id=0), "/segments/1/id"),
    Example("AUDIO-VERBOSE-007", "ids count up", SPOKEN, changed(id=4), "/segments", "ids"),
    Example("AUDIO-VERBOSE-008", "segments make the text", SPOKEN, changed(text=" you."), "/text"),
    Example(
        "AUDIO-VERBOSE-008",
        "words stand in segments",
        SPOKEN,
        heard({**verbose(), "text": "Hello.", "segments": []}, "verbose_json"),
        "/segments",
        "none",
    ),
    Example(
        "AUDIO-VERBOSE-009",
        "verbose is verbose",
        told(),
        heard({"text": ""}, "verbose_json"),
        "",
        "all missing",
    ),
    Example(
        "AUDIO-VERBOSE-009",
        "a field of verbose_json may be there",
        told(),
        heard({k: v for k, v in verbose().items() if k != "segments"}, "verbose_json"),
        "/segments",
        "missing",
        level="may",
    ),
    Example(
        "AUDIO-VERBOSE-004",
        "one thing is said at a time",
        SPOKEN,
        changed(start=0.0),
        "/segments/1/start",
        "overlap",
    ),
    Example(
        "AUDIO-VERBOSE-010",
        "a probability is one",
        SPOKEN,
        changed(no_speech_prob=1.5),
        "/segments/1/no_speech_prob",
    ),
    Example(
        "AUDIO-VERBOSE-010", "a logarithm is one", SPOKEN, changed(avg_logprob=0.5), "/segments/1/avg_logprob"
    ),
    Example("AUDIO-VERBOSE-011", "tokens are ids", SPOKEN, changed(tokens=[-1]), "/segments/1/tokens"),
    Example(
        "AUDIO-VERBOSE-012",
        "the language is the one that is said",
        told(language="en"),
        told(language="de"),
        "/language",
    ),
    Example(
        "AUDIO-VERBOSE-013",
        "nothing is sought before the beginning",
        SPOKEN,
        changed(seek=-1),
        "/segments/1/seek",
        "seek",
    ),
    Example(
        "AUDIO-VERBOSE-013",
        "a temperature is one",
        SPOKEN,
        changed(temperature=40),
        "/segments/1/temperature",
        "temperature",
    ),
]
EXAMPLES = [*EMBEDDINGS, *IMAGES, *TRANSCRIPTS]
