"""Embedding vectors: parsing from a list of numbers or from base64, and comparison.

base64 is RFC 4648 section 4; the bytes are little-endian IEEE 754 float32, as the provider's SDKs decode them
(https://github.com/openai/openai-python/blob/main/src/openai/resources/embeddings.py).
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Sequence

Vector = tuple[float, ...]


class VectorError(ValueError):
    """The value is not a vector; the text is one sentence that says why."""


def parse_vector(embedding: object) -> Vector:
    """Parse the value of an `embedding` member, a list of numbers or base64 text.

    Raises VectorError for anything else. The numbers may be infinite or NaN: see `is_finite`.
    """
    if isinstance(embedding, str):
        return decoded(embedding)
    if not isinstance(embedding, list):
        raise VectorError("The embedding is neither a list of numbers nor base64 text.")
    if not {int, float}.issuperset(map(type, embedding)):
        raise VectorError("The embedding has an element that is not a number.")
    try:
        return tuple(map(float, embedding))
    except OverflowError:
        raise VectorError("The embedding has a number that is too large for a float.") from None


def decoded(text: str) -> Vector:
    """Decode base64 text into float32 numbers. Raises VectorError if it is invalid."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise VectorError("The embedding is not base64.") from None
    if len(content) % 4:
        raise VectorError(f"The embedding decodes to {len(content)} bytes, which is not a multiple of 4.")
    return struct.unpack(f"<{len(content) // 4}f", content)


def is_finite(vector: Sequence[float]) -> bool:
    """Whether every number of the vector is finite."""
    return all(map(math.isfinite, vector))


def length(vector: Sequence[float]) -> float:
    """Return the Euclidean length; infinite if it cannot be computed."""
    try:
        return math.hypot(*vector)
    except OverflowError:
        return math.inf


def cosine(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the cosine of the angle between two vectors; None for vectors of zero or infinite length."""
    lengths = length(one) * length(other)
    if len(one) != len(other) or lengths == 0 or not math.isfinite(lengths):
        return None
    return math.fsum(a * b for a, b in zip(one, other, strict=True)) / lengths


def largest_difference(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the largest difference of two numbers at one position, relative if they are above 1.

    Both are first rounded to float32, the precision of base64. Unequal dimensions differ infinitely.
    """
    if len(one) != len(other):
        return math.inf
    return max((_difference(a, b) for a, b in zip(one, other, strict=True)), default=0.0)


def _difference(one: float, other: float) -> float:
    a, b = _single(one), _single(other)
    if a == b:
        return 0.0
    difference = abs(a - b) / max(1.0, abs(a), abs(b))
    return difference if math.isfinite(difference) else math.inf


def _single(number: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)
