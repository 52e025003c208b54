"""Comparing matched operations, in a second process from the last one backwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import NamedTuple

from aoai_specs.comparison.difference import Difference
from aoai_specs.comparison.endpoints.endpoint import Endpoint
from aoai_specs.comparison.endpoints.requests import request_differences
from aoai_specs.comparison.endpoints.responses import response_differences
from aoai_specs.comparison.endpoints.schema_roots import SchemaRoot
from aoai_specs.comparison.schemas.examination import Examination, Examined, Pair
from aoai_specs.comparison.schemas.meaning import Node
from aoai_specs.comparison.schemas.pairs import Schemas
from aoai_specs.side_process import SideProcess, is_available

#: With fewer changed component schemas, a second process takes longer than it saves.
_FEWEST_CHANGED = 250
#: The second process stops after so many pairs, so that it reaches no limit of a comparison.
_MOST_AHEAD = 20_000

Matches = Sequence[tuple[Endpoint, Endpoint]]


class SchemaPair(NamedTuple):
    """The nodes of two schemas that are not identical; the rest is as in `SchemaRoot`."""

    base: Node
    revision: Node
    place: str
    text: bool
    given: bool


#: The status of the response that differs, or "" for the request, and what differs.
EndpointDifference = tuple[str, Difference | SchemaPair]


def endpoint_differences(
    base: Endpoint, revision: Endpoint, schemas: Schemas, *, words: bool
) -> Iterator[EndpointDifference]:
    """Yield what differs between the requests of two endpoints, and then between their responses."""
    requests = ("", request_differences(base, revision, words=words))
    for status, found in chain([requests], response_differences(base, revision, words=words)):
        for each in found:
            if isinstance(each, Difference):
                yield status, each
            elif (pair := _pair(each, schemas)) is not None:
                yield status, pair


def _pair(root: SchemaRoot, schemas: Schemas) -> SchemaPair | None:
    if schemas.identical(*root.schemas, (root.base, root.revision)):
        return None
    base = schemas.base.node(root.base, root.schemas[0])
    revision = schemas.revision.node(root.revision, root.schemas[1])
    if schemas.unchanged(base, revision):
        return None
    return SchemaPair(base, revision, root.place, root.text, root.given)


class Ahead:
    """What a second process finds out about matched operations while this process works on the first ones.

    It finds only what an operation or a pair of schemas shows by itself. That does not depend on the order of
    comparing, so the result is the same however far the other process gets.
    """

    def __init__(self, schemas: Schemas, examination: Examination, process: SideProcess | None) -> None:
        self._schemas = schemas
        self._examination = examination
        self._process = process
        self._differences: dict[int, list[EndpointDifference]] = {}

    def take(self, index: int) -> list[EndpointDifference] | None:
        """Take over what is known so far. Return what differs between the operations at an index, if known.

        The indexes of successive calls are those of all matches in their order.
        """
        import pickle  # few comparisons have a second process

        process = self._process
        for message in process.arrived() if process is not None else ():
            reached, found, examined, implied = pickle.loads(message)  # noqa: S301 - from a fork of this process
            self._schemas.base.adopt(implied[0])
            self._schemas.revision.adopt(implied[1])
            self._examination.adopt(examined)
            self._differences[reached] = found
            if reached <= index + 1:
                self._finish()
                break
        return self._differences.pop(index, None)

    def _finish(self) -> None:
        if self._process is not None:
            self._process.stop()
        self._process = None


@contextmanager
def compared_ahead(
    matches: Matches, schemas: Schemas, examination: Examination, *, words: bool
) -> Iterator[Ahead]:
    """A context in which a second process compares operations and their schemas, if that saves time."""
    if schemas.changed_components < _FEWEST_CHANGED or len(matches) < 2 or not is_available():
        yield Ahead(schemas, examination, None)
        return
    with SideProcess(lambda: _messages(matches, schemas, examination, words=words)) as process:
        yield Ahead(schemas, examination, process)


def _messages(
    matches: Matches, schemas: Schemas, examination: Examination, *, words: bool
) -> Iterator[bytes]:
    """Yield for each operation its number, what differs, and what is examined."""
    import pickle

    sides = (schemas.base, schemas.revision)
    total = 0
    for index in range(len(matches) - 1, -1, -1):
        found = list(endpoint_differences(*matches[index], schemas, words=words))
        changed = [(each.base, each.revision) for _, each in found if isinstance(each, SchemaPair)]
        examined = _examine(changed, examination)
        total += len(examined)
        if total > _MOST_AHEAD or any(each.entangled for each in sides):
            return
        yield pickle.dumps((index, found, examined, tuple(each.take_implied() for each in sides)))


def _examine(waiting: list[Pair], examination: Examination) -> dict[Pair, Examined]:
    """Return the pairs that were not examined before, with all changed pairs inside them."""
    found: dict[Pair, Examined] = {}
    while waiting:
        pair = waiting.pop()
        if not examination.knows(*pair):
            found[pair] = examination.examined(*pair)
            waiting += ((each.base, each.revision) for each in found[pair].inside)
    return found
