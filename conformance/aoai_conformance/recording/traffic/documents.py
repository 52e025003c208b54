"""Chooses the documents that describe recorded traffic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aoai_conformance.options import RunChoices
from aoai_conformance.recording.traffic.har_bodies import mapping
from aoai_conformance.recording.traffic.observed_traffic import api_version_of, is_openai_layout, operation_of
from aoai_conformance.target.documents import choose_documents
from aoai_conformance.target.documents import documents_of as chosen_documents
from aoai_specs.catalogue import DEFAULT_SURFACE, Catalogue
from aoai_specs.document import Document
from aoai_specs.versions import DocumentName, dated_first

_BELOW_V1 = "/openai/v1/"

#: Resources that older documents describe as they were before v1.
_OF_V1 = re.compile(r"/v1/(responses|conversations|vector_stores)\b")


def documents_for(log: Mapping[str, Any], choices: RunChoices) -> tuple[Document, ...]:
    """Return the documents to judge the log of a HAR file by.

    These are the user's if any are chosen. Otherwise they are those that describe the api-versions in the
    log, newest first, of the chosen surface or of all; for requests below `/openai/v1`, the document of v1;
    for those in the layout of OpenAI, which has no api-versions, v1 if they are about responses, and else the
    newest one that describes them, where those with a date come first; and without either, the default of
    the surface.
    """
    if choices.api_versions or choices.specs:
        return chosen_documents(choices)
    requests = tuple(dict.fromkeys(_requests(log)))
    versions = {api_version_of(url) for _, url in requests}
    catalogue = Catalogue.packaged()
    names = [name for name in dated_first(catalogue.names()) if choices.surface in (None, name.surface)]
    others = versions - {"", *(str(name.version) for name in names)}
    unnamed = [(method, url) for method, url in requests if api_version_of(url) in others]

    def is_wanted(name: DocumentName) -> bool:
        if str(name.version) in versions or not unnamed:
            return str(name.version) in versions
        document = catalogue.load(str(name))
        return any(
            document.describes(api_version_of(url)) and operation_of(method, url, [document])
            for method, url in unnamed
        )

    wanted = list(filter(is_wanted, names))
    if choices.surface in (None, DEFAULT_SURFACE):
        without_version = dict.fromkeys(_without_version(requests, catalogue, names))
        wanted = [*without_version, *(name for name in wanted if name not in without_version)]
    if not wanted:
        return chosen_documents(choices)
    return choose_documents(api_versions=[str(name) for name in wanted], as_published=choices.as_published)


def _without_version(
    requests: Iterable[tuple[str, str]], catalogue: Catalogue, names: Sequence[DocumentName]
) -> Iterator[DocumentName]:
    """Yield a document for each request that needs no api-version: of v1, or in the layout of OpenAI."""
    ours = [name for name in names if name.surface == DEFAULT_SURFACE]
    undated = [name for name in ours if not name.version.dated]
    for method, url in dict.fromkeys(requests):
        if api_version_of(url):
            continue
        if _BELOW_V1 in url or (is_openai_layout(url) and _OF_V1.search(url)):
            candidates = undated
        else:
            candidates = ours if is_openai_layout(url) else []
        for name in candidates:
            if operation_of(method, url, [catalogue.load(str(name))]):
                yield name
                break


def _requests(log: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the method and the URL of each request whose URL is valid."""
    for entry in log["entries"]:
        request = mapping(mapping(entry).get("request"))
        url = str(request.get("url", ""))
        try:
            is_openai_layout(url)
        except ValueError:
            continue
        yield str(request.get("method", "")).upper(), url
