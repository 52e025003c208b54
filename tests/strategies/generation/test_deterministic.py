from __future__ import annotations

import math
import warnings

import pytest
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from aoai_strategies.generation.deterministic import draw_examples


def test_the_same_seed_draws_the_same_examples() -> None:
    strategy = st.lists(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.binary()))
    assert repr(draw_examples(strategy, seed=1, count=40)) == repr(draw_examples(strategy, seed=1, count=40))
    assert repr(draw_examples(strategy, seed=1, count=40)) != repr(draw_examples(strategy, seed=2, count=40))


def test_examples_stay_within_the_bounds_of_their_strategy() -> None:
    for value in draw_examples(st.integers(-3, 7), seed=0, count=50):
        assert -3 <= value <= 7
    for value in draw_examples(st.integers(max_value=-10), seed=0, count=50):
        assert value <= -10
    for value in draw_examples(st.integers(min_value=10), seed=0, count=50):
        assert value >= 10
    for number in draw_examples(st.floats(0, 2), seed=0, count=50):
        assert 0 <= number <= 2
    for number in draw_examples(st.floats(min_value=1e9, max_value=1e10), seed=0, count=20):
        assert 1e9 <= number <= 1e10
    for text in draw_examples(st.text("ab", min_size=2, max_size=4), seed=0, count=50):
        assert 2 <= len(text) <= 4
        assert set(text) <= set("ab")


def test_bounds_are_among_the_examples() -> None:
    numbers = draw_examples(st.floats(0, 2), seed=0, count=60)
    assert {0.0, 2.0} <= set(numbers)
    assert all(math.isfinite(number) for number in numbers)


def test_draws_nothing_for_a_count_of_zero() -> None:
    assert draw_examples(st.integers(), seed=0, count=0) == []


def test_a_strategy_that_filters_out_everything_raises() -> None:
    with pytest.raises(Unsatisfiable):
        draw_examples(st.integers().filter(lambda _: False), seed=0, count=5)


def test_draws_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(draw_examples(st.text(), seed=3, count=10)) == 10
