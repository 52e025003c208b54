from __future__ import annotations

import base64
import math
import struct

import pytest

from aoai_conformance.formats.vectors import (
    VectorError,
    cosine,
    decoded,
    is_finite,
    largest_difference,
    length,
    parse_vector,
)


def encoded(*numbers: float, form: str = "<f") -> str:
    return base64.b64encode(b"".join(struct.pack(form, number) for number in numbers)).decode()


def test_decodes_little_endian_float32() -> None:
    assert decoded("AACAPwAAAMA=") == (1.0, -2.0)
    assert decoded(encoded(0.5, -0.25)) == (0.5, -0.25)
    assert decoded("") == ()


@pytest.mark.parametrize(
    "text", ["AACAPwAAAMA", "AACA", "AAC@Pw==", "AACAPw==\n", "ключ", "__-_PwAA", "[0.5, 1]", " AACAPw=="]
)
def test_rejects_what_is_not_base64_of_float32(text: str) -> None:
    with pytest.raises(VectorError):
        decoded(text)


@pytest.mark.parametrize("embedding", [None, {}, 1.0, [None], ["1"], [True], [[1.0]], [10**400]])
def test_rejects_what_is_not_a_vector(embedding: object) -> None:
    with pytest.raises(VectorError):
        parse_vector(embedding)


def test_accepts_integers_as_numbers() -> None:
    assert parse_vector([1, 0.5]) == (1.0, 0.5)
    assert parse_vector([]) == ()


def test_detects_infinity_and_nan_in_base64() -> None:
    assert is_finite(decoded(encoded(1.0, 3.4028234e38)))
    assert not is_finite(decoded(encoded(math.inf)))
    assert not is_finite(decoded(encoded(math.nan)))


def test_measures_length_and_angle() -> None:
    assert length((3.0, 4.0)) == 5.0
    assert cosine((1.0, 0.0), (0.0, 2.0)) == 0.0
    assert cosine((1.0, 1.0), (2.0, 2.0)) == pytest.approx(1.0)
    assert cosine((0.0, 0.0), (1.0, 0.0)) is None
    assert cosine((1.0,), (1.0, 0.0)) is None
    assert cosine((math.inf,), (1.0,)) is None


def test_tolerates_the_rounding_of_float32() -> None:
    precise = (0.1, 1 / 3, -math.pi)
    assert largest_difference(precise, decoded(encoded(*precise))) == 0.0
    assert largest_difference((0.1234567,), (0.12345674,)) < 1e-6
    assert largest_difference((1.0,), (1.00001,)) > 1e-6
    assert largest_difference((1.0,), (1.0, 2.0)) == math.inf
    assert largest_difference((1e39,), (1.0,)) == math.inf


def test_big_endian_and_float64_are_other_numbers() -> None:
    assert largest_difference((0.5, 0.25), decoded(encoded(0.5, 0.25, form=">f"))) > 1e-6
    assert largest_difference((0.5, 0.25), decoded(encoded(0.5, 0.25, form="<d"))) == math.inf
