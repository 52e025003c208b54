"""The formats of a vector: numbers, base64, 8-bit integers, and bits.

`int8` and `uint8` scale the largest component to the limit of their range. `binary` and `ubinary` have one
bit for each component, set if it is positive, eight to a number, the first in the highest place; a vector
whose length is not a multiple of eight is padded with zeros.
"""

from __future__ import annotations

import base64
from array import array
from collections.abc import Callable, Mapping
from sys import byteorder
from types import MappingProxyType


def as_floats(values: array[float]) -> list[float]:
    """Write a vector as JSON numbers, each as short as single precision permits."""
    return [float(text) for text in ("%.9g " * len(values) % tuple(values)).split()]


def as_base64(values: array[float]) -> str:
    """Write a vector as base64 of little-endian single-precision numbers."""
    if byteorder == "big":
        values = array("f", values)
        values.byteswap()
    return base64.b64encode(values.tobytes()).decode("ascii")


def as_int8(values: array[float]) -> list[int]:
    """Write a vector as integers from -127 to 127."""
    largest = max(map(abs, values), default=0.0) or 1.0
    return [round(value / largest * 127) for value in values]


def as_uint8(values: array[float]) -> list[int]:
    """Write a vector as integers from 1 to 255, where 128 stands for zero."""
    return [value + 128 for value in as_int8(values)]


def as_ubinary(values: array[float]) -> list[int]:
    """Write the signs of a vector as bits, eight to a number from 0 to 255."""
    bits = [value > 0 for value in values]
    bits += [False] * (-len(bits) % 8)
    return [
        sum(bit << (7 - place) for place, bit in enumerate(bits[start : start + 8]))
        for start in range(0, len(bits), 8)
    ]


def as_binary(values: array[float]) -> list[int]:
    """Write the signs of a vector as bits, eight to a number from -128 to 127 (two's complement)."""
    return [value - 256 if value > 127 else value for value in as_ubinary(values)]


FORMS: Mapping[str, Callable[[array[float]], list[float] | list[int] | str]] = MappingProxyType(
    {
        "float": as_floats,
        "base64": as_base64,
        "int8": as_int8,
        "uint8": as_uint8,
        "binary": as_binary,
        "ubinary": as_ubinary,
    }
)
