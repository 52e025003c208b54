"""Chooses the documents that describe recorded traffic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aoai_conformance.options import RunChoices
from aoai_conformance.recording.traffic.har_bodies import mapping
from aoai_conformance.recording.traffic.observed_traffic import api_version_of, is_openai_layout
from aoai_conformance.target.documents import choose_documents
from aoai_conformance.target.documents import documents_of as chosen_documents
from aoai_specs.catalogue import DEFAULT_SURFACE, Catalogue
from aoai_specs.document import Document


def documents_for(log: Mapping[str, Any], choices: RunChoices) -> tuple[Document, ...]:
    """Return the documents to judge the log of a HAR file by.

    These are the user's if any are chosen. Otherwise they are those of the api-versions in the log, newest
    first, of the chosen surface or of all; for requests in the layout of OpenAI, which has no api-versions,
    the newest of all; and without either, the default of the surface.
    """
    if choices.api_versions or choices.specs:
        return chosen_documents(choices)
    versions, has_openai = _versions_in(log)
    names = [
        name for name in reversed(Catalogue.packaged().names()) if choices.surface in (None, name.surface)
    ]
    wanted = [name for name in names if str(name.version) in versions]
    if has_openai and choices.surface in (None, DEFAULT_SURFACE):
        newest = next(name for name in names if name.surface == DEFAULT_SURFACE)
        wanted = [newest, *(name for name in wanted if name != newest)]
    if not wanted:
        return chosen_documents(choices)
    return choose_documents(api_versions=[str(name) for name in wanted], as_published=choices.as_published)


def _versions_in(log: Mapping[str, Any]) -> tuple[frozenset[str], bool]:
    """Return the api-versions of the URLs, and whether some are laid out as those of OpenAI."""
    urls = tuple(_urls(log))
    return frozenset(map(api_version_of, urls)) - {""}, any(map(is_openai_layout, urls))


def _urls(log: Mapping[str, Any]) -> Iterator[str]:
    for entry in log["entries"]:
        url = str(mapping(mapping(entry).get("request")).get("url", ""))
        try:
            is_openai_layout(url)
        except ValueError:
            continue
        yield url
