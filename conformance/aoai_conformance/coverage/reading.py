"""Read the packaged coverage data: keywords, defaults, pages and sentences."""

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
    """What covers the keywords or defaults whose names match a pattern, in operations of the given kinds.

    Without kinds, every kind matches. `document` is a pattern, too.
    """

    name: str
    kinds: tuple[str, ...]
    document: str
    cover: Cover

    def matches(self, document: str, kind: str, name: str) -> bool:
        """Whether this entry applies to a keyword or default of an operation."""
        return (
            (not self.kinds or kind in self.kinds)
            and re.fullmatch(self.document, document) is not None
            and re.fullmatch(self.name, name) is not None
        )


@dataclass(frozen=True, slots=True)
class Sentence:
    """A normative sentence, paraphrased.

    Each of `documents` (patterns of api-versions or of names) has it, for the operations of `kinds`, at
    `place`: `request FIELD`, `response FIELD`, `chunk FIELD`, `error FIELD`, `query NAME`, `header NAME`,
    `operation`, `page SECTION`, or a reference such as `#/security`.
    """

    file: str
    documents: tuple[str, ...]
    kinds: tuple[str, ...]
    place: str
    kind: str
    text: str
    cover: Cover

    @property
    def name(self) -> str:
        """The file, the place and the text, for messages."""
        return f"{self.file}: {self.place}: {self.text}"


@cache
def keyword_exemptions() -> tuple[Exemption, ...]:
    """Return what covers the request keywords that have no point of the same name."""
    return _exemptions("keywords.yaml")


@cache
def default_exemptions() -> tuple[Exemption, ...]:
    """Return what covers the defaults of request fields."""
    return _exemptions("defaults.yaml")


@cache
def page_covers() -> Mapping[str, Mapping[str, Cover]]:
    """Return what covers the statements of pages: `relations` by their text, `sentences` by their id."""
    loaded = _load("pages.yaml")
    return {
        part: {str(name): _cover(loaded, each, f"#/{part}/{name}") for name, each in entries.items()}
        for part, entries in loaded.content.items()
    }


@cache
def sentences() -> tuple[Sentence, ...]:
    """Return every recorded sentence, by file. Raises DocumentError if an entry is malformed."""
    folder = files("aoai_conformance").joinpath("coverage", "sentences")
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".yaml"))
    return tuple(one for name in names for one in _sentences(f"sentences/{name}"))


def _sentences(file: str) -> Iterator[Sentence]:
    loaded = _load(file)
    for group_index, group in enumerate(_list(loaded, loaded.content.get("groups"), "#/groups")):
        at = f"#/groups/{group_index}"
        documents, kinds = _texts(loaded, group, "documents", at), _texts(loaded, group, "kinds", at)
        for index, each in enumerate(_list(loaded, group.get("sentences"), f"{at}/sentences")):
            here = f"{at}/sentences/{index}"
            if each.get("kind") not in KINDS:
                raise loaded.error(f"kind must be one of {', '.join(KINDS)}.", here)
            if not isinstance(each.get("at"), str) or not isinstance(each.get("text"), str):
                raise loaded.error("a sentence needs the strings `at` and `text`.", here)
            unknown = each.keys() - _COVERS - {"at", "kind", "text", "documents"}
            if unknown:
                raise loaded.error(f"unknown keys: {', '.join(sorted(unknown))}.", here)
            own = _texts(loaded, each, "documents", here) or documents
            yield Sentence(
                file, own, kinds, each["at"], each["kind"], each["text"], _cover(loaded, each, here)
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
        raise loaded.error("expected a list of entries.", pointer)
    return value


def _texts(loaded: Loaded, entry: Mapping[str, Any], key: str, pointer: str) -> tuple[str, ...]:
    value = entry.get(key, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or any(not isinstance(each, str) for each in listed):
        raise loaded.error(f"{key} must be a string or a list of strings.", pointer)
    return tuple(listed)


def _cover(loaded: Loaded, entry: Mapping[str, Any], pointer: str) -> Cover:
    cover = Cover(
        _texts(loaded, entry, "rules", pointer),
        _texts(loaded, entry, "points", pointer),
        str(entry.get("excluded", "")),
    )
    if bool(cover.excluded) == bool(cover.rules or cover.points):
        raise loaded.error(
            "expected rules or points that cover it, or the reason why it is excluded.", pointer
        )
    return cover
