"""References that lead to another kind of object, stand where none may, or hide what is beside them."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.errors import DocumentError
from aoai_specs.json_values import as_object, quote
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.grammar import named, with_article
from aoai_specs.lint.outline import EXTENSION, Outline
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import canonical, find, join, tokens

#: What may stand beside a reference since 3.1.
_BESIDE = frozenset({"$ref", "summary", "description"})


@check
def reference_of_wrong_kind(subject: Subject) -> Iterator[Mistake]:
    """A reference to an object of another kind, such as a parameter where a schema is expected."""
    outline = subject.outline
    for reference in outline.references:
        yield from _wrong(outline, reference.pointer, reference.target, reference.kind)
    for node in outline.nodes("discriminator"):
        for value, target in as_object(node.value.get("mapping")).items():
            if isinstance(target, str) and target.startswith("#/"):
                yield from _wrong(outline, join(node.pointer, "mapping", value), canonical(target), "schema")


def _wrong(outline: Outline, place: str, target: str, kind: str) -> Iterator[Mistake]:
    if not target.startswith("#"):
        return
    node = outline.follow(target)
    found = node.kind if node is not None else outline.kinds.get(target)
    if found is None:
        found = _plain_kind(outline, target, kind)
    if found is not None and found != kind:
        message = f"{with_article(kind)} is expected here, but {target} is {with_article(found)}."
        yield Mistake(place, message[0].upper() + message[1:], target)


def _plain_kind(outline: Outline, target: str, kind: str) -> str | None:
    """Return the kind of a place that is no object of the specification; None if it may be anything."""
    try:
        if any(token.startswith(EXTENSION) for token in tokens(target)):
            return None
        value = find(outline.content, target)
    except DocumentError:
        return None  # a missing target is reported elsewhere
    if isinstance(value, dict) or (kind == "schema" and isinstance(value, bool)):
        return None
    return f"value ({quote(value, 30)})"


@check
def reference_not_allowed(subject: Subject) -> Iterator[Mistake]:
    """A `$ref` in an object that the specification does not let a reference replace."""
    outline = subject.outline
    for reference in outline.references:
        if reference.kind not in outline.grammar.references:
            yield Mistake(
                reference.pointer, f"A {named(reference.kind)} may not be a reference; its $ref is ignored."
            )
    for node in outline.nodes("paths", "responses", "components"):
        if isinstance(node.value.get("$ref"), str):
            yield Mistake(
                join(node.pointer, "$ref"), f"{named(node.kind).capitalize()} may not be a reference."
            )


@check(severity="warning")
def lost_beside_reference(subject: Subject) -> Iterator[Mistake]:
    """A field beside the `$ref` of a parameter, response or other component, where it is ignored."""
    outline = subject.outline
    kept = _BESIDE if outline.version >= 31 else {"$ref"}
    for reference in outline.references:
        if reference.kind in ("schema", "path-item") or reference.kind not in outline.grammar.references:
            continue
        for name in reference.holder:
            if name not in kept and not name.startswith(EXTENSION):
                yield Mistake(
                    f"{reference.pointer.removesuffix('/$ref')}/{name}",
                    f"{name} is beside $ref, where it is ignored.",
                )
