"""Branches of a `oneOf` that overlap, so that a value that matches two of them is rejected."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from aoai_specs.json_values import quote
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.samples import cross, samples
from aoai_specs.lint.subject import BINDING, Subject, schema_name
from aoai_specs.lint.survey import SchemaPlace
from aoai_specs.pointers import canonical, join
from aoai_specs.schemas.translation import Direction
from aoai_specs.schemas.validators import Validator

_MAX_BRANCHES = 24
_MAX_CANDIDATES = 150


@check
def overlapping_branches(subject: Subject) -> Iterator[Mistake]:
    """Two branches of a `oneOf` that match the same value, so that the union rejects it."""
    for place in subject.survey.schemas:
        listed = place.schema.get("oneOf")
        if not isinstance(listed, list) or len(listed) < 2 or ("$ref" in place.schema and subject.legacy):
            continue
        switch = subject.discriminators.switch(place.pointer, place.schema)
        if switch is not None and switch.union == "oneOf":
            continue  # the discriminator decides
        direction = place.direction or "request"
        found = list(_overlaps(subject, place, direction, frozenset()))
        yield from found or _overlaps(subject, place, direction, frozenset({BINDING}))


def _overlaps(
    subject: Subject, place: SchemaPlace, direction: Direction, without: frozenset[str]
) -> Iterator[Mistake]:
    listed = {
        index: branch
        for index, branch in enumerate(place.schema["oneOf"][:_MAX_BRANCHES])
        if isinstance(branch, dict)
    }
    types = {index: _types(subject, branch) for index, branch in listed.items()}
    pairs = [pair for pair in combinations(listed, 2) if _share_a_type(types[pair[0]], types[pair[1]])]
    whole = subject.validator(place.pointer, direction, without) if pairs else None
    if whole is None:
        return
    validators = {
        index: validator
        for index in sorted({index for pair in pairs for index in pair})
        for validator in [subject.validator(join(place.pointer, "oneOf", index), direction, without)]
        if validator is not None
    }
    values = {index: samples(validator.schema) for index, validator in validators.items()}
    explained = False
    readers = " for tools that ignore discriminators" if without else ""
    for first, second in pairs:
        if first not in validators or second not in validators:
            continue
        left, right = validators[first], validators[second]
        for value in _candidates(values[first], values[second]):
            if _is_witness(value, left, right, whole, explained=explained):
                explained = True
                names = f"{_branch_name(listed[first], first)} and {_branch_name(listed[second], second)}"
                yield Mistake(
                    join(place.pointer, "oneOf"),
                    f"The branches {names} overlap{readers}: {quote(value)} matches both, not exactly one.",
                    value,
                )
                break


def _types(subject: Subject, branch: dict[str, Any]) -> frozenset[str] | None:
    """Return the types that a branch, or the schema that it refers to, allows at most; None for any."""
    schema = branch
    if isinstance(branch.get("$ref"), str):
        schema = subject.follow(canonical(branch["$ref"]))[1]
    stated = schema.get("type")
    if stated is None or "discriminator" in schema:
        return None
    types = {each for each in (stated if isinstance(stated, list) else [stated]) if isinstance(each, str)}
    if "number" in types:
        types.add("integer")
    if True in (schema.get("nullable"), branch.get("nullable")):
        types.add("null")
    return frozenset(types)


def _share_a_type(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    return one is None or other is None or not one.isdisjoint(other)


def _candidates(left: list[Any], right: list[Any]) -> list[Any]:
    mixed = [value for one in left[:6] for other in right[:6] for value in cross(one, other)]
    return [*left, *right, *mixed][:_MAX_CANDIDATES]


def _is_witness(value: Any, left: Validator, right: Validator, whole: Validator, *, explained: bool) -> bool:
    """Whether a value matches both branches and the union rejects it for that reason.

    With `explained`, the union is known to give this reason, and the slow explanation is skipped.
    """
    if not left.is_valid(value) or not right.is_valid(value) or whole.is_valid(value):
        return False
    if explained:
        return True
    return any(error.overlap and not error.pointer for error in whole.errors(value, at_most=20))


def _branch_name(branch: dict[str, Any], index: int) -> str:
    if isinstance(branch.get("$ref"), str):
        return schema_name(canonical(branch["$ref"]))
    kind = branch.get("title") or branch.get("type")
    return f"{index} ({kind})" if isinstance(kind, str) else str(index)
