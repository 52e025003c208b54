"""A claim about many things names every thing that breaks it, and does not pass without things."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from claims import for_each, holds_for_each


def is_one_letter(text: str) -> None:
    assert len(text) == 1
    with pytest.raises(ValueError, match="invalid literal"):
        int(text)


@pytest.mark.parametrize("texts", [["x", "1", "yz"], iter(["x", "1", "yz"])], ids=["list", "iterator"])
def test_names_every_thing_that_breaks_a_claim(texts: Iterable[str]) -> None:
    with pytest.raises(pytest.fail.Exception) as failure:
        holds_for_each(texts, is_one_letter, "text {}".format)
    assert "text 1\nFailed: DID NOT RAISE" in str(failure.value)
    assert "text yz\nAssertionError" in str(failure.value)
    assert "text x\n" not in str(failure.value)


def test_nothing_does_not_prove_a_claim() -> None:
    with pytest.raises(ValueError, match="nothing to check"):
        for_each([], group=str, name=str)
    with pytest.raises(pytest.fail.Exception, match="nothing to check"):
        holds_for_each([], is_one_letter, str)
