"""Links between operations, and the runtime expressions of links and callbacks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aoai_specs.json_values import as_object, quote
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.outline import Node, Outline
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import canonical, join

_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_SOURCE = rf"(header\.{_WORD}|query\..+|path\..+|body(#(/.*)?)?)"
_EXPRESSION = re.compile(rf"\$(url|method|statusCode|(request|response)\.{_SOURCE})")
_EMBEDDED = re.compile(r"\{(\$[^{}]*)\}")
_QUALIFIED = re.compile(r"(path|query|header|cookie)\.(.+)")


def _operations(outline: Outline) -> dict[str, Node]:
    named: dict[str, Node] = {}
    for node in outline.nodes("operation"):
        name = node.value.get("operationId")
        if isinstance(name, str):
            named.setdefault(name, node)
    return named


@check
def link_to_unknown_operation(subject: Subject) -> Iterator[Mistake]:
    """A link to an operation that does not exist, by its operationId or by a reference."""
    outline = subject.outline
    known = _operations(outline)
    for node in outline.nodes("link"):
        name, reference = node.value.get("operationId"), node.value.get("operationRef")
        if isinstance(name, str) and name not in known:
            yield Mistake(join(node.pointer, "operationId"), f"No operation has the operationId {name!r}.")
        is_local = isinstance(reference, str) and reference.startswith(("#", "/paths/"))
        if is_local and _referred(outline, str(reference)) is None:
            yield Mistake(join(node.pointer, "operationRef"), f"{reference!r} is not an operation.")


def _referred(outline: Outline, reference: str) -> Node | None:
    node = outline.follow(canonical(reference))
    return node if node is not None and node.kind == "operation" else None


@check
def link_without_operation(subject: Subject) -> Iterator[Mistake]:
    """A link with neither an operationId nor an operationRef, or with both."""
    for node in subject.outline.nodes("link"):
        given = [name for name in ("operationId", "operationRef") if name in node.value]
        if len(given) != 1:
            yield Mistake(
                node.pointer,
                "The link has both an operationId and an operationRef."
                if given
                else "The link has neither an operationId nor an operationRef.",
            )


@check
def link_parameter_unknown(subject: Subject) -> Iterator[Mistake]:
    """A parameter of a link that the operation does not have."""
    outline = subject.outline
    known = _operations(outline)
    for node in outline.nodes("link"):
        target = known.get(str(node.value.get("operationId")))
        reference = node.value.get("operationRef")
        if target is None and isinstance(reference, str) and reference.startswith("#"):
            target = _referred(outline, reference)
        if target is None:
            continue
        declared = _parameters(outline, target)
        for name in as_object(node.value.get("parameters")):
            qualified = _QUALIFIED.fullmatch(name)
            places = declared.get(name, set())
            if not places and qualified is not None:
                places = {qualified[1]} & declared.get(qualified[2], set())
            if not places:
                yield Mistake(
                    join(node.pointer, "parameters", name),
                    f"The operation of the link has no parameter {name!r}.",
                )
        if "requestBody" in node.value and "requestBody" not in target.value:
            yield Mistake(join(node.pointer, "requestBody"), "The operation of the link has no request body.")


def _parameters(outline: Outline, operation: Node) -> dict[str, set[str]]:
    """Return where each parameter of an operation is, by its name."""
    declared: dict[str, set[str]] = {}
    for owner in (operation.parent, operation):
        for _, parameter in outline.items(owner, "parameters") if owner is not None else ():
            name, where = str(parameter.value.get("name")), str(parameter.value.get("in"))
            declared.setdefault(name, set()).add(where)
    return declared


@check
def malformed_runtime_expression(subject: Subject) -> Iterator[Mistake]:
    """A runtime expression of a link or callback that is not of the form `$request.body#/field`."""
    for node in subject.outline.nodes("link"):
        parameters = as_object(node.value.get("parameters"))
        listed = [(join(node.pointer, "parameters", name), value) for name, value in parameters.items()]
        listed.append((join(node.pointer, "requestBody"), node.value.get("requestBody")))
        for pointer, value in listed:
            if isinstance(value, str) and not _is_sound(value):
                yield Mistake(pointer, f"{quote(value)} is not a runtime expression.", value)
    for node in subject.outline.nodes("callback"):
        for expression in node.value:
            if not expression.startswith("x-") and expression != "$ref" and not _is_sound(expression):
                yield Mistake(
                    join(node.pointer, expression),
                    f"{quote(expression)} is not a runtime expression.",
                    expression,
                )


def _is_sound(text: str) -> bool:
    """Whether every expression in a text is one; a text without any is a constant."""
    if text.startswith("$"):
        return _EXPRESSION.fullmatch(text) is not None
    return all(_EXPRESSION.fullmatch(each) for each in _EMBEDDED.findall(text))
