"""Mutations of sound data: one or several values replaced by anything."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

NUMBERS = (True, -1, 0, 10**30, 1e308, float("inf"))
TEXTS = ("", "\ud800", "\x1b[2J", "http://[::1", "\u202e", "9" * 5000)
ODD = st.sampled_from((None, *NUMBERS, *TEXTS, [], {}, [[]]))
#: Sampled throughout: what Hypothesis draws of its own accord changes when a command imports further modules.
ANYTHING = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(TEXTS), inner),
    max_leaves=6,
)


@st.composite
def twisted(draw: st.DrawFn, sound: Any) -> Any:
    """The sound example with one to five of its values replaced by odd ones of their type."""
    made = copy.deepcopy(sound)
    for _ in range(draw(st.integers(1, 5))):
        places = list(_places(made))
        holder, name = places[draw(st.integers(0, len(places) - 1))]
        holder[name] = copy.deepcopy(draw(_alike(holder[name])))
    return made


def _alike(value: Any) -> st.SearchStrategy[Any]:
    match value:
        case bool():
            return st.just(not value)
        case str():
            return st.sampled_from((*TEXTS, f"{value}\u202e", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"))
        case int() | float():
            return st.sampled_from((0, 1, 999, 10**9))
        case list():
            return st.sampled_from(([], [*value, *value]))
        case _:
            return ANYTHING


@st.composite
def broken(draw: st.DrawFn, sound: Any) -> Any:
    """The sound example with one to three of its values replaced or left out."""
    made = copy.deepcopy(sound)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(made))
        if not places:
            return draw(ANYTHING)
        holder, name = places[draw(st.integers(0, len(places) - 1))]
        if isinstance(holder, dict) and draw(st.booleans()):
            del holder[name]
        else:
            holder[name] = copy.deepcopy(draw(ANYTHING))
    return made


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each value inside a value: its parent, and its name or index there."""
    if isinstance(value, dict | list):
        for name, each in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, name
            yield from _places(each)
