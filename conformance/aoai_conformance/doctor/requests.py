"""The requests of an examination: the smallest one of each operation that leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from aoai_conformance.options import RunChoices
from aoai_conformance.target.selection import choose_operations
from aoai_conformance.target.targets import Target
from aoai_model.case import Case
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.versions import dated_first
from aoai_strategies.planning.probes import MOST_PROBES, PROBES
from aoai_strategies.requests.builder import RequestBuilders

#: The most requests of an examination, retries included.
MOST_REQUESTS = 30
#: The most other api-versions that are tried.
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
            if not target.serves_operation(operation) or operation.kind in chosen:
                continue
            if operation.kind in target.deployments or operation.method == "GET":
                case = builders.of(operation).base_case()
                if not any(taken.case for taken in case.takes):
                    chosen[operation.kind] = case
    return list(chosen.values())


def version_requests(responding: Iterable[Case], chosen: Sequence[Document]) -> Iterator[Case]:
    """One of some requests at the other api-versions whose document has it: those of the user come first.

    It is the cheapest one that all documents of the user have, and that any further document has.
    """
    by_kind = {case.kind: case for case in responding if "api-version" in case.request.query}
    documents = {str(each.name): each for each in (*chosen, *_packaged(chosen[0].name.surface))}
    kinds = {name: {each.kind for each in document.usual_operations} for name, document in documents.items()}

    def others(case: Case) -> list[Document]:
        return [
            document
            for name, document in documents.items()
            if case.kind in kinds[name] and str(document.name.version) != case.request.query["api-version"]
        ]

    def value(case: Case) -> tuple[bool, bool]:
        return all(case.kind in kinds[str(each.name)] for each in chosen), bool(others(case))

    candidates = [by_kind[kind] for kind in _CHEAPEST if kind in by_kind]
    if not candidates:
        return
    case = max(candidates, key=value)
    for document in others(case)[:_MOST_VERSIONS]:
        version = str(document.name.version)
        request = replace(case.request, query={**case.request.query, "api-version": version})
        name = next(each.id for each in document.operations.values() if each.kind == case.kind)
        yield replace(case, id=f"{case.id}@{version}", operation=name, request=request)


def _packaged(surface: str) -> Iterator[Document]:
    """The documents of a surface with a date that ship with the package, the newest first."""
    catalogue = Catalogue.packaged()
    for name in dated_first(catalogue.names()):
        if name.surface == surface and name.version.dated:
            yield catalogue.load(str(name))


def estimated_tokens(cases: Sequence[Case]) -> int:
    """About how many tokens the examination takes at most: each request, its probes, and the api-versions."""
    tokens = {case.kind: case.prompt_tokens + case.completion_tokens for case in cases}
    chat = [number for kind, number in tokens.items() if kind in PROBES]
    return sum(tokens.values()) + MOST_PROBES * sum(chat) + _MOST_VERSIONS * min(chat, default=0)
