"""Paths and operations: templates, twins, and names that are used twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from aoai_specs.json_values import as_object
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.outline import EXTENSION, Node, operations
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join

_NAME = re.compile(r"\{([^{}]*)\}")
#: The most paths of one length that are compared with each other.
_MOST_COMPARED = 400


def _paths(subject: Subject) -> dict[str, Node]:
    """Return the path items of `paths` by their path."""
    return {node.key: node for node in subject.outline.nodes("path-item") if _kind(node) == "paths"}


def _kind(item: Node) -> str:
    """Return what holds a path item: `paths`, `callback`, `webhooks` or `pathItems`."""
    parent = item.parent
    return item.field or (parent.kind if parent is not None else "")


def placeholders(path: str) -> list[str]:
    """Return the names of the placeholders in a path."""
    return _NAME.findall(path)


@check
def path_without_slash(subject: Subject) -> Iterator[Mistake]:
    """A path that does not begin with a slash."""
    for node in subject.outline.nodes("paths"):
        for path in node.value:
            if not path.startswith(("/", EXTENSION, "$ref")):
                yield Mistake(join(node.pointer, path), f"The path {path!r} does not begin with a slash.")


@check
def query_in_path(subject: Subject) -> Iterator[Mistake]:
    """A path with a query or a fragment, which cannot be matched."""
    for path, node in _paths(subject).items():
        outside = _NAME.sub("", path)
        for mark, name in (("?", "query"), ("#", "fragment")):
            if mark in outside:
                yield Mistake(
                    node.pointer, f"The path {path!r} has a {name}; describe it as parameters instead."
                )


@check
def malformed_path_template(subject: Subject) -> Iterator[Mistake]:
    """A path with unpaired braces, an empty placeholder, or the same placeholder twice."""
    for path, node in _paths(subject).items():
        names = placeholders(path)
        if re.search(r"[{}]", _NAME.sub("", path)):
            yield Mistake(node.pointer, f"The braces of the path {path!r} are not paired.")
        if any(not name.strip() for name in names):
            yield Mistake(node.pointer, f"The path {path!r} has a placeholder without a name.")
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Mistake(node.pointer, f"The path {path!r} has the placeholder {{{name}}} twice.")


@check
def identical_paths(subject: Subject) -> Iterator[Mistake]:
    """Two paths that differ only in the names of their placeholders, such as /a/{x} and /a/{y}."""
    seen: dict[str, str] = {}
    for path, node in _paths(subject).items():
        form = _NAME.sub("{}", path)
        first = seen.setdefault(form, path)
        if first != path:
            yield Mistake(node.pointer, f"The paths {first!r} and {path!r} are identical.")


@check(severity="warning")
def trailing_slash_twin(subject: Subject) -> Iterator[Mistake]:
    """Two paths that differ only in a slash at the end, or only in the case of letters."""
    paths = _paths(subject)
    forms = {_NAME.sub("{}", path): path for path in paths}
    folded: dict[str, str] = {}
    for form, path in forms.items():
        twin = forms.get(form.rstrip("/")) if len(form) > 1 and form.endswith("/") else None
        if twin is not None:
            yield Mistake(
                paths[path].pointer, f"The paths {twin!r} and {path!r} differ only in the slash at the end."
            )
        first = folded.setdefault(form.lower(), path)
        if first != path:
            yield Mistake(
                paths[path].pointer, f"The paths {first!r} and {path!r} differ only in the case of letters."
            )


@check(severity="warning")
def ambiguous_paths(subject: Subject) -> Iterator[Mistake]:
    """Two paths that match the same request, although neither is more specific, such as /{x}/a and /b/{y}."""
    by_length: dict[int, list[tuple[list[str], str, Node]]] = {}
    for path, node in _paths(subject).items():
        parts = _NAME.sub("{}", path).split("/")
        if "{}" in path or "{" in path:
            by_length.setdefault(len(parts), []).append((parts, path, node))
    for listed in by_length.values():
        for (one, first, left), (other, second, right) in combinations(listed[:_MOST_COMPARED], 2):
            if one != other and _ambiguous(one, other) and _methods(left) & _methods(right):
                yield Mistake(right.pointer, f"The paths {first!r} and {second!r} match the same requests.")


def _ambiguous(one: list[str], other: list[str]) -> bool:
    """Whether both match a request, and each is the more specific one somewhere."""
    left = right = False
    for mine, theirs in zip(one, other, strict=True):
        if mine == theirs:
            continue
        if mine == "{}" and "{" not in theirs:
            right = True
        elif theirs == "{}" and "{" not in mine:
            left = True
        else:
            return False
    return left and right


def _methods(item: Node) -> set[str]:
    return {method for method, _ in operations(item.value)}


@check
def operation_id_used_twice(subject: Subject) -> Iterator[Mistake]:
    """An operationId that another operation has, too, in callbacks, webhooks or shared path items."""
    seen: dict[str, Node] = {}
    for node in subject.outline.nodes("operation"):
        name = node.value.get("operationId")
        if not isinstance(name, str):
            continue
        first = seen.setdefault(name, node)
        if first is not node and not (_is_of_a_path(first) and _is_of_a_path(node)):
            yield Mistake(
                join(node.pointer, "operationId"),
                f"{name!r} is also the operationId of {first.pointer}.",
            )


def _is_of_a_path(operation: Node) -> bool:
    """Whether the check `repeated-operation-id` sees an operation."""
    item = operation.parent
    return item is not None and _kind(item) == "paths"


@check(severity="warning")
def operation_id_not_url_safe(subject: Subject) -> Iterator[Mistake]:
    """An operationId with a space or another character that a link or a URL cannot hold."""
    for node in subject.outline.nodes("operation"):
        name = node.value.get("operationId")
        if isinstance(name, str) and not re.fullmatch(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]+", name):
            yield Mistake(join(node.pointer, "operationId"), f"The operationId {name!r} is not URL-safe.")


@check
def path_parameter_without_placeholder(subject: Subject) -> Iterator[Mistake]:
    """A path parameter of a path item or webhook whose path has no such placeholder."""
    outline = subject.outline
    for item in outline.nodes("path-item"):
        kind = _kind(item)
        if kind not in ("paths", "webhooks"):
            continue
        names = placeholders(item.key) if kind == "paths" else []
        owners = [item]
        if kind == "webhooks":
            owners += [node for node in outline.nodes("operation") if node.parent is item]
        elif any(operations(item.value)):
            continue  # the check `path-parameter-undeclared` reports it at each operation
        for owner in owners:
            for place, parameter in outline.items(owner, "parameters"):
                name = parameter.value.get("name")
                if parameter.value.get("in") == "path" and name not in names:
                    yield Mistake(place, f"The parameter {name!r} is not in the path {item.key!r}.")


@check(severity="warning")
def fields_beside_path_reference(subject: Subject) -> Iterator[Mistake]:
    """An operation beside the `$ref` of a path item that the reference also describes."""
    outline = subject.outline
    for item in outline.nodes("path-item"):
        if not isinstance(item.value.get("$ref"), str):
            continue
        target = outline.follow(item.pointer)
        for name in as_object(target.value if target is not None else None):
            if name in item.value and name != "$ref":
                yield Mistake(
                    join(item.pointer, name), f"{name} is also in the path item that $ref refers to."
                )
