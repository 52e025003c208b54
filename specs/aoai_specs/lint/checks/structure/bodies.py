"""Request bodies where HTTP defines none, and encodings of what a body does not have."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.json_values import as_list
from aoai_specs.lint.checks.keywords import types_of
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.outline import Node, Outline
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import canonical, join

#: The methods for whose bodies HTTP defines no meaning.
_WITHOUT_BODY = ("get", "head", "delete", "trace")
_UNIONS = ("allOf", "anyOf", "oneOf")


@check(severity="warning")
def body_on_get(subject: Subject) -> Iterator[Mistake]:
    """A request body on GET, HEAD, DELETE or TRACE, for which HTTP defines no meaning."""
    outline = subject.outline
    for node in outline.nodes("operation"):
        method = node.key.lower()
        if method not in _WITHOUT_BODY:
            continue
        places = [join(node.pointer, "requestBody")] if "requestBody" in node.value else []
        holders = [holder for holder in (node.parent, node) if holder is not None]
        places += [
            place
            for holder in holders
            for place, parameter in outline.items(holder, "parameters")
            if parameter.value.get("in") in ("body", "formData")
        ]
        if places:
            yield Mistake(
                places[-1], f"HTTP defines no meaning for the body of a {method.upper()}; it may be ignored."
            )


@check(severity="warning")
def body_without_media_type(subject: Subject) -> Iterator[Mistake]:
    """A request body whose content has no media type, so that nothing can be sent."""
    for node in subject.outline.nodes("request-body"):
        if node.value.get("content") == {}:
            yield Mistake(join(node.pointer, "content"), "The content has no media type.")


@check
def encoding_of_missing_property(subject: Subject) -> Iterator[Mistake]:
    """An encoding of a property that the schema of the body does not have."""
    outline = subject.outline
    for node in outline.nodes("media-type", "encoding"):
        names = node.value.get("encoding")
        if not isinstance(names, dict) or not names:
            continue
        declared = _declared(outline, join(node.pointer, "schema")) if node.kind == "media-type" else None
        for name in names:
            if declared is not None and name not in declared:
                yield Mistake(
                    join(node.pointer, "encoding", name), f"The schema has no property {name!r} to encode."
                )


def _declared(outline: Outline, pointer: str) -> set[str] | None:
    """Return the names of the properties of a schema, or None if it cannot be read."""
    names: set[str] = set()
    waiting, seen = [pointer], {pointer}
    while waiting:
        place = waiting.pop()
        node = outline.at(place)
        if node is None or node.kind != "schema":
            return None if place == pointer and outline.kinds.get(place) is None else names
        properties = node.value.get("properties")
        names |= set(properties) if isinstance(properties, dict) else set()
        inner = [canonical(node.value["$ref"])] if isinstance(node.value.get("$ref"), str) else []
        for union in _UNIONS:
            inner += [join(place, union, at) for at, _ in enumerate(as_list(node.value.get(union)))]
        waiting += [each for each in inner if each not in seen and outline.at(each) is not None]
        seen.update(inner)
    return names


@check(severity="warning")
def encoding_without_effect(subject: Subject) -> Iterator[Mistake]:
    """An encoding of a body that is no form, or headers that its media type ignores."""
    for node in subject.outline.nodes("media-type"):
        kind = node.key.partition(";")[0].strip().lower()
        names = node.value.get("encoding")
        if not isinstance(names, dict) or not names or "*" in kind or _is_component(node):
            continue
        if not kind.startswith("multipart/") and kind != "application/x-www-form-urlencoded":
            yield Mistake(join(node.pointer, "encoding"), f"Encodings have no effect on {kind}.")
        elif not kind.startswith("multipart/"):
            for name, encoding in names.items():
                if isinstance(encoding, dict) and "headers" in encoding:
                    yield Mistake(
                        join(node.pointer, "encoding", name, "headers"), f"Headers have no effect on {kind}."
                    )


def _is_component(media_type: Node) -> bool:
    return media_type.parent is not None and media_type.parent.kind == "components"


@check(severity="warning")
def form_without_object(subject: Subject) -> Iterator[Mistake]:
    """A form whose schema is not an object, so that it has no fields."""
    outline = subject.outline
    for node in outline.nodes("media-type"):
        kind = node.key.partition(";")[0].strip().lower()
        if kind not in ("multipart/form-data", "application/x-www-form-urlencoded"):
            continue
        schema = outline.follow(join(node.pointer, "schema"))
        types = set(types_of(schema.value)) if schema is not None else set()
        if types and "object" not in types:
            yield Mistake(
                join(node.pointer, "schema"), f"A form has fields, but its schema is {' or '.join(types)}."
            )
