"""Differences between discriminators: the property, and the schema that each value selects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aoai_specs.comparison.difference import Difference, both_ways
from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.schemas.meaning import Meaning
from aoai_specs.json_values import quote


def discriminator_differences(base: Meaning, revision: Meaning) -> Iterator[Difference]:
    """Yield the differences of the discriminators of two meanings."""
    before, after = base.discriminator, revision.discriminator
    if before is None and after is None:
        return
    if before is None and after is not None:
        yield Difference(
            "discriminator-added",
            f"{quote(after.value.get('propertyName'))} now selects the branch",
            base.pointer,
            after.pointer,
            None,
            after.value.get("propertyName"),
        )
        return
    if after is None and before is not None:
        yield Difference(
            "discriminator-removed",
            f"{quote(before.value.get('propertyName'))} no longer selects the branch",
            before.pointer,
            revision.pointer,
            before.value.get("propertyName"),
            None,
            gone=True,
        )
        return
    if before is None or after is None:
        return
    names = (before.value.get("propertyName"), after.value.get("propertyName"))
    if names[0] != names[1]:
        yield Difference(
            "discriminator-property-changed",
            f"the discriminator changes from {quote(names[0])} to {quote(names[1])}",
            before.pointer,
            after.pointer,
            *names,
            **both_ways(Effect.CHANGES),
        )
    yield from _mapping(_mapped(before.value), _mapped(after.value), (before.pointer, after.pointer))


def _mapping(
    before: Mapping[str, str], after: Mapping[str, str], at: tuple[str, str]
) -> Iterator[Difference]:
    targets = (set(before.values()), set(after.values()))
    for value, target in before.items():
        if value not in after and target in targets[1]:
            renamed = next(
                (each for each, held in after.items() if held == target and each not in before), None
            )
            if renamed is None:
                yield Difference(
                    "discriminator-mapping-removed",
                    f"{quote(value)} no longer selects {_short(target)}",
                    *at,
                    value,
                    None,
                    **both_ways(Effect.NARROWS),
                )
            else:
                yield Difference(
                    "discriminator-value-changed",
                    f"the value that selects {_short(target)} "
                    f"changes from {quote(value)} to {quote(renamed)}",
                    *at,
                    value,
                    renamed,
                    **both_ways(Effect.CHANGES),
                )
    for value, target in after.items():
        if value in before:
            if _short(before[value]) != _short(target):
                yield Difference(
                    "discriminator-mapping-changed",
                    f"{quote(value)} selects {_short(target)} instead of {_short(before[value])}",
                    *at,
                    _short(before[value]),
                    _short(target),
                )
        elif target in targets[0] and not any(
            held == target and each not in after for each, held in before.items()
        ):
            yield Difference(
                "discriminator-mapping-added",
                f"{quote(value)} now also selects {_short(target)}",
                *at,
                None,
                value,
                **both_ways(Effect.WIDENS),
            )


def _mapped(discriminator: Mapping[str, Any]) -> dict[str, str]:
    mapping = discriminator.get("mapping")
    return {str(key): str(value) for key, value in mapping.items()} if isinstance(mapping, dict) else {}


def _short(target: str) -> str:
    return target.rpartition("/")[2]
