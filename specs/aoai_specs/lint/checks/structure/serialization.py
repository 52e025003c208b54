"""Styles that a parameter cannot have, and serialization that has no effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_specs.lint.checks.keywords import types_of
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.grammar import named, with_article
from aoai_specs.lint.outline import Node
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join

_STYLES: dict[str, tuple[str, ...]] = {
    "path": ("matrix", "label", "simple"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form", "cookie"),
}
_PRIMITIVE = {"string", "integer", "number", "boolean"}


@check
def impossible_style(subject: Subject) -> Iterator[Mistake]:
    """A style that is not defined for the place of a parameter, such as deepObject in a path."""
    for node in subject.outline.nodes("parameter", "header"):
        style = node.value.get("style")
        where = "header" if node.kind == "header" else node.value.get("in")
        allowed = _STYLES.get(where) if isinstance(where, str) else None
        if isinstance(style, str) and allowed is not None and style not in allowed:
            yield Mistake(
                join(node.pointer, "style"),
                f"The style {style} is not defined for {with_article(node.kind)} in {where}; "
                f"defined are {', '.join(allowed)}.",
                style,
            )
        if style == "deepObject" and node.value.get("explode") is False:
            yield Mistake(
                join(node.pointer, "explode"), "The style deepObject is not defined with explode: false."
            )


@check
def style_of_another_type(subject: Subject) -> Iterator[Mistake]:
    """A style that is not defined for the type of a parameter, such as deepObject for a string."""
    for node in subject.outline.nodes("parameter"):
        style = node.value.get("style")
        types = _types(subject, node)
        wrong = (
            types & (_PRIMITIVE | {"array"})
            if style == "deepObject"
            else types & _PRIMITIVE
            if style in ("spaceDelimited", "pipeDelimited")
            else set()
        )
        if wrong and wrong == types - {"null"}:
            yield Mistake(
                join(node.pointer, "style"),
                f"The style {style} is not defined for type {' or '.join(sorted(wrong))}.",
            )


@check
def list_format_outside_query(subject: Subject) -> Iterator[Mistake]:
    """`collectionFormat: multi` of a Swagger parameter that is neither in the query nor in a form."""
    for node in subject.outline.nodes("parameter", "items", "header"):
        where = node.value.get("in") if node.kind == "parameter" else named(node.kind)
        if node.value.get("collectionFormat") == "multi" and where not in ("query", "formData"):
            yield Mistake(
                join(node.pointer, "collectionFormat"), f"multi is not defined for parameters in {where}."
            )


@check(severity="warning")
def style_beside_content(subject: Subject) -> Iterator[Mistake]:
    """A style beside a content, whose media type alone determines how a parameter is written."""
    for node in subject.outline.nodes("parameter", "header"):
        for name in ("style", "explode", "allowReserved") if "content" in node.value else ():
            if name in node.value:
                yield Mistake(join(node.pointer, name), f"{name} has no effect beside content.")


def _types(subject: Subject, parameter: Node) -> set[str]:
    """Return the types of a parameter, or none if its schema states none."""
    schema: Any = parameter.value.get("schema")
    if not isinstance(schema, dict):
        return set()
    followed = subject.outline.follow(join(parameter.pointer, "schema"))
    return set(types_of(followed.value)) if followed is not None else set()
