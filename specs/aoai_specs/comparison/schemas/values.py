"""Differences in the value itself: type, null, listed values, bounds, patterns and formats."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from aoai_specs.comparison.difference import Difference, Fact, both_ways
from aoai_specs.comparison.effects import Effect, between
from aoai_specs.comparison.keywords import BOUNDS, TYPES, Bound
from aoai_specs.comparison.kinds import kebab
from aoai_specs.comparison.schemas.meaning import Meaning
from aoai_specs.json_values import key_of, quote

_NUMBER_FORMATS = {"int8": 1, "int16": 2, "int32": 3, "int64": 4, "float": 1, "double": 2}
_DECIMALS = ("float", "double", "decimal")

#: A named schema.
_SHARED = re.compile(r"#/(components/schemas|definitions|\$defs)/[^/]+")


def value_differences(base: Meaning, revision: Meaning) -> Iterator[Difference]:
    """Yield the differences of type, null, values, bounds, patterns and formats."""
    yield from _types(base, revision)
    yield from _null(base, revision)
    yield from _listed(base, revision)
    for keyword in BOUNDS if base.bounds or revision.bounds else ():
        before, after = base.bounds.get(keyword), revision.bounds.get(keyword)
        if before is not None or after is not None:
            yield from _bound(keyword, before, after, base, revision)
    yield from _patterns(base, revision)
    yield from _format(base, revision)
    yield from _wholes(base, revision)


def types_are_disjoint(base: Meaning, revision: Meaning) -> bool:
    """Whether no type is allowed by both, so that nothing else is worth comparing."""
    if base.types is None or revision.types is None or not base.types or not revision.types:
        return False
    return not (_whole(base.types) & _whole(revision.types))


def _whole(types: frozenset[str] | None) -> frozenset[str]:
    """Return types with all types they contain."""
    named = TYPES if types is None else types
    return named | {"integer"} if "number" in named else named


def _types(base: Meaning, revision: Meaning) -> Iterator[Difference]:
    before, after = _whole(base.types), _whole(revision.types)
    if before == after or base.unions or revision.unions:
        return
    effect = between(before, after)
    text = None
    if "string" in after and _loose(revision):
        text = Effect.WIDENS
    elif "string" in before and _loose(base):
        text = Effect.NARROWS
    types = (_named(base), _named(revision))
    yield Difference(
        "type-changed",
        f"the type changes from {types[0]} to {types[1]}",
        base.types_at or base.pointer,
        revision.types_at or revision.pointer,
        _list(base),
        _list(revision),
        **both_ways(effect),
        text=text
        if not {"array", "object"} & ((before ^ after) - (before if base.types is None else set()))
        else None,
    )


def _loose(meaning: Meaning) -> bool:
    """Whether every string is allowed."""
    return not (meaning.values or meaning.patterns or meaning.bounds or "format" in meaning.facts)


def _named(meaning: Meaning) -> str:
    return "any" if meaning.types is None else " or ".join(sorted(meaning.types)) or "none"


def _list(meaning: Meaning) -> list[str] | None:
    return None if meaning.types is None else sorted(meaning.types)


def _null(base: Meaning, revision: Meaning) -> Iterator[Difference]:
    if base.nullable == revision.nullable:
        return
    if (base.types is None) != (revision.types is None) and not (base.unions or revision.unions):
        return  # reported as a change of type
    allowed = revision.nullable
    yield Difference(
        "nullable-set" if allowed else "nullable-unset",
        "null is now allowed" if allowed else "null is no longer allowed",
        base.pointer,
        revision.pointer,
        base.nullable,
        allowed,
        **both_ways(Effect.WIDENS if allowed else Effect.NARROWS),
        gone=_is_shared(revision.pointer) and not _is_shared(base.pointer),
    )


def _is_shared(pointer: str) -> bool:
    """Whether a pointer is a whole schema that others refer to."""
    return _SHARED.fullmatch(pointer) is not None


def _listed(base: Meaning, revision: Meaning) -> Iterator[Difference]:
    places = (base.values_at or base.pointer, revision.values_at or revision.pointer)
    if base.values is None and revision.values is None:
        return
    if base.values is None:
        name = "const" if revision.constant else "enum"
        narrows = Effect.NOTHING if revision.open else Effect.NARROWS
        yield Difference(
            f"{name}-added",
            f"only {_values_text(revision)} is now allowed"
            if narrows is Effect.NARROWS
            else f"the values {_values_text(revision)} are listed, others stay allowed",
            *places,
            None,
            _values(revision),
            request=narrows,
            response=narrows,
        )
        return
    if revision.values is None:
        name = "const" if base.constant else "enum"
        widens = Effect.NOTHING if base.open else Effect.WIDENS
        yield Difference(
            f"{name}-removed",
            f"values other than {_values_text(base)} are now allowed",
            *places,
            _values(base),
            None,
            request=widens,
            response=widens,
        )
        return
    if base.constant and revision.constant:
        if key_of(base.values) != key_of(revision.values):
            message = f"the constant changes from {_values_text(base)} to {_values_text(revision)}"
            yield Difference(
                "const-changed",
                message,
                *places,
                _values(base),
                _values(revision),
                **both_ways(Effect.CHANGES),
            )
        return
    before = {key_of(value): value for value in base.values}
    after = {key_of(value): value for value in revision.values}
    gone = {key: value for key, value in before.items() if key not in after}
    if gone:
        yield Difference(
            "enum-value-removed",
            f"{_these_values(gone)} removed",
            *places,
            _one_or_all(gone),
            None,
            **both_ways(Effect.NARROWS),
        )
    came = {key: value for key, value in after.items() if key not in before}
    if came:
        yield Difference(
            "enum-value-added",
            f"{_these_values(came)} added",
            *places,
            None,
            _one_or_all(came),
            request=Effect.WIDENS,
            response=Effect.NOTHING if base.open else Effect.WIDENS,
            traits=frozenset({"open"}) if base.open else frozenset(),
        )
    if base.open != revision.open:
        opened = revision.open
        yield Difference(
            "enum-opened" if opened else "enum-closed",
            "values other than the listed ones are now allowed"
            if opened
            else "only the listed values are now allowed",
            *places,
            "open" if base.open else "closed",
            "open" if opened else "closed",
            **both_ways(Effect.WIDENS if opened else Effect.NARROWS),
        )


def _these_values(values: Mapping[str, object]) -> str:
    return f"the value {next(iter(values))} is" if len(values) == 1 else f"the values {', '.join(values)} are"


def _one_or_all(values: Mapping[str, object]) -> object:
    """Return a single value as it is, and several as a list."""
    listed = list(values.values())
    return listed[0] if len(listed) == 1 else listed


def _values(meaning: Meaning) -> object:
    values = meaning.values or ()
    return values[0] if meaning.constant and values else list(values)


def _values_text(meaning: Meaning) -> str:
    return quote(_values(meaning))


def _bound(
    keyword: str, before: Bound | None, after: Bound | None, base: Meaning, revision: Meaning
) -> Iterator[Difference]:
    name = kebab(keyword)
    at_base = before.pointer if before else base.pointer
    at_revision = after.pointer if after else revision.pointer
    if before is None and after is not None:
        message = f"{keyword} is set to {_bound_text(after)}"
        kind, effect = "set", Effect.NARROWS
    elif after is None and before is not None:
        message = f"{keyword} {_bound_text(before)} is removed"
        kind, effect = "unset", Effect.WIDENS
    elif before is not None and after is not None and not before.same(after):
        more = after.value > before.value if after.value != before.value else None
        loosened = before.exclusive if more is None else more == BOUNDS[keyword]
        kind, effect = ("loosened", Effect.WIDENS) if loosened else ("tightened", Effect.NARROWS)
        message = f"{keyword} changes from {_bound_text(before)} to {_bound_text(after)}"
    else:
        return
    yield Difference(
        f"{name}-{kind}",
        message,
        at_base,
        at_revision,
        before and before.as_json(),
        after and after.as_json(),
        **both_ways(effect),
        gone=kind == "unset",
    )


def _bound_text(bound: Bound) -> str:
    text = repr(bound.value).removesuffix(".0")
    return f"{text} (exclusive)" if bound.exclusive else text


def _patterns(base: Meaning, revision: Meaning) -> Iterator[Difference]:
    gone = [each for each in base.patterns if each not in revision.patterns]
    new = [each for each in revision.patterns if each not in base.patterns]
    while gone and new:
        before, after = gone.pop(0), new.pop(0)
        effect = Effect.WIDENS if _any(after) else Effect.NARROWS if _any(before) else Effect.CHANGES
        yield Difference(
            "pattern-changed",
            f"the pattern changes from {quote(before)} to {quote(after)}",
            base.patterns[before],
            revision.patterns[after],
            before,
            after,
            **both_ways(effect),
        )
    for each in gone:
        yield Difference(
            "pattern-removed",
            f"the pattern {quote(each)} is removed",
            base.patterns[each],
            revision.pointer,
            each,
            None,
            **both_ways(Effect.WIDENS),
            gone=True,
        )
    for each in new:
        yield Difference(
            "pattern-added",
            f"the pattern {quote(each)} is set",
            base.pointer,
            revision.patterns[each],
            None,
            each,
            **both_ways(Effect.NARROWS),
        )


def _any(pattern: str) -> bool:
    return pattern.removeprefix("^").removesuffix("$") in (".*", "")


def _format(base: Meaning, revision: Meaning) -> Iterator[Difference]:
    before, after = base.facts.get("format"), revision.facts.get("format")
    if all(each is None or each.value in _DECIMALS for each in (before, after)):
        return  # precision does not limit the allowed values
    if (
        before == after
        or types_are_disjoint(base, revision)
        or (before and after and before.value == after.value)
    ):
        return
    at = (before.pointer if before else base.pointer, after.pointer if after else revision.pointer)
    values = (before and before.value, after and after.value)
    if before is None:
        message, kind, effect = f"the format {values[1]} is set", "added", Effect.NARROWS
    elif after is None:
        message, kind, effect = f"the format {values[0]} is removed", "removed", Effect.WIDENS
    else:
        message, kind = f"the format changes from {values[0]} to {values[1]}", "changed"
        effect = _format_effect(str(before.value), str(after.value))
    yield Difference(f"format-{kind}", message, *at, *values, **both_ways(effect), gone=after is None)


def _format_effect(before: str, after: str) -> Effect:
    sizes = (_NUMBER_FORMATS.get(before), _NUMBER_FORMATS.get(after))
    if sizes[0] is None or sizes[1] is None or before.startswith("int") != after.startswith("int"):
        return Effect.CHANGES
    return Effect.WIDENS if sizes[1] > sizes[0] else Effect.NARROWS


_WHOLES = {
    "multipleOf": "multiple-of",
    "contentEncoding": "content-encoding",
    "contentMediaType": "content-media-type",
    "uniqueItems": "unique-items",
}


def _wholes(base: Meaning, revision: Meaning) -> Iterator[Difference]:
    """Yield the differences of keywords that are compared as a whole."""
    for keyword, name in _WHOLES.items():
        before, after = base.facts.get(keyword), revision.facts.get(keyword)
        if before is None and after is None:
            continue
        if before is None or after is None:
            kind = "set" if before is None else "unset"
            effect = Effect.NARROWS if before is None else Effect.WIDENS
            message = f"{keyword} is set" if before is None else f"{keyword} is removed"
        elif key_of(before.value) != key_of(after.value):
            kind, effect = "changed", _whole_effect(keyword, before, after)
            message = f"{keyword} changes from {quote(before.value)} to {quote(after.value)}"
        else:
            continue
        yield Difference(
            f"{name}-{kind}",
            message,
            before.pointer if before else base.pointer,
            after.pointer if after else revision.pointer,
            before and before.value,
            after and after.value,
            **both_ways(effect),
            gone=after is None,
        )


def _whole_effect(keyword: str, before: Fact, after: Fact) -> Effect:
    if keyword == "multipleOf" and before.value and after.value:
        if (before.value / after.value).is_integer():
            return Effect.WIDENS
        if (after.value / before.value).is_integer():
            return Effect.NARROWS
    return Effect.CHANGES
