"""Differences that do not affect the allowed values: defaults, deprecation, sunset, stability, texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from aoai_specs.comparison.difference import Difference, Fact, both_ways
from aoai_specs.comparison.effects import Effect
from aoai_specs.json_values import key_of, quote

#: Stability levels, from the lowest to the highest.
STABILITIES = ("draft", "alpha", "beta", "stable")
_WORDS = ("title", "summary", "description")
_COMPARED = frozenset({"default", "deprecated", "x-sunset", "x-stability-level"})
_COMPARED_WITH_WORDS = _COMPARED.union(_WORDS)


def facts_of(described: Mapping[str, Any], pointer: str) -> dict[str, Fact]:
    """Return the annotations of an operation, a parameter or a header."""
    names = ("deprecated", "x-sunset", "x-stability-level", *_WORDS)
    return {name: Fact(described[name], f"{pointer}/{name}") for name in names if name in described}


def annotation_differences(
    base: Mapping[str, Fact], revision: Mapping[str, Fact], at: tuple[str, str], *, words: bool
) -> Iterator[Difference]:
    """Yield the differences of two sets of annotations; `at` is their place in either description."""
    compared = _COMPARED_WITH_WORDS if words else _COMPARED
    if compared.isdisjoint(base) and compared.isdisjoint(revision):
        return
    yield from _default(base, revision, at)
    yield from _deprecated(base, revision, at)
    yield from _sunset(base, revision, at)
    yield from _stability(base, revision, at)
    for name in _WORDS if words else ():
        before, after = _value(base, name), _value(revision, name)
        if _plain(before) != _plain(after):
            yield Difference(
                "description-changed",
                f"the {name} has a different wording",
                *_places(base, revision, name, at),
                before,
                after,
            )


def _default(
    base: Mapping[str, Fact], revision: Mapping[str, Fact], at: tuple[str, str]
) -> Iterator[Difference]:
    before, after = base.get("default"), revision.get("default")
    if before is None and after is None:
        return
    places = _places(base, revision, "default", at)
    if before is None and after is not None:
        yield Difference(
            "default-added",
            f"the default {quote(after.value)} is added",
            *places,
            None,
            after.value,
            request=Effect.CHANGES,
        )
    elif after is None and before is not None:
        yield Difference(
            "default-removed",
            f"the default {quote(before.value)} is removed",
            *places,
            before.value,
            None,
            request=Effect.CHANGES,
            gone=True,
        )
    elif before is not None and after is not None and key_of(before.value) != key_of(after.value):
        message = f"the default changes from {quote(before.value)} to {quote(after.value)}"
        yield Difference(
            "default-changed", message, *places, before.value, after.value, request=Effect.CHANGES
        )


def _deprecated(
    base: Mapping[str, Fact], revision: Mapping[str, Fact], at: tuple[str, str]
) -> Iterator[Difference]:
    before, after = _value(base, "deprecated") is True, _value(revision, "deprecated") is True
    if before != after:
        message = "becomes deprecated" if after else "is no longer deprecated"
        places = _places(base, revision, "deprecated", at)
        yield Difference(
            "deprecated" if after else "undeprecated", message, *places, before, after, gone=before
        )


def _sunset(
    base: Mapping[str, Fact], revision: Mapping[str, Fact], at: tuple[str, str]
) -> Iterator[Difference]:
    before, after = _value(base, "x-sunset"), _value(revision, "x-sunset")
    deprecated = _value(base, "deprecated") is True and _value(revision, "deprecated") is True
    places = _places(base, revision, "x-sunset", at)
    if before == after and (deprecated or _value(revision, "deprecated") is not True):
        return
    if after is not None and day_of(after) is None and (_value(revision, "deprecated") is True):
        message = f"the sunset {quote(after)} is not a date"
        yield Difference("sunset-unreadable", message, *places, before, after, **both_ways(Effect.CHANGES))
    elif before is None and after is not None:
        yield Difference("sunset-set", f"the sunset is set to {after}", *places, None, after)
    elif after is None and before is not None:
        effect = Effect.CHANGES if deprecated else Effect.NOTHING
        yield Difference(
            "sunset-removed",
            f"the sunset {before} is removed",
            *places,
            before,
            None,
            **both_ways(effect),
            gone=True,
        )
    elif before != after:
        days = (day_of(before), day_of(after))
        earlier = days[0] is None or days[1] is None or days[1] < days[0]
        yield Difference(
            "sunset-earlier" if earlier else "sunset-later",
            f"the sunset changes from {before} to {after}",
            *places,
            before,
            after,
            **both_ways(Effect.CHANGES if earlier else Effect.NOTHING),
        )


def _stability(
    base: Mapping[str, Fact], revision: Mapping[str, Fact], at: tuple[str, str]
) -> Iterator[Difference]:
    before, after = _value(base, "x-stability-level"), _value(revision, "x-stability-level")
    if before == after:
        return
    places = _places(base, revision, "x-stability-level", at)
    unknown = next((each for each in (after, before) if each is not None and each not in STABILITIES), None)
    if unknown is not None:
        message = f"the stability {quote(unknown)} is not one of {', '.join(STABILITIES)}"
        yield Difference("stability-unreadable", message, *places, before, after, **both_ways(Effect.CHANGES))
        return
    ranks = [
        STABILITIES.index(each) if each in STABILITIES else len(STABILITIES) - 1 for each in (before, after)
    ]
    lower = ranks[1] < ranks[0]
    yield Difference(
        "stability-lowered" if lower else "stability-raised",
        f"the stability changes from {before or 'stable'} to {after or 'stable'}",
        *places,
        before,
        after,
        **both_ways(Effect.CHANGES if lower else Effect.NOTHING),
    )


def _value(facts: Mapping[str, Fact], name: str) -> Any:
    fact = facts.get(name)
    return None if fact is None else fact.value


def _places(
    base: Mapping[str, Fact], revision: Mapping[str, Fact], name: str, at: tuple[str, str]
) -> tuple[str, str]:
    return (
        base[name].pointer if name in base else at[0],
        revision[name].pointer if name in revision else at[1],
    )


def day_of(text: Any) -> date | None:
    """Return the day that a text begins with, or None."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def _plain(words: Any) -> str:
    return " ".join(str(words or "").split())
