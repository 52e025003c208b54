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
    whole = subject.validator(place.pointer, direction, without)
    branches = [
        (index, branch, validator)
        for index, branch in enumerate(place.schema["oneOf"][:_MAX_BRANCHES])
        if isinstance(branch, dict)
        for validator in [subject.validator(join(place.pointer, "oneOf", index), direction, without)]
        if validator is not None
    ]
    if whole is None:
        return
    values = {index: samples(validator.schema) for index, _, validator in branches}
    explained = False
    readers = " for tools that ignore discriminators" if without else ""
    for (first, one, left), (second, other, right) in combinations(branches, 2):
        for value in _candidates(values[first], values[second]):
            if _is_witness(value, left, right, whole, explained=explained):
                explained = True
                names = f"{_branch_name(one, first)} and {_branch_name(other, second)}"
                yield Mistake(
                    join(place.pointer, "oneOf"),
                    f"The branches {names} overlap{readers}: {quote(value)} matches both, not exactly one.",
                    value,
                )
                break


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
