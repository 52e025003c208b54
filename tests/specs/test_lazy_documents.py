"""Documents that are read when they are first needed."""

from __future__ import annotations

from aoai_specs.catalogue import Catalogue
from aoai_specs.lazy_documents import LazyDocuments

CATALOGUE = Catalogue.packaged()


def test_names_and_length_are_known_before_the_documents_are_read():
    documents = LazyDocuments(CATALOGUE, CATALOGUE.names())
    assert documents.names == CATALOGUE.names()
    assert len(documents) == len(CATALOGUE.names())
    assert not documents.are_read


def test_any_access_reads_them_all_once():
    documents = LazyDocuments(CATALOGUE, CATALOGUE.names()[:2])
    first = documents[0]
    assert documents.are_read
    assert [document.name for document in documents] == list(documents.names)
    assert list(reversed(documents))[-1] is first
    assert documents.read() is documents.read()
