"""Features of a request, for finding what requests have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Features: TypeAlias = frozenset[str]

#: Strings that may be values of an enumeration.
_WORD = re.compile(r"[a-z0-9_-]{1,24}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII)


def features_of(body: Json, query: Mapping[str, str] | None = None) -> Features:
    """Each place of a JSON body and of a query with its value; free text is replaced by `(text)`.

    An item of an array has the place `/*<TAG>`, where the tag is its role or type; `#=` is the length of a
    list.
    """
    found = set(_of(body, ""))
    found |= {f"query:{name}={value}" for name, value in (query or {}).items() if name != "api-version"}
    return frozenset(found)


def places_in(features: Features) -> Features:
    """The places with a value other than null."""
    return frozenset(
        each.partition("=")[0] for each in features if "#=" not in each and not each.endswith("=None")
    )


def numbers_in(features: Features) -> dict[str, list[float]]:
    """The numbers at each place, and the lengths of lists at `PLACE#`."""
    numbers: dict[str, list[float]] = {}
    for each in features:
        place, _, value = each.partition("=")
        if _NUMBER.fullmatch(value):
            numbers.setdefault(place, []).append(float(value))
    return numbers


def _of(value: Json, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield f"{place}="
        for name, member in value.items():
            yield from _of(member, f"{place}/{name}")
    elif isinstance(value, list):
        yield f"{place}="
        if not any(isinstance(item, dict) for item in value):
            yield f"{place}#={len(value)}"
        for item in value:
            yield from _of(item, f"{place}/*{_tag(item)}")
    elif isinstance(value, str):
        yield f"{place}={value if _WORD.fullmatch(value) else '(text)'}"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield f"{place}={_number(value)}"
    else:
        yield f"{place}={value}"


def _number(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _tag(item: Json) -> str:
    """The role or type of an item."""
    named: Mapping[str, Json] = item if isinstance(item, dict) else {}
    return f"<{named.get('role', named.get('type', ''))}>"
