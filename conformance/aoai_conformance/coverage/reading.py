"""Reading what is recorded of coverage: keywords, defaults, pages and sentences, as data of the package."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from aoai_conformance.coverage.row import Cover
from aoai_specs.loading.files import Loaded, load

_COVERS = frozenset({"rules", "points", "excluded"})
KINDS = ("limit", "default", "requirement", "relation", "format", "status", "header")


@dataclass(frozen=True, slots=True)
class Exemption:
    """What covers the keywords or defaults whose names fit a pattern, in operations of some kinds.

    No kinds mean every one; `document` is a pattern too.
    """

    name: str
    kinds: tuple[str, ...]
    document: str
    cover: Cover

    def fits(self, document: str, kind: str, name: str) -> bool:
        """Whether this speaks of a keyword or a default of an operation."""
        return (
            (not self.kinds or kind in self.kinds)
            and re.fullmatch(self.document, document) is not None
            and re.fullmatch(self.name, name) is not None
        )


@dataclass(frozen=True, slots=True)
class Recorded:
    """A normative sentence, in words of ours.

    It stands in each of `documents` (patterns of api-versions or of names), at the operations of `kinds`,
    at `place`: `request FIELD`, `answer FIELD`, `chunk FIELD`, `error FIELD`, `query NAME`, `header NAME`,
    `operation`, `page SECTION`, or a reference such as `#/security`.
    """

    file: str
    documents: tuple[str, ...]
    kinds: tuple[str, ...]
    place: str
    kind: str
    demand: str
    cover: Cover

    @property
    def name(self) -> str:
        """How to speak of it: its file, its place and what it demands."""
        return f"{self.file}: {self.place}: {self.demand}"


@cache
def keyword_exemptions() -> tuple[Exemption, ...]:
    """What covers keywords of requests that have no point of their own name."""
    return _exemptions("keywords.yaml")


@cache
def default_exemptions() -> tuple[Exemption, ...]:
    """What shows each default of a request."""
    return _exemptions("defaults.yaml")


@cache
def page_covers() -> Mapping[str, Mapping[str, Cover]]:
    """For documents written from prose: `relations` by what they say, and `sentences` by their id."""
    loaded = _load("pages.yaml")
    return {
        part: {str(name): _cover(loaded, each, f"#/{part}/{name}") for name, each in entries.items()}
        for part, entries in loaded.content.items()
    }


@cache
def recorded_sentences() -> tuple[Recorded, ...]:
    """Every recorded sentence, by file and in their order. Raises DocumentError for a malformed entry."""
    folder = files("aoai_conformance").joinpath("coverage", "sentences")
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".yaml"))
    return tuple(one for name in names for one in _sentences(f"sentences/{name}"))


def _sentences(file: str) -> Iterator[Recorded]:
    loaded = _load(file)
    for group_index, group in enumerate(_list(loaded, loaded.content.get("groups"), "#/groups")):
        at = f"#/groups/{group_index}"
        documents, kinds = _texts(loaded, group, "documents", at), _texts(loaded, group, "kinds", at)
        for index, each in enumerate(_list(loaded, group.get("sentences"), f"{at}/sentences")):
            here = f"{at}/sentences/{index}"
            if each.get("kind") not in KINDS:
                raise loaded.error(f"the kind has to be one of {', '.join(KINDS)}.", here)
            if not isinstance(each.get("at"), str) or not isinstance(each.get("demands"), str):
                raise loaded.error("a sentence needs `at` and `demands`, both texts.", here)
            unknown = each.keys() - _COVERS - {"at", "kind", "demands", "documents"}
            if unknown:
                raise loaded.error(f"nothing is known of {', '.join(sorted(unknown))}.", here)
            own = _texts(loaded, each, "documents", here) or documents
            yield Recorded(
                file, own, kinds, each["at"], each["kind"], each["demands"], _cover(loaded, each, here)
            )


def _exemptions(file: str) -> tuple[Exemption, ...]:
    loaded = _load(file)
    return tuple(
        Exemption(
            str(name),
            _texts(loaded, each, "kinds", f"#/entries/{index}"),
            str(each.get("document", ".*")),
            _cover(loaded, each, f"#/entries/{index}"),
        )
        for index, each in enumerate(_list(loaded, loaded.content.get("entries"), "#/entries"))
        for name in _texts(loaded, each, "names", f"#/entries/{index}")
    )


def _load(file: str) -> Loaded:
    source = files("aoai_conformance").joinpath("coverage", *file.split("/"))
    return load(source.read_bytes(), f"coverage/{file}")


def _list(loaded: Loaded, value: Any, pointer: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or any(not isinstance(each, dict) for each in value):
        raise loaded.error("a list of entries was expected.", pointer)
    return value


def _texts(loaded: Loaded, entry: Mapping[str, Any], key: str, pointer: str) -> tuple[str, ...]:
    value = entry.get(key, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or any(not isinstance(each, str) for each in listed):
        raise loaded.error(f"{key} has to be a text or a list of texts.", pointer)
    return tuple(listed)


def _cover(loaded: Loaded, entry: Mapping[str, Any], pointer: str) -> Cover:
    cover = Cover(
        _texts(loaded, entry, "rules", pointer),
        _texts(loaded, entry, "points", pointer),
        str(entry.get("excluded", "")),
    )
    if bool(cover.excluded) == bool(cover.rules or cover.points):
        raise loaded.error("either rules or points cover it, or it is excluded for a reason.", pointer)
    return cover
