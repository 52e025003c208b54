"""Whether two pointers into documents are about the same thing."""

from __future__ import annotations

from collections.abc import Callable, Collection

from aoai_reports.run_comparison.schema_ways import Way
from aoai_specs.comparison.change import Change

#: Keywords that hold a list of schemas or values.
_LISTS = frozenset({"oneOf", "anyOf", "allOf", "required", "enum"})
#: What names stand in, so that what follows is no keyword.
_HOLDERS = frozenset({"properties", "patternProperties", "schemas", "responses", "headers", "parameters"})
_SCHEMAS = frozenset({"items", "additionalProperties", "schema", "itemSchema"})


def schema_of(pointer: str) -> str:
    """The schema whose keyword a pointer leads to; the pointer itself where it leads to a schema."""
    head, _, last = pointer.rpartition("/")
    above, _, holder = head.rpartition("/")
    if holder in _HOLDERS:
        return pointer
    if last.isdecimal() and holder in _LISTS:
        return above
    return pointer if last in _SCHEMAS or not head.startswith("#/") else head


def is_inside(pointer: str, above: str) -> bool:
    """Whether a pointer leads to a place or into it."""
    return bool(above) and (pointer == above or pointer.startswith(f"{above}/"))


def has_place(change: Change, base: str, revision: str, told_by: Callable[[str], str] = str) -> bool:
    """Whether a change is at a place, given by its pointers in the two documents; empty ones are nowhere."""
    at_base = bool(base) and told_by(change.base_pointer) == base
    at_revision = bool(revision) and not change.gone and told_by(change.pointer) == revision
    return at_base or at_revision


def lies_on_all(pointer: str, found: Collection[Way]) -> bool:
    """Whether a pointer is passed on every way; there has to be one."""
    return bool(found) and all(pointer in way.passed for way in found)


def stands_at_all_ends(pointer: str, found: Collection[Way]) -> bool:
    """Whether the schema that a pointer leads to, or whose keyword, is one in which every way ends."""
    places = {pointer, schema_of(pointer)}
    return bool(found) and all(places & way.ends for way in found)
