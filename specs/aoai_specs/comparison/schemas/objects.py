"""Differences between objects: properties, required properties, and whether the object is closed."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from aoai_specs.comparison.difference import Difference, both_ways
from aoai_specs.comparison.effects import Effect, between
from aoai_specs.comparison.schemas.meaning import HIDING, Meaning
from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.json_values import quote


def object_differences(
    base: Meaning,
    revision: Meaning,
    meanings: tuple[Meanings, Meanings],
    changed: Collection[str],
) -> Iterator[Difference]:
    """Yield the differences of properties, without those of the schemas of the properties.

    `changed` are the properties of both sides whose schemas are not identical.
    """
    old, new = meanings
    for name in base.properties:
        if name not in revision.properties:
            yield _removed(name, base, revision, old)
    for name in revision.properties:
        if name not in base.properties:
            yield _added(name, base, revision, new)
    shared = [name for name in base.properties if name in revision.properties]
    for name in shared:
        if name not in changed and (name in base.required) == (name in revision.required):
            continue
        hidden = (old.hiding(base.properties[name]), new.hiding(revision.properties[name]))
        yield from _required(name, base, revision, hidden[0] & hidden[1])
        yield from _guarded(name, base, revision, hidden)
    for name in dict.fromkeys((*base.required, *revision.required)):
        if name not in base.properties and name not in revision.properties:
            yield from _required(name, base, revision, frozenset())
    yield from _closing(base, revision)
    yield from _dependent(base, revision)


def _removed(name: str, base: Meaning, revision: Meaning, old: Meanings) -> Difference:
    held = old.meaning(base.properties[name])
    required = name in base.required and name not in revision.required
    if held.never:
        return _permission(name, base, revision, permitted=True)
    closed = bool(revision.closed)
    effect = Effect.CHANGES if closed and required else Effect.NARROWS if closed else Effect.WIDENS
    if "additionalProperties" in revision.inside:  # which is compared with the property
        effect = Effect.WIDENS if required else Effect.NOTHING
    return Difference(
        "property-removed",
        f"the {_kind(required)} property {name!r} is removed" + (" from a closed object" if closed else ""),
        base.properties_at[name],
        revision.pointer,
        _outline(held),
        None,
        request=Effect.NOTHING if held.has("readOnly") else Effect.NARROWS if closed else effect,
        response=Effect.NOTHING if held.has("writeOnly") else effect,
        traits=_traits(required=required, closed=closed) | _hiding(held),
        gone=True,
    )


def _added(name: str, base: Meaning, revision: Meaning, new: Meanings) -> Difference:
    held = new.meaning(revision.properties[name])
    if held.never:
        return _permission(name, base, revision, permitted=False)
    required = name in revision.required
    closed = bool(base.closed)
    needed = required and name not in base.required
    if closed:
        effect = Effect.CHANGES if needed else Effect.WIDENS
    else:
        effect = Effect.NARROWS if needed else Effect.NOTHING
    return Difference(
        "property-added",
        f"the {_kind(required)} property {name!r} is added" + (" to a closed object" if closed else ""),
        base.pointer,
        revision.properties_at[name],
        None,
        _outline(held),
        request=Effect.NOTHING if held.has("readOnly") else effect,
        response=Effect.NOTHING if held.has("writeOnly") else effect,
        traits=_traits(required=required, closed=closed) | _hiding(held),
    )


def _permission(name: str, base: Meaning, revision: Meaning, *, permitted: bool) -> Difference:
    """Return the difference of a property that no value may have on one side."""
    closed = bool(revision.closed if permitted else base.closed)
    effect = Effect.NOTHING if closed else Effect.WIDENS if permitted else Effect.NARROWS
    return Difference(
        "property-permitted" if permitted else "property-forbidden",
        f"the property {name!r} is {'allowed again' if permitted else 'no longer allowed'}",
        base.properties_at.get(name, base.pointer),
        revision.properties_at.get(name, revision.pointer),
        not permitted,
        permitted,
        **both_ways(effect),
        gone=permitted,
    )


def _required(name: str, base: Meaning, revision: Meaning, hidden: frozenset[str]) -> Iterator[Difference]:
    before, after = name in base.required, name in revision.required
    if before == after:
        return
    effect = Effect.NARROWS if after else Effect.WIDENS
    at_base = base.properties_at.get(name, base.pointer)
    at_revision = revision.properties_at.get(name, revision.pointer)
    yield Difference(
        "property-required" if after else "property-optional",
        f"the property {name!r} becomes {_kind(after)}",
        at_base,
        at_revision,
        before,
        after,
        request=Effect.NOTHING if "readOnly" in hidden else effect,
        response=Effect.NOTHING if "writeOnly" in hidden else effect,
        traits=hidden,
    )


def _guarded(
    name: str, base: Meaning, revision: Meaning, hidden: tuple[frozenset[str], frozenset[str]]
) -> Iterator[Difference]:
    """Yield the property that one direction loses or gains, as if it were removed or added there."""
    for keyword, label in (("readOnly", "read-only"), ("writeOnly", "write-only")):
        before, after = keyword in hidden[0], keyword in hidden[1]
        if before == after:
            continue
        if after:
            effect = Effect.NARROWS if revision.closed else Effect.WIDENS
            required = name in base.required
        else:
            required = name in revision.required
            effect = Effect.NARROWS if required else Effect.WIDENS if base.closed else Effect.NOTHING
        yield Difference(
            f"{label}-set" if after else f"{label}-unset",
            f"the property {name!r} becomes {label}"
            if after
            else f"the property {name!r} is no longer {label}",
            base.properties_at[name],
            revision.properties_at[name],
            before,
            after,
            request=effect if keyword == "readOnly" else Effect.NOTHING,
            response=effect if keyword == "writeOnly" else Effect.NOTHING,
            traits=_traits(required=required, closed=bool(revision.closed if after else base.closed)),
        )


def _closing(base: Meaning, revision: Meaning) -> Iterator[Difference]:
    if bool(base.closed) == bool(revision.closed):
        return
    closes = bool(revision.closed)
    yield Difference(
        "additional-properties-closed" if closes else "additional-properties-opened",
        "undeclared properties are now rejected" if closes else "undeclared properties are now allowed",
        base.closed or base.pointer,
        revision.closed or revision.pointer,
        not base.closed,
        not closes,
        **both_ways(Effect.NARROWS if closes else Effect.WIDENS),
    )


def _dependent(base: Meaning, revision: Meaning) -> Iterator[Difference]:
    """Yield the differences of `dependentRequired`."""
    facts = (base.facts.get("dependentRequired"), revision.facts.get("dependentRequired"))
    before, after = (dict(each.value) if each else {} for each in facts)
    for name in [*before, *(each for each in after if each not in before)]:
        needed = (frozenset(before.get(name, ())), frozenset(after.get(name, ())))
        if needed[0] == needed[1]:
            continue
        kind = "removed" if name not in after else "added" if name not in before else "changed"
        yield Difference(
            f"dependent-required-{kind}",
            f"{name!r} now requires {quote(sorted(needed[1]))} instead of {quote(sorted(needed[0]))}",
            facts[0].pointer if facts[0] else base.pointer,
            facts[1].pointer if facts[1] else revision.pointer,
            sorted(needed[0]),
            sorted(needed[1]),
            **both_ways(between(needed[1], needed[0])),
        )


def _kind(required: bool) -> str:
    return "required" if required else "optional"


def _traits(*, required: bool, closed: bool) -> frozenset[str]:
    return frozenset({"required" if required else "optional", "closed" if closed else "open"})


def _hiding(held: Meaning) -> frozenset[str]:
    return frozenset(filter(held.has, HIDING))


def _outline(held: Meaning) -> object:
    """Return the types of a property."""
    types = sorted(held.types) if held.types is not None else ["any"]
    return types[0] if len(types) == 1 else types
