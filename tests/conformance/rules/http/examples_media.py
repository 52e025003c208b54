"""Examples for embeddings and images."""

from __future__ import annotations

import base64
import math
import struct
from typing import Any

from by_hand import SAFE, Example, Pair, embeddings, exchange, images, picture

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
    Pair(
        "EMBEDDINGS-PAIR-004",
        "one input has one count",
        "embeddings.repeated",
        {"first": ONE, "second": ONE},
        {"first": ONE, "second": embedded(FLOATS, tokens=7)},
        "/usage/prompt_tokens",
        "differs",
    ),
    Pair(
        "EMBEDDINGS-PAIR-004",
        "one count in both encodings",
        "embeddings.float-against-base64",
        {"float": ONE, "base64": CODED},
        {"float": ONE, "base64": embedded(packed(FLOATS), sent=BASE64, tokens=7)},
        "/usage/prompt_tokens",
        "differs",
    ),
    Pair(
        "EMBEDDINGS-PAIR-005",
        "a batch costs more",
        "embeddings.alone-against-batch",
        {"alone": embedded(FLOATS, sent={"input": "Hello"}), "batch": embedded(OTHERS, FLOATS, sent=BATCH)},
        {
            "alone": embedded(FLOATS, sent={"input": "Hello"}, tokens=5),
            "batch": embedded(OTHERS, FLOATS, sent=BATCH, tokens=5),
        },
        "/usage/prompt_tokens",
        "batch",
    ),
    Pair(
        "EMBEDDINGS-PAIR-006",
        "one model for one input",
        "embeddings.repeated",
        {"first": ONE, "second": ONE},
        {"first": ONE, "second": embedded(FLOATS, model="another")},
        "/model",
        "differs",
        "may",
    ),
]


def drawn(*made: dict[str, Any], sent: dict[str, Any] | None = None, **more: Any) -> Exchange:
    return exchange("images", images(*made, **more), sent=sent or {})


def coded(content: bytes) -> dict[str, Any]:
    return {"b64_json": base64.b64encode(content).decode()}


URL = {"url": "https://example.com/cat.png?sig=a%2Bb"}
LINKED = {"response_format": "url"}
ENCODED = {"response_format": "b64_json"}
SQUARE, WIDE = coded(picture(1024, 1024)), coded(picture(1792, 1024))
IMAGES = [
    Example("IMAGES-001", "one image is made", drawn(URL), drawn(URL, URL), "/data"),
    Example(
        "IMAGES-002",
        "url is heeded",
        drawn({**URL, "b64_json": None}, sent=LINKED),
        drawn(SQUARE, sent=LINKED),
        "/data/0/url",
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
        "IMAGES-006",
        "without a requested size, the response may say which size the model chose",
        drawn(WIDE, sent=ENCODED, size="1792x1024"),
        drawn(WIDE, sent=ENCODED, size="1024x1024"),
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

EXAMPLES = [*EMBEDDINGS, *IMAGES]
