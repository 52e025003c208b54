"""References within a description."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aoai_specs.errors import DocumentError
from aoai_specs.json_values import CONTAINERS
from aoai_specs.loading.files import Loaded
from aoai_specs.loading.text.overview import DATA, NAME_MAPS
from aoai_specs.pointers import as_reference, canonical, find, join, tokens

#: The most references that follow one another.
_LONGEST_CHAIN = 100
#: A place: the place around it and the last token of its pointer. Pointers are made only where one is needed.
_Place = tuple[Any, str | int] | None


def references(content: Any) -> Iterator[tuple[str, str]]:
    """Yield each `$ref` and each mapped discriminator: the pointer of its place and of its target."""
    for place, target in _references(content):
        yield _pointer(place), target


def reference_targets(content: Any) -> set[str]:
    """Return the targets of all references."""
    return {target for _, target in _references(content)}


def targets_of(marked: Iterable[dict[str, Any]]) -> set[str]:
    """Return the targets of all references among the objects that an overview marks."""
    targets: set[str] = set()
    for each in marked:
        target = each.get("$ref")
        if type(target) is str:
            targets.add(canonical(target))
        discriminator = each.get("discriminator")
        if type(discriminator) is dict:
            targets.update(mapped for _, mapped in _mapped(None, discriminator))
    return targets


def _references(content: Any) -> Iterator[tuple[_Place, str]]:
    """Yield the place and the target of each reference.

    It looks at every value of a description, so it compares exact types, which is fast.
    """
    waiting: list[tuple[_Place, Any, bool]] = [(None, content, False)]
    while waiting:
        place, node, names = waiting.pop()
        if type(node) is list:
            waiting += [
                ((place, index), each, False) for index, each in enumerate(node) if type(each) in CONTAINERS
            ]
            continue
        for key, value in node.items() if type(node) is dict else ():
            kind = type(value)
            if kind not in CONTAINERS:
                if key == "$ref" and not names and kind is str:
                    yield (place, key), canonical(value)
            elif names:
                waiting.append(((place, key), value, False))
            elif key == "discriminator" and kind is dict:
                yield from _mapped((place, key), value)
            elif key not in DATA and not key.startswith("x-"):
                waiting.append(((place, key), value, kind is dict and key in NAME_MAPS))


def _mapped(place: _Place, discriminator: dict[str, Any]) -> Iterator[tuple[_Place, str]]:
    mapping = discriminator.get("mapping")
    for value, target in mapping.items() if isinstance(mapping, dict) else ():
        if isinstance(target, str) and ("/" in target or "#" in target):
            yield ((place, "mapping"), value), canonical(target)


def _pointer(place: _Place) -> str:
    parts: list[str | int] = []
    while place is not None:
        place, token = place
        parts.append(token)
    return join("#", *reversed(parts))


def put_reference(content: dict[str, Any], pointer: str, target: str) -> None:
    """Let the reference at a place that `references` yields lead to another target."""
    find(content, pointer.rpartition("/")[0])[tokens(pointer)[-1]] = as_reference(target)


class CircleError(DocumentError):
    """A reference that leads back to itself."""


def check_references(loaded: Loaded) -> None:
    """Require that every reference resolves within the description.

    Raises DocumentError with file and line for a reference to another file or host, which is never followed,
    and for one that does not resolve.
    """
    for pointer, target in references(loaded.content):
        if not target.startswith("#"):
            raise loaded.error(
                f"the reference {target!r} leaves the file, and is not followed. "
                "Bundle the description into one file.",
                pointer,
            )
        try:
            follow(loaded.content, target)
        except DocumentError as error:
            raise loaded.error(str(error), pointer) from None


def follow(content: Any, pointer: str) -> tuple[str, Any]:
    """Follow every `$ref` from a pointer; return the last pointer and the value there.

    Raises DocumentError if a reference does not resolve or leads back to itself, and for a very long chain of
    references.
    """
    seen: set[str] = set()
    value = find(content, pointer)
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        seen.add(pointer)
        pointer = canonical(value["$ref"])
        if pointer in seen:
            raise CircleError(f"the reference {pointer} leads back to itself.")
        if len(seen) > _LONGEST_CHAIN:
            raise DocumentError(f"more than {_LONGEST_CHAIN} references follow one another.")
        value = find(content, pointer)
    return pointer, value
