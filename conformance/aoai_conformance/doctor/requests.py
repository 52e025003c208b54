"""The requests of an examination: the smallest one of each operation that leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from aoai_conformance.options import RunChoices
from aoai_conformance.target.selection import choose_operations
from aoai_conformance.target.targets import Target
from aoai_model.case import Case
from aoai_specs.catalogue import DEFAULT_SURFACE, Catalogue
from aoai_specs.document import Document
from aoai_strategies.planning.probes import MOST_PROBES, PROBES
from aoai_strategies.requests.builder import RequestBuilders

#: The most requests of an examination, retries included.
MOST_REQUESTS = 30
#: The most api-versions that are tried beside those of the user, the newest first.
_MOST_VERSIONS = 8
#: The operations that show whether an api-version responds, the cheapest first.
_CHEAPEST = ("model-list", "file-list", "batch-list", "info", "embeddings", "completions", "chat")


def choose_requests(choices: RunChoices, documents: Sequence[Document], target: Target) -> list[Case]:
    """The smallest request for each operation of the documents that the target serves.

    Only requests to the deployments of the user, and lists, are sent: they leave nothing behind. Of an
    operation that several documents have, only the newest one is tried.
    """
    chosen: dict[str, Case] = {}
    newest = sorted(documents, key=lambda each: each.name.version, reverse=True)
    for document, operations in choose_operations(choices, newest):
        builders = RequestBuilders(document)
        for operation in operations:
            if not target.serves(operation.kind, operation.path) or operation.kind in chosen:
                continue
            if operation.kind in target.deployments or operation.method == "GET":
                case = builders.of(operation).base_case()
                if not any(taken.case for taken in case.takes):
                    chosen[operation.kind] = case
    return list(chosen.values())


def version_requests(
    responding: Iterable[Case], surface: str | None, chosen: Sequence[Document]
) -> Iterator[Case]:
    """The cheapest of some requests, at each other api-version of the surface whose document has it."""
    by_kind = {case.kind: case for case in responding if "api-version" in case.request.query}
    kind = next((each for each in _CHEAPEST if each in by_kind), None)
    if kind is None:
        return
    case = by_kind[kind]
    catalogue = Catalogue.packaged()
    known = {str(each.name) for each in chosen}
    others = [
        name
        for name in sorted(catalogue.names(), key=lambda name: name.version, reverse=True)
        if name.surface == (surface or DEFAULT_SURFACE) and str(name) not in known
    ]
    sent = 0
    for name in others:
        document = catalogue.load(str(name))
        if sent == _MOST_VERSIONS or not any(each.kind == kind for each in document.operations.values()):
            continue
        sent += 1
        query = {**case.request.query, "api-version": str(name.version)}
        yield replace(case, id=f"{case.id}@{name.version}", request=replace(case.request, query=query))


def estimated_tokens(cases: Sequence[Case]) -> int:
    """About how many tokens the examination takes at most: each request, its probes, and the api-versions."""
    tokens = {case.kind: case.prompt_tokens + case.completion_tokens for case in cases}
    chat = [number for kind, number in tokens.items() if kind in PROBES]
    return sum(tokens.values()) + MOST_PROBES * sum(chat) + _MOST_VERSIONS * min(chat, default=0)
