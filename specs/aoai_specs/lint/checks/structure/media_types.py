"""Names of media types, and the examples beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.grammar import with_article
from aoai_specs.lint.outline import Outline
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join

_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_MEDIA_TYPE = re.compile(rf"(?P<type>{_WORD})/(?P<subtype>{_WORD})(\s*;\s*{_WORD}=({_WORD}|{_QUOTED}))*")
_RANGE = re.compile(r"\*(\+[A-Za-z0-9.-]+)?")
_TYPES = frozenset(
    {
        "application", "audio", "chemical", "example", "font", "haptics", "image", "message", "model",
        "multipart", "text", "video", "*",
    }
)  # fmt: skip


def mistake_in(media_type: str) -> str:
    """Return what is wrong with a media type or a range such as `text/*`, or ""."""
    found = _MEDIA_TYPE.fullmatch(media_type)
    if found is None:
        return "it is not of the form type/subtype; name=value"
    kind, subtype = found["type"].lower(), found["subtype"]
    is_range = "*" in kind or "*" in subtype
    if is_range and (kind, subtype) != ("*", "*") and ("*" in kind or not _RANGE.fullmatch(subtype)):
        return "only */*, type/* and type/*+suffix are ranges"
    if kind not in _TYPES and not kind.startswith("x-"):
        return f"{kind!r} is not a registered type"
    return ""


@check
def malformed_media_type(subject: Subject) -> Iterator[Mistake]:
    """A media type that is not of the form type/subtype, or whose type does not exist."""
    for pointer, media_type in _media_types(subject.outline):
        reason = mistake_in(media_type)
        if reason:
            yield Mistake(pointer, f"{media_type!r} is not a media type: {reason}.", media_type)


def _media_types(outline: Outline) -> Iterator[tuple[str, str]]:
    """Yield every media type of a description with its place."""
    for node in outline.nodes("response", "request-body", "parameter", "header"):
        content = node.value.get("content")
        if isinstance(content, dict):
            yield from (
                (join(node.pointer, "content", name), name)
                for name in content
                if not name.startswith("x-") or "/" in name
            )
    for node in outline.nodes("encoding"):
        stated = node.value.get("contentType")
        if isinstance(stated, str):
            for each in re.split(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', stated):
                yield join(node.pointer, "contentType"), each.strip()
    for node in outline.nodes("document", "operation"):
        for name in ("consumes", "produces") if outline.version == 20 else ():
            held = node.value.get(name)
            for index, each in enumerate(held if isinstance(held, list) else ()):
                if isinstance(each, str):
                    yield join(node.pointer, name, index), each
    for node in outline.nodes("schema") if outline.version > 30 else ():
        stated = node.value.get("contentMediaType")
        if isinstance(stated, str):
            yield join(node.pointer, "contentMediaType"), stated
    for node in outline.nodes("response") if outline.version == 20 else ():
        held = node.value.get("examples")
        yield from (
            (join(node.pointer, "examples", name), name) for name in (held if isinstance(held, dict) else ())
        )


@check(severity="warning")
def repeated_media_type(subject: Subject) -> Iterator[Mistake]:
    """Two media types of one content that differ only in case or spaces."""
    for node in subject.outline.nodes("response", "request-body"):
        content = node.value.get("content")
        seen: dict[str, str] = {}
        for name in content if isinstance(content, dict) else ():
            first = seen.setdefault(re.sub(r"\s+", "", name).lower(), name)
            if first != name:
                yield Mistake(
                    join(node.pointer, "content", name), f"{name!r} is the same media type as {first!r}."
                )


@check
def example_beside_examples(subject: Subject) -> Iterator[Mistake]:
    """Both `example` and `examples` of a parameter, header, media type or schema; only one is allowed."""
    for node in subject.outline.nodes("parameter", "header", "media-type"):
        if subject.outline.version > 20 and {"example", "examples"} <= node.value.keys():
            yield Mistake(
                join(node.pointer, "example"),
                f"example is beside examples; {with_article(node.kind)} has only one of both.",
            )
    for node in subject.outline.nodes("schema") if subject.outline.version > 30 else ():
        if {"example", "examples"} <= node.value.keys():
            yield Mistake(
                join(node.pointer, "example"), "example is beside examples, which replaces it since 3.1."
            )


@check
def example_with_two_values(subject: Subject) -> Iterator[Mistake]:
    """An example with more than one value, such as `value` beside `externalValue`."""
    exclusive = (
        ("value", "externalValue"), ("value", "dataValue"), ("value", "serializedValue"),
        ("serializedValue", "externalValue"),
    )  # fmt: skip
    for node in subject.outline.nodes("example"):
        for one, other in exclusive:
            if one in node.value and other in node.value:
                yield Mistake(join(node.pointer, other), f"{other} is beside {one}; only one is allowed.")


@check(severity="warning")
def example_without_value(subject: Subject) -> Iterator[Mistake]:
    """An example without a value, often because the value itself stands in its place."""
    values = {"value", "externalValue", "dataValue", "serializedValue"}
    for node in subject.outline.nodes("example"):
        if not values & node.value.keys() and not any(name.startswith("x-") for name in node.value):
            yield Mistake(node.pointer, f"The example {node.key!r} has no value.")
