"""The sources of each keyword of a document that was written from prose.

Such a document names its page (`x-aoai-page`), and lists by id the sentences it is based on
(`x-aoai-sentences`: the section, the row of a table, the content) and the statements of other sources
(`x-aoai-elsewhere`). Beside a keyword, `x-aoai-prose` and `x-aoai-elsewhere` map the keyword to these ids.
Three more lists cover what keywords cannot express: relations between fields, contradictions in the page with
the chosen reading, and open questions, which have no keyword and therefore no point. A part that comes from a
published description names that publication instead (`aoai_specs.publications`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aoai_specs.errors import DocumentError
from aoai_specs.pointers import join, tokens
from aoai_specs.publications import PAGE, PUBLISHED
from aoai_specs.schemas.keywords import ARRAY_KEYWORDS, NUMBER_KEYWORDS, OBJECT_KEYWORDS, STRING_KEYWORDS
from aoai_specs.schemas.shapes import SchemaSource

PROSE = "x-aoai-prose"
ELSEWHERE = "x-aoai-elsewhere"
#: The size limit of a file in bytes, for which OpenAPI has no keyword.
MAX_BYTES_OF_FILE = "x-aoai-max-bytes"

#: Keywords that need a source: those that reject values, allow null, or define what an absent field means.
LIMITS = frozenset(
    {*NUMBER_KEYWORDS, *STRING_KEYWORDS, *ARRAY_KEYWORDS, *OBJECT_KEYWORDS}
    | {"enum", "const", "required", "nullable", "default", MAX_BYTES_OF_FILE}
)
#: Keys whose own keys are names, not keywords.
_NAMES = frozenset(
    {"paths", "properties", "schemas", "responses", "headers", "content", "mapping", "securitySchemes"}
)
_NOT_DESCRIBED = frozenset({"info", "servers", "security"})


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the page, paraphrased. `row` names the rows of a table, if it comes from one."""

    id: str
    section: str
    row: str | None
    says: str


@dataclass(frozen=True, slots=True)
class OtherSource:
    """A statement of another source than the page, with its address."""

    id: str
    source: str
    says: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A sentence about several fields of an operation that no keyword expresses."""

    operation: str
    section: str
    row: str | None
    says: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A place where the page says one thing and shows another, and which reading was chosen."""

    section: str
    row: str | None
    says: str
    shows: str
    taken: str


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What the page leaves open about an operation.

    `keywords` are absent for this reason: at `field`, named as in constraints, or at the schema with the
    pointer `place`.
    """

    operation: str
    what: str
    field: str | None
    place: str | None
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """The page that a document was written from, and all sources that the document lists."""

    page: str
    address: str
    sentences: Mapping[str, Sentence]
    other_sources: Mapping[str, OtherSource]
    relations: tuple[Relation, ...]
    contradictions: tuple[Contradiction, ...]
    open_questions: tuple[OpenQuestion, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """A keyword that needs a source: its place, and the ids of its sources."""

    pointer: str
    keyword: str
    sentences: tuple[str, ...]
    other_sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """An id that an extension gives for a keyword; `exists` says whether the keyword is there."""

    pointer: str
    extension: str
    keyword: str
    id: str
    exists: bool


def is_written_from_prose(content: Mapping[str, Any]) -> bool:
    """Whether a description was written from prose."""
    return PAGE in content


def provenance(document: SchemaSource) -> Provenance | None:
    """Return the sources of a document, or None if it was not written from prose.

    Raises DocumentError if an entry is incomplete.
    """
    content = document.content
    if not is_written_from_prose(content):
        return None
    page = content[PAGE]
    return Provenance(
        page=_text(page, "title", f"#/{PAGE}"),
        address=_text(page, "address", f"#/{PAGE}"),
        sentences={
            name: Sentence(name, _text(each, "section", at), each.get("row"), _text(each, "says", at))
            for name, each, at in _named(content, "x-aoai-sentences")
        },
        other_sources={
            name: OtherSource(name, _text(each, "source", at), _text(each, "says", at))
            for name, each, at in _named(content, ELSEWHERE)
        },
        relations=tuple(
            Relation(
                _text(each, "operation", at),
                _text(each, "section", at),
                each.get("row"),
                _text(each, "says", at),
            )
            for each, at in _listed(content, "x-aoai-relations")
        ),
        contradictions=tuple(
            Contradiction(
                _text(each, "section", at),
                each.get("row"),
                _text(each, "says", at),
                _text(each, "shows", at),
                _text(each, "taken", at),
            )
            for each, at in _listed(content, "x-aoai-contradictions")
        ),
        open_questions=tuple(
            OpenQuestion(
                _text(each, "operation", at),
                _text(each, "what", at),
                each.get("field"),
                each.get("place"),
                tuple(each.get("keywords", ())),
            )
            for each, at in _listed(content, "x-aoai-open")
        ),
    )


def stated_limits(content: Mapping[str, Any]) -> Iterator[Stated]:
    """Yield every keyword of a description that needs a source, in document order, with its ids.

    A part that names its publication needs no other source.
    """
    for pointer, node in _described(content, "#", names=False):
        if _is_published(content, pointer):
            continue
        for keyword in node.keys() & LIMITS:
            if node[keyword] is False or (keyword == "required" and "content" in node):
                continue  # it requires nothing, or applies to the whole body of a request
            yield Stated(
                join(pointer, keyword),
                keyword,
                tuple(_ids(node, PROSE, keyword)),
                tuple(_ids(node, ELSEWHERE, keyword)),
            )


def citations(content: Mapping[str, Any]) -> Iterator[Citation]:
    """Yield every id that a description gives beside a keyword."""
    for pointer, node in _described(content, "#", names=False):
        for extension in (PROSE, ELSEWHERE):
            if pointer == "#" or not isinstance(node.get(extension), Mapping):
                continue
            for keyword in node[extension]:
                for name in _ids(node, extension, keyword):
                    yield Citation(pointer, extension, keyword, name, keyword in node)


def is_from_prose(document: SchemaSource, pointer: str, keyword: str) -> bool:
    """Whether a keyword of a document written from prose comes from the page, not from another source.

    `pointer` is the place of the keyword or of an entry of `required`. Nothing in a part that names its
    publication comes from the page.
    """
    if _is_published(document.content, pointer):
        return False
    owner = pointer.partition("/required")[0] if keyword == "required" else pointer.rpartition("/")[0]
    node = document.resolve(owner)
    if not isinstance(node, Mapping):
        return True
    return bool(list(_ids(node, PROSE, keyword))) or not list(_ids(node, ELSEWHERE, keyword))


def _is_published(content: Mapping[str, Any], pointer: str) -> bool:
    """Whether a pointer leads into an operation or a component that names its own publication."""
    owner: Any = content
    for token in tokens(pointer)[:3]:
        owner = owner.get(token) if isinstance(owner, Mapping) else None
        if isinstance(owner, Mapping) and isinstance(owner.get(PUBLISHED), str):
            return True
    return False


def _ids(node: Mapping[str, Any], extension: str, keyword: str) -> Iterator[str]:
    named = node.get(extension)
    found = named.get(keyword, ()) if isinstance(named, Mapping) else ()
    yield from (found,) if isinstance(found, str) else found


def _described(node: Any, pointer: str, *, names: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every object of a description except those that map names to others."""
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from _described(each, join(pointer, index), names=False)
    elif isinstance(node, Mapping):
        if not names:
            yield pointer, node
        for key, each in node.items():
            if names or not (key.startswith("x-") or key in _NOT_DESCRIBED):
                yield from _described(each, join(pointer, key), names=not names and key in _NAMES)


def _named(content: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    entries = content.get(key, {})
    for name in entries if isinstance(entries, Mapping) else ():
        yield name, entries[name], join(f"#/{key}", name)


def _listed(content: Mapping[str, Any], key: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    entries = content.get(key, ())
    for index, each in enumerate(entries if isinstance(entries, list) else ()):
        yield each, join(f"#/{key}", index)


def _text(entry: Any, key: str, pointer: str) -> str:
    value = entry.get(key) if isinstance(entry, Mapping) else None
    if not isinstance(value, str) or not value:
        raise DocumentError(f"{pointer} needs {key}.", pointer)
    return value
