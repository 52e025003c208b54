"""Finds the base path of model inference, which endpoints of a single model do not have."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass

from aoai_conformance.engine.isolation.isolation import OperationKey
from aoai_conformance.exchange import BASE_PATH_PROBE, Exchange
from aoai_conformance.run.preflight import PREFLIGHT_PATIENCE, CaseSender
from aoai_conformance.run.probing import as_probe
from aoai_conformance.target.targets import Target
from aoai_model.case import Case
from aoai_specs.document import Document
from aoai_specs.surfaces import AI_MODEL_INFERENCE

#: Statuses for an address or a method that the server does not have.
_UNSERVED = frozenset({404, 405, 410, 501})


@dataclass(frozen=True, slots=True)
class BasePaths:
    """The base paths of the documents of a run, by name, which the client reads for each request.

    `movable` are the documents whose base path the server may lack.
    """

    paths: MutableMapping[str, str]
    movable: frozenset[str] = frozenset()

    @classmethod
    def of(cls, target: Target, documents: Iterable[Document]) -> BasePaths:
        """The base paths on a target; those that the user or the URL chooses are not movable."""
        listed = tuple(documents)
        paths = {str(each.name): target.base_path(each.base_path) for each in listed}
        movable = frozenset(
            str(each.name)
            for each in listed
            if each.name.surface == AI_MODEL_INFERENCE
            and target.chosen_base_path is None
            and target.layout == "azure"
            and not target.root.endswith(each.base_path)
        )
        return cls(paths, movable)

    async def find(
        self,
        client: CaseSender,
        bases: Mapping[OperationKey, Case],
        exchanges: Mapping[OperationKey, Exchange],
    ) -> tuple[dict[OperationKey, Exchange], list[Exchange]]:
        """Look for movable documents at the root if every minimal request had a 404.

        One request decides for a document; if the server knows its address, the remaining minimal requests
        are sent again. Returns the exchanges of the minimal requests, and the replaced ones as probes.
        """
        current, probes = dict(exchanges), list[Exchange]()
        for document in sorted(self.movable):
            own = {key: case for key, case in bases.items() if key[0] == document}
            if not own or not all(_is_not_found(current[key]) for key in own):
                continue
            first = min(own, key=lambda key: own[key].kind != "chat")
            before, self.paths[document] = self.paths[document], ""
            tried = await client.send(own[first], PREFLIGHT_PATIENCE)
            if not _is_served(tried):
                self.paths[document] = before
                probes.append(as_probe(tried, f"{BASE_PATH_PROBE}-root"))
                continue
            rest = {key: case for key, case in own.items() if key != first}
            sent = await asyncio.gather(*(client.send(case, PREFLIGHT_PATIENCE) for case in rest.values()))
            probes += [as_probe(current[key], BASE_PATH_PROBE) for key in own]
            current |= {first: tried, **dict(zip(rest, sent, strict=True))}
        return current, probes

    def chosen(self, documents: Iterable[Document], target: Target) -> dict[str, str]:
        """The base paths that differ from those of the documents in the layout of the target."""
        default = {str(each.name): target.default_base_path(each.base_path) for each in documents}
        return {name: path for name, path in self.paths.items() if path != default[name]}

    def remarks(self, documents: Iterable[Document]) -> list[str]:
        """A sentence for each document whose base path the server lacks."""
        return [
            f"{each.name}: the endpoint has no {each.base_path} in its paths; requests go to its root."
            for each in documents
            if str(each.name) in self.movable and not self.paths[str(each.name)]
        ]


def _is_served(exchange: Exchange) -> bool:
    """Whether the server knows the address of a request, even if it rejects the request."""
    status = 0 if exchange.response is None else exchange.response.status
    return 200 <= status < 300 or (status >= 400 and status not in _UNSERVED)


def _is_not_found(exchange: Exchange) -> bool:
    return exchange.response is not None and exchange.response.status == 404
