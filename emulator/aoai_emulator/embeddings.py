"""The embeddings operation: vectors of unit length that depend on the text and the model alone."""

from __future__ import annotations

import base64
import hashlib
import math
from array import array
from collections.abc import Iterator
from sys import byteorder

from aoai_emulator.answers import Answer, JsonAnswer
from aoai_emulator.json_text import JsonObject
from aoai_emulator.refusals import Refusal, invalid_request
from aoai_emulator.requests import AcceptedRequest
from aoai_emulator.service import Service
from aoai_emulator.tokens import count


async def answer_embeddings(request: AcceptedRequest) -> Answer:
    """Answer an embeddings request."""
    fields = request.fields
    texts = inputs(fields)
    dimensions = fields.get("dimensions", request.deployment.dimensions)
    encode = as_base64 if fields.get("encoding_format") == "base64" else as_floats
    known: dict[str, object] = {}
    for text in texts:
        if text not in known:
            known[text] = encode(vector(request.deployment.model, text, dimensions))
    tokens = sum(tokens_of(text) for text in texts)
    body: JsonObject = {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": known[text]}
            for index, text in enumerate(texts)
        ],
        "model": request.deployment.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
    return JsonAnswer(body)


def inputs(fields: JsonObject) -> list[str]:
    """Return the texts to embed; an input of null is the empty text, which the document makes the default."""
    value = fields.get("input") or ""
    return [value] if isinstance(value, str) else list(value)


def tokens_of(text: str) -> int:
    """Count the tokens of one input; the empty text still costs one."""
    return count(text) or 1


def vector(model: str, text: str, dimensions: int) -> array[float]:
    """Return the vector of a text, in single precision and of length 1.

    A shorter vector is the beginning of the longer one, brought back to length 1.
    """
    source = hashlib.shake_128(f"{model}\n{text}".encode()).digest(2 * dimensions)
    raw = array("h", source)
    if byteorder == "big":
        raw.byteswap()
    length = math.sqrt(sum(value * value for value in raw))
    if length == 0:
        return array("f", [1.0, *([0.0] * (dimensions - 1))])
    return array("f", [value / length for value in raw])


def as_floats(values: array[float]) -> list[float]:
    """Write a vector as JSON numbers, each short but enough to name the single-precision number."""
    return [float(f"{value:.9g}") for value in values]


def as_base64(values: array[float]) -> str:
    """Write a vector as base64 of little-endian single-precision numbers."""
    if byteorder == "big":
        values = array("f", values)
        values.byteswap()
    return base64.b64encode(values.tobytes()).decode("ascii")


def embedding_relations(request: AcceptedRequest) -> Iterator[Refusal]:
    """Yield a refusal for what this model does not take: dimensions, or texts that are too long for it."""
    deployment, wanted = request.deployment, request.fields.get("dimensions")
    if wanted is not None and not deployment.shortens:
        yield invalid_request(
            f"This model does not support specifying dimensions: {deployment.model}.",
            param="dimensions",
            code="unsupported_parameter",
        )
    elif wanted is not None and not 1 <= wanted <= deployment.dimensions:
        yield invalid_request(
            f"Invalid 'dimensions': expected 1 to {deployment.dimensions}, but got {wanted}.",
            param="dimensions",
        )
    texts = inputs(request.fields)
    for index, text in enumerate(texts):
        length = tokens_of(text)
        if length > deployment.context_tokens:
            yield invalid_request(
                f"This model's maximum context length is {deployment.context_tokens} tokens, however you"
                f" requested {length} tokens in one input.",
                param="input" if len(texts) == 1 else f"input[{index}]",
                code="context_length_exceeded",
            )


SERVICE = Service("embeddings", "embeddings", embedding_relations, answer_embeddings)
