"""Edits: what a fault does at a place of a response. Each skips values of an unexpected type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from aoai_emulator.faults.places import Place

Edit = Callable[[Place], None]


def set_to(value: object) -> Edit:
    """Set the member, whether it exists or not."""
    return compute(lambda _: deepcopy(value))


def compute(function: Callable[[Place], object]) -> Edit:
    """Set the member to what a function of its place returns."""

    def edit(place: Place) -> None:
        place.value = function(place)

    return edit


def map_value(function: Callable[[Any], object], *types: type) -> Edit:
    """Replace an existing value (of one of these types, if any are given) by a function of it."""

    def edit(place: Place) -> None:
        if place.exists and (not types or (isinstance(place.value, types) and place.value is not True)):
            place.value = function(place.value)

    return edit


def map_place(function: Callable[[Place], object]) -> Edit:
    """Replace an existing value by a function of its place."""

    def edit(place: Place) -> None:
        if place.exists:
            place.value = function(place)

    return edit


def replace(value: object) -> Edit:
    """Replace an existing value."""
    return map_value(lambda _: deepcopy(value))


def map_text(function: Callable[[str], object]) -> Edit:
    """Replace an existing string by a function of it."""
    return map_value(function, str)


def map_list(function: Callable[[list[Any]], object]) -> Edit:
    """Replace an existing list by a function of it."""
    return map_value(function, list)


def add(amount: float) -> Edit:
    """Add to an existing number."""
    return map_value(lambda number: number + amount, int, float)


def multiply(factor: float) -> Edit:
    """Multiply an existing number."""
    return map_value(lambda number: number * factor, int, float)


def swap(old: str, new: str) -> Edit:
    """Replace one value by another."""
    return map_value(lambda value: new if value == old else value)


def set_other(first: str, second: str) -> Edit:
    """Set the first value, or the second if the member already has the first."""
    return compute(lambda place: second if place.value == first else first)


def from_member(name: str, amount: int = 0) -> Edit:
    """Set the integer of another member of the same object, plus an amount."""
    return compute(lambda place: place.number(name) + amount)


def copy_member(name: str) -> Edit:
    """Set the value of another member of the same object."""
    return compute(lambda place: place.holder.get(name))


def swap_with(name: str) -> Edit:
    """Exchange the values of two members of one object."""

    def edit(place: Place) -> None:
        place.holder[place.key], place.holder[name] = place.holder.get(name), place.value

    return edit


def number_from(start: int, step: int = 1) -> Edit:
    """Number the places in the order in which the path matches them."""
    return compute(lambda place: start + step * place.ordinal)


def set_text(form: str) -> Edit:
    """Set a text, in which `{value}`, `{chunk}` and `{request}` are replaced."""
    return compute(lambda place: form.format(value=place.value, chunk=place.chunk, request=place.request))


def format_text(form: str) -> Edit:
    """Replace an existing string by a text, as `set_text` does."""
    write = set_text(form)

    def edit(place: Place) -> None:
        if isinstance(place.value, str):
            write(place)

    return edit


def rename(name: str) -> Edit:
    """Give the member another name."""

    def edit(place: Place) -> None:
        if place.exists:
            place.holder[name] = place.holder.pop(place.key)

    return edit


def update(fields: Mapping[str, object]) -> Edit:
    """Set several members of an existing object."""
    return map_value(lambda value: {**value, **deepcopy(dict(fields))}, dict)


def recount(
    *,
    prompt: int | Callable[[Place], int] | None = None,
    completion: int | Callable[[Place], int] | None = None,
) -> Edit:
    """Set token counts of an existing usage object, and the total to their sum."""

    def edit(place: Place) -> None:
        if isinstance(place.value, dict):
            usage = place.value
            for name, count in (("prompt_tokens", prompt), ("completion_tokens", completion)):
                given = usage.get(name, 0) if count is None else count(place) if callable(count) else count
                usage[name] = given if isinstance(given, int) else 0
            usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]

    return edit


def remove(place: Place) -> None:
    """Remove the member of an object."""
    if isinstance(place.holder, dict):
        place.holder.pop(place.key, None)
