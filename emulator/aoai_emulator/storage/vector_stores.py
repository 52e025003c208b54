"""The vector stores of one emulator, with their files and file batches; all are limited in number.

A file is split into chunks of whole words. The score of a chunk is the share of the words of a query that it
has, so that the same query finds the same chunks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from aoai_emulator.http.json_text import JsonObject

MOST_STORES = 200
MOST_FILES = 500
#: How long a file is processed before it can be searched, in seconds.
INGESTION_TIME = 0.2
_DAY = 86_400
_WORD = re.compile(r"\w+")
_TOKENS_A_WORD = 1.3
_MOST_CHUNKS = 200
#: The chunks of a file for which a request states no strategy.
USUAL_CHUNKING: JsonObject = {
    "type": "static",
    "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
}

FileStatus = Literal["in_progress", "completed", "failed", "cancelled"]


@dataclass(slots=True)
class FileInStore:
    """One file of a vector store. `text` is None if it cannot be read as text.

    The `key` tells it from the same file in another store.
    """

    id: str
    key: str
    filename: str
    created: float
    text: str | None
    size: int
    chunking: JsonObject
    attributes: JsonObject | None
    batch: str | None = None
    is_cancelled: bool = False

    def status(self, now: float) -> FileStatus:
        """Return the status at a time."""
        if self.is_cancelled:
            return "cancelled"
        if now < self.created + INGESTION_TIME:
            return "in_progress"
        return "completed" if self.text is not None else "failed"

    def chunks(self) -> Iterator[str]:
        """Yield the chunks of the text."""
        words = (self.text or "").split()
        static: JsonObject = self.chunking.get("static") or USUAL_CHUNKING["static"]
        length = max(1, int(static["max_chunk_size_tokens"] / _TOKENS_A_WORD))
        step = max(1, length - int(static["chunk_overlap_tokens"] / _TOKENS_A_WORD))
        for number, start in enumerate(range(0, len(words), step)):
            if number == _MOST_CHUNKS:
                return
            yield " ".join(words[start : start + length])
            if start + length >= len(words):
                return


@dataclass(slots=True)
class FileBatch:
    """Files that were added to a vector store together."""

    id: str
    created: float
    files: tuple[str, ...]
    is_cancelled: bool = False


@dataclass(slots=True)
class VectorStore:
    """One vector store."""

    id: str
    name: str
    created: float
    metadata: JsonObject
    expires_after: JsonObject | None = None
    description: str | None = None
    active: float = 0.0
    files: dict[str, FileInStore] = field(default_factory=dict)
    batches: dict[str, FileBatch] = field(default_factory=dict)

    @property
    def expires(self) -> int | None:
        """When the store expires, or None."""
        if self.expires_after is None:
            return None
        return int(self.active) + int(self.expires_after["days"]) * _DAY

    def has_expired(self, now: float) -> bool:
        """Return whether the store has expired."""
        return self.expires is not None and now >= self.expires


@dataclass(frozen=True, slots=True)
class Found:
    """One chunk that a search found; `score` is from 0 to 1."""

    file: FileInStore
    score: float
    text: str


class VectorStores:
    """Every vector store of one emulator by id, the oldest first."""

    def __init__(self) -> None:
        self.all: dict[str, VectorStore] = {}

    def keep(self, store: VectorStore) -> None:
        """Add a store, and forget the oldest one if there are too many."""
        self.all[store.id] = store
        if len(self.all) > MOST_STORES:
            del self.all[next(iter(self.all))]


def search(files: Sequence[FileInStore], queries: Sequence[str], most: int) -> list[Found]:
    """Return the best chunk of each file that has a word of the queries, the best score first."""
    wanted = {word for query in queries for word in _words(query)}
    found: list[Found] = []
    for file in files:
        scored = [(_score(wanted, chunk), chunk) for chunk in file.chunks()]
        best = max(scored, key=lambda each: each[0], default=(0.0, ""))
        if best[0] > 0:
            found.append(Found(file, best[0], best[1]))
    return sorted(found, key=lambda each: (-each.score, each.file.id))[:most]


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}


def _score(wanted: set[str], chunk: str) -> float:
    return round(len(wanted & _words(chunk)) / len(wanted), 4) if wanted else 0.0


def matches_filter(attributes: JsonObject | None, wanted: Any) -> bool:
    """Return whether attributes fulfil a comparison, or a combination of comparisons."""
    if not isinstance(wanted, dict):
        return True
    parts = wanted.get("filters")
    if isinstance(parts, list):
        results = [matches_filter(attributes, part) for part in parts]
        return all(results) if wanted.get("type") == "and" else any(results)
    actual = (attributes or {}).get(str(wanted.get("key")))
    return _compares(str(wanted.get("type")), actual, wanted.get("value"))


def _compares(comparison: str, actual: Any, value: Any) -> bool:
    match comparison:
        case "eq":
            return bool(actual == value)
        case "ne":
            return bool(actual != value)
        case "in" | "nin":
            return (isinstance(value, list) and actual in value) is (comparison == "in")
    if isinstance(actual, bool) or not isinstance(actual, int | float) or not isinstance(value, int | float):
        return False
    return {
        "gt": actual > value,
        "gte": actual >= value,
        "lt": actual < value,
        "lte": actual <= value,
    }.get(comparison, False)
