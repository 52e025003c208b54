"""Differences between requests: parameters and bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aoai_specs.comparison.annotations import annotation_differences, facts_of
from aoai_specs.comparison.difference import Difference
from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.endpoints.endpoint import Endpoint, Held, Media
from aoai_specs.comparison.endpoints.schema_roots import Found, SchemaRoot, held_schemas
from aoai_specs.json_values import are_identical, key_of, quote

#: The default style of a parameter by location.
_NAMES = ("name", "description", "example", "examples")
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


def request_differences(base: Endpoint, revision: Endpoint, *, words: bool) -> Found:
    """Yield the differences of parameters and body, and the pairs of schemas to compare."""
    yield from _parameters(base, revision, words=words)
    yield from _body(base, revision, words=words)


def _parameters(base: Endpoint, revision: Endpoint, *, words: bool) -> Found:
    old, new = dict(base.parameters), dict(revision.parameters)
    renamed = dict(zip(reversed(base.places), reversed(revision.places), strict=False))
    for key in list(old):
        location, name = key
        other = (location, renamed.get(name, name)) if location == "path" else key
        if other in new:
            before, after = old.pop(key), new.pop(other)
            if other != key:
                message = f"the path parameter {name!r} is renamed to {other[1]!r}"
                yield Difference(
                    "path-parameter-renamed", message, before.pointer, after.pointer, name, other[1]
                )
            yield from _parameter(location, name, before, after, words=words)
    for key in list(old):
        location, name = key
        moved = next((each for each in new if each[1].lower() == name.lower()), None)
        if moved is not None:
            before, after = old.pop(key), new.pop(moved)
            message = f"the parameter {name!r} moves from {location} to {moved[0]}"
            yield Difference(
                "parameter-moved",
                message,
                before.pointer,
                after.pointer,
                location,
                moved[0],
                request=Effect.CHANGES,
            )
            yield from _parameter(moved[0], name, before, after, words=words)
    yield from _renamed(old, new, words=words)
    for (location, name), held in old.items():
        if location != "path":
            message = f"the {location} parameter {name!r} is removed"
            yield Difference(
                "parameter-removed",
                message,
                held.pointer,
                revision.pointer,
                name,
                None,
                request=Effect.WIDENS,
                gone=True,
            )
            yield from _lost_sunset(held, revision.pointer)
    for (location, name), held in new.items():
        if location != "path":
            required = held.under("required") is True
            message = f"the {_kind(required)} {location} parameter {name!r} is added"
            yield Difference(
                "parameter-added",
                message,
                base.pointer,
                held.pointer,
                None,
                name,
                request=Effect.NARROWS if required else Effect.NOTHING,
                traits=frozenset({_kind(required)}),
            )


def _renamed(old: dict[tuple[str, str], Held], new: dict[tuple[str, str], Held], *, words: bool) -> Found:
    """Take parameters out of both sides that only have another name, if no other one could be meant."""
    for key in list(old):
        fitting = [each for each in new if _same_but_name(key, old[key], each, new[each])]
        if len(fitting) != 1:
            continue
        (other,) = fitting
        if sum(_same_but_name(each, old[each], other, new[other]) for each in old) != 1:
            continue
        before, after = old.pop(key), new.pop(other)
        required = after.under("required") is True
        yield Difference(
            "parameter-renamed",
            f"the {key[0]} parameter {key[1]!r} is renamed to {other[1]!r}",
            before.pointer,
            after.pointer,
            key[1],
            other[1],
            request=Effect.NARROWS if required else Effect.WIDENS,
            traits=frozenset({_kind(required)}),
        )
        yield from _parameter(other[0], other[1], before, after, words=words)


def _same_but_name(key: tuple[str, str], before: Held, other: tuple[str, str], after: Held) -> bool:
    if key[0] != other[0] or key[0] == "path":
        return False
    held = [
        {name: value for name, value in each.described.items() if name not in _NAMES}
        for each in (before, after)
    ]
    return bool(held[0].keys() & {"schema", "content"}) and key_of(held[0]) == key_of(held[1])


def _lost_sunset(held: Held, pointer: str) -> Iterator[Difference]:
    """Yield the unreadable sunset of a deprecated parameter that is removed."""
    facts = facts_of(held.described, held.pointer)
    if held.under("deprecated") is True:
        for each in annotation_differences({}, facts, (pointer, held.pointer), words=False):
            if each.id == "sunset-unreadable":
                yield Difference(
                    each.id,
                    each.message,
                    held.pointer,
                    pointer,
                    each.revision,
                    None,
                    request=each.request,
                    gone=True,
                )


def _parameter(location: str, name: str, before: Held, after: Held, *, words: bool) -> Found:
    place = f"the {location} parameter {name!r}"
    if are_identical(before.described, after.described):
        yield from held_schemas(before, after, place, Effect.CHANGES)
        return
    at = (before.pointer, after.pointer)
    was, becomes = (location == "path" or each.under("required") is True for each in (before, after))
    if was != becomes:
        yield Difference(
            "parameter-required" if becomes else "parameter-optional",
            f"the {location} parameter {name!r} becomes {_kind(becomes)}",
            *at,
            was,
            becomes,
            request=Effect.NARROWS if becomes else Effect.WIDENS,
        )
    styles = [_style(location, each) for each in (before, after)]
    if styles[0][0] != styles[1][0]:
        yield Difference(
            "parameter-style-changed",
            f"the parameter {name!r} changes its style from {styles[0][0]} to {styles[1][0]}",
            *at,
            styles[0][0],
            styles[1][0],
            request=Effect.CHANGES,
        )
    if styles[0][1] != styles[1][1]:
        matters = any(_many(each) for each in (before, after))
        message = f"the parameter {name!r} is {'now' if styles[1][1] else 'no longer'} exploded"
        yield Difference(
            "parameter-explode-changed",
            message,
            *at,
            styles[0][1],
            styles[1][1],
            request=Effect.CHANGES if matters else Effect.NOTHING,
        )
    for keyword, kind in (("allowEmptyValue", "empty"), ("allowReserved", "reserved")):
        flags = [each.under(keyword) is True for each in (before, after)]
        if flags[0] != flags[1]:
            message = f"the parameter {name!r} {'may now' if flags[1] else 'may no longer'} have {kind} text"
            yield Difference(
                f"parameter-{kind}-{'allowed' if flags[1] else 'refused'}",
                message,
                *at,
                flags[0],
                flags[1],
                request=Effect.WIDENS if flags[1] else Effect.NARROWS,
            )
    facts = (facts_of(before.described, before.pointer), facts_of(after.described, after.pointer))
    yield from annotation_differences(*facts, at, words=words)
    yield from held_schemas(before, after, place, Effect.CHANGES)


def _style(location: str, held: Held) -> tuple[str, bool]:
    style = held.under("style") or _STYLES.get(location, "form")
    explode = held.under("explode")
    return str(style), explode if isinstance(explode, bool) else style == "form"


def _many(held: Held) -> bool:
    """Whether a parameter may have several values, so that exploding it matters."""
    schema = held.under("schema")
    if not isinstance(schema, dict):
        return False
    declared = schema.get("type")
    types = set(declared) if isinstance(declared, list) else {declared}
    return not types <= {"string", "number", "integer", "boolean", "null"}


def _body(base: Endpoint, revision: Endpoint, *, words: bool) -> Found:
    before, after = base.body, revision.body
    if before is None and after is None:
        return
    if before is None and after is not None:
        required = after.under("required") is True
        yield Difference(
            "body-added",
            f"a request body is now {'required' if required else 'allowed'}",
            base.pointer,
            after.pointer,
            None,
            sorted(revision.request_media),
            request=Effect.NARROWS if required else Effect.WIDENS,
            traits=frozenset({_kind(required)}),
        )
        return
    if after is None and before is not None:
        yield Difference(
            "body-removed",
            "the request body is removed",
            before.pointer,
            revision.pointer,
            sorted(base.request_media),
            None,
            request=Effect.NARROWS,
            gone=True,
        )
        return
    if before is None or after is None:
        return
    was, becomes = before.under("required") is True, after.under("required") is True
    if was != becomes:
        yield Difference(
            "body-required" if becomes else "body-optional",
            f"the request body becomes {_kind(becomes)}",
            before.pointer,
            after.pointer,
            was,
            becomes,
            request=Effect.NARROWS if becomes else Effect.WIDENS,
        )
    facts = (facts_of(before.described, before.pointer), facts_of(after.described, after.pointer))
    yield from annotation_differences(*facts, (before.pointer, after.pointer), words=words)
    yield from media_differences(
        base.request_media,
        revision.request_media,
        (before.pointer, after.pointer),
        "the request body",
        frozenset(),
    )


def media_differences(
    base: Mapping[str, Media],
    revision: Mapping[str, Media],
    at: tuple[str, str],
    place: str,
    traits: frozenset[str],
) -> Found:
    """Yield the differences of the media types of a body, where ranges cover types, and its schemas."""
    for name, media in base.items():
        if name in revision:
            yield from _media(media, revision[name], place)
        else:
            covered = _covering(name, revision)
            if covered is None:
                yield Difference(
                    "media-type-removed",
                    f"{place} may no longer be {media.media_type}",
                    media.pointer,
                    at[1],
                    media.media_type,
                    None,
                    request=Effect.NARROWS,
                    response=Effect.NARROWS,
                    traits=traits,
                    gone=True,
                )
            else:
                yield Difference(
                    "media-type-widened",
                    f"{place} may now be any of {covered.media_type} instead of {media.media_type}",
                    media.pointer,
                    covered.pointer,
                    media.media_type,
                    covered.media_type,
                    request=Effect.WIDENS,
                    response=Effect.WIDENS,
                )
                yield from _media(media, covered, place)
    for name, media in revision.items():
        if name not in base:
            wider = _covering(name, base)
            effect = Effect.WIDENS if wider is None else Effect.NOTHING
            yield Difference(
                "media-type-added",
                f"{place} may now be {media.media_type}",
                at[0],
                media.pointer,
                None,
                media.media_type,
                request=effect,
                response=effect,
            )


def _covering(name: str, among: Mapping[str, Media]) -> Media | None:
    bare = name.partition(";")[0]
    group, _, kind = bare.partition("/")
    suffix = f"{group}/{kind.rpartition('+')[2]}" if "+" in kind else ""
    for candidate in (bare, f"{group}/*", "*/*", suffix):
        if candidate and candidate != name and candidate in among:
            return among[candidate]
    return None


def _media(before: Media, after: Media, place: str) -> Found:
    where = f"{place} ({after.media_type})"
    for key, pointers in (
        ("schema", (before.schema, after.schema)),
        ("itemSchema", (before.item, after.item)),
    ):
        if pointers[0] is not None and pointers[1] is not None:
            schemas = (before.described[key], after.described[key])
            yield SchemaRoot(
                pointers[0], pointers[1], schemas, where if key == "schema" else f"each item of {where}"
            )
        elif pointers[0] is not None or pointers[1] is not None:
            added = pointers[0] is None
            message = f"{where} {'now has a schema' if added else 'no longer has a schema'}"
            effect = Effect.NARROWS if added else Effect.WIDENS
            name = "schema" if key == "schema" else "item-schema"
            yield Difference(
                f"{name}-{'added' if added else 'removed'}",
                message,
                pointers[0] or before.pointer,
                pointers[1] or after.pointer,
                not added,
                added,
                request=effect,
                response=effect,
                gone=not added,
            )
    yield from _encodings(before, after, where)


def _encodings(before: Media, after: Media, place: str) -> Iterator[Difference]:
    for name in [*before.encoding, *(each for each in after.encoding if each not in before.encoding)]:
        old, new = (_encoding(each.encoding.get(name)) for each in (before, after))
        if key_of(old) != key_of(new):
            yield Difference(
                "encoding-changed",
                f"the part {name!r} of {place} changes its encoding from {quote(old)} to {quote(new)}",
                before.pointer,
                after.pointer,
                old,
                new,
                request=Effect.CHANGES,
                response=Effect.CHANGES,
            )


def _encoding(described: Any) -> dict[str, Any]:
    if not isinstance(described, dict):
        return {}
    return {key: described[key] for key in ("contentType", "style", "explode") if key in described}


def _kind(required: bool) -> str:
    return "required" if required else "optional"
