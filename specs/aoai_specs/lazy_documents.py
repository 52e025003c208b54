"""Documents of a catalogue that are read when they are first needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import overload

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.versions import DocumentName


class LazyDocuments(Sequence[Document]):
    """A sequence of documents that is read as a whole on first access, once, from any thread.

    `names` and the length are known at once. Reading raises what `Catalogue.load` raises.
    """

    def __init__(self, catalogue: Catalogue, names: Iterable[DocumentName]) -> None:
        self.names = tuple(names)
        self._catalogue = catalogue
        self._lock = Lock()
        self._documents: tuple[Document, ...] | None = None

    @property
    def are_read(self) -> bool:
        """Whether the documents have been read."""
        return self._documents is not None

    def read(self) -> tuple[Document, ...]:
        """Return the documents; read them if no one has."""
        with self._lock:
            if self._documents is None:
                self._documents = tuple(self._catalogue.load(str(name)) for name in self.names)
            return self._documents

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Document]:
        return iter(self.read())

    @overload
    def __getitem__(self, index: int) -> Document: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Document, ...]: ...
    def __getitem__(self, index: int | slice) -> Document | tuple[Document, ...]:
        return self.read()[index]
