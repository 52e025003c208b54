"""Vectors: of length 1, determined by model and text, the same as numbers and as text."""

from __future__ import annotations

import json
import math
from array import array

import pytest

from aoai_emulator.content.vectors import vector

LENGTHS = (1, 2, 3, 64, 255, 1536)


@pytest.mark.parametrize("dimensions", LENGTHS)
def test_a_vector_has_length_1_and_no_zeros(dimensions: int) -> None:
    numbers = vector("model", "text", dimensions).numbers()
    assert len(numbers) == dimensions
    assert math.isclose(math.hypot(*numbers), 1, abs_tol=1e-6)
    assert all(numbers)


@pytest.mark.parametrize("dimensions", LENGTHS)
def test_its_text_is_its_numbers_in_single_precision(dimensions: int) -> None:
    found = vector("model", "text", dimensions)
    read = json.loads(found.text())
    assert all(isinstance(number, float) for number in read)
    assert array("f", read) == found.numbers()


@pytest.mark.parametrize("dimensions", LENGTHS[:-1])
def test_a_shorter_vector_is_the_start_of_a_longer_one(dimensions: int) -> None:
    long, short = (vector("model", "text", length).numbers() for length in (1536, dimensions))
    length = math.hypot(*long[:dimensions])
    assert list(short) == pytest.approx([number / length for number in long[:dimensions]], abs=1e-6)


def test_model_and_text_determine_it() -> None:
    chosen = vector("model", "text", 64)
    assert chosen == vector("model", "text", 64)
    others = (vector("another", "text", 64), vector("model", "another", 64))
    assert all(abs(product(chosen.numbers(), other.numbers())) < 0.7 for other in others)


def product(one: array[float], other: array[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
