"""Where a document and its parts were published, and which operations only run on request.

A document of the catalogue names its publication with `x-aoai-published`. A part that comes from another
publication names its own: a path, an operation, or a component such as a schema. `x-aoai-on-request: true` at
an operation keeps it out of runs that do not choose it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aoai_specs.operations import METHODS
from aoai_specs.pointers import join

#: The key of a document, a path, an operation or a component that holds the URL of its publication.
PUBLISHED = "x-aoai-published"
#: The key of a document that was written from a page of prose; its value names the page.
PAGE = "x-aoai-page"
#: The key of an operation that is only sent on request.
ON_REQUEST = "x-aoai-on-request"


def published_parts(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the URL of each part of a description that names its own publication, by its pointer."""
    return {
        pointer: part[PUBLISHED] for pointer, part in _parts(content) if isinstance(part.get(PUBLISHED), str)
    }


def publication(pointer: str, parts: Mapping[str, str], otherwise: str | None) -> str | None:
    """Return the URL for a pointer: that of the smallest of the parts around it, or else `otherwise`."""
    around = [part for part in parts if pointer == part or pointer.startswith(f"{part}/")]
    return parts[max(around, key=len)] if around else otherwise


def _parts(content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, item in _objects(content.get("paths"), "#/paths"):
        yield path, item
        yield from ((join(path, method), item[method]) for method in METHODS if _is_object(item.get(method)))
    components = content.get("components")
    for group, members in _objects(components, "#/components"):
        yield from _objects(members, group)


def _objects(value: Any, pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, held in value.items() if _is_object(value) else ():
        if _is_object(held):
            yield join(pointer, name), held


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)
