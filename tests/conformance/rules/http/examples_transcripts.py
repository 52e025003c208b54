"""Examples for transcripts, plain, with times, and in segments."""

from __future__ import annotations

from typing import Any

from by_hand import Example, Raw, exchange, verbose

from aoai_conformance.exchange import Exchange

SRT = "1\n00:00:00,000 --> 00:00:01,500\nHello.\n"
VTT = "WEBVTT\n\n00:00.000 --> 00:01.500\nHello.\n"


def heard(answer: Any, form: str, kind: str = "transcription", **fields: str | bytes) -> Exchange:
    return exchange(kind, answer, form={"response_format": form, **fields})


def transcript(*segments: tuple[float, float, str], language: str | None = None, **more: Any) -> Exchange:
    fields = {} if language is None else {"language": language}
    return heard(verbose(*segments, **more), "verbose_json", **fields)


def changed(**fields: Any) -> Exchange:
    answer = verbose((0.0, 1.0, " Hello"), (1.0, 2.0, " there."))
    answer["segments"][1].update(fields)
    return heard(answer, "verbose_json")


def shuffled() -> dict[str, Any]:
    answer = verbose((0.0, 1.0, " Hello"), (1.0, 2.0, " there."))
    return {**answer, "segments": answer["segments"][::-1]}


SPOKEN = transcript((0.0, 1.0, " Hello"), (1.0, 3.02, " there."))
TWO_CUES = f"{VTT}\n00:01.000 --> 00:02.000\nYou.\n"
EXAMPLES = [
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
        "AUDIO-VERBOSE-002",
        "the recording lasts 3 s",
        transcript(duration=3.1),
        transcript(duration=3000),
        "/duration",
    ),
    Example("AUDIO-VERBOSE-003", "ends follow starts", SPOKEN, changed(end=0.5), "/segments/1/end", "end"),
    Example(
        "AUDIO-VERBOSE-003",
        "nothing is before",
        SPOKEN,
        transcript((-1.0, 1.0, "Hi")),
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
        level="may",
    ),
    Example(
        "AUDIO-VERBOSE-009",
        "verbose is verbose",
        transcript(),
        heard({"text": ""}, "verbose_json"),
        "",
        "all missing",
    ),
    Example(
        "AUDIO-VERBOSE-009",
        "a field of verbose_json may be there",
        transcript(),
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
        transcript(language="en"),
        transcript(language="de"),
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
