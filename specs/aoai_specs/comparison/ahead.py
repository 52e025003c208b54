"""Comparing matched operations, with the help of a second process."""

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
from aoai_specs.comparison.schemas.examination import Pair
from aoai_specs.comparison.schemas.judging import Judging, Prepared
from aoai_specs.comparison.schemas.meaning import Node
from aoai_specs.comparison.schemas.pairs import Schemas
from aoai_specs.errors import DocumentError
from aoai_specs.side_process import SideProcess, is_available

#: With fewer changed component schemas, a second process takes longer than it saves.
_FEWEST_CHANGED = 250
#: The most pairs that each process prepares ahead, so that neither reaches a limit of a comparison.
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


class OrderError(Exception):
    """The result depends on the order of comparing: the comparison must start again in one process."""


class Ahead:
    """Finds what differs between matched operations, with a second process if that saves time.

    The second process works forwards from the first operation. Whenever this one would have to wait, it works
    backwards from the last. Each finds only what an operation or a pair of schemas shows by itself. That does
    not depend on the order of comparing, so the result is the same however far they get.
    """

    def __init__(
        self,
        matches: Matches,
        schemas: Schemas,
        judging: Judging,
        process: SideProcess | None = None,
        *,
        words: bool,
    ) -> None:
        self._matches = matches
        self._schemas = schemas
        self._judging = judging
        self._process = process
        self._words = words
        self._found: dict[int, list[EndpointDifference]] = {}
        #: Operations from this index on are those that this process began with.
        self._end = len(matches)
        self._prepared = 0
        #: Whether anything came from the second process, or was found out of order.
        self._shared = False

    def take(self, index: int) -> list[EndpointDifference]:
        """Return what differs between the operations at an index. Raises OrderError.

        The indexes of successive calls are those of all matches in their order.
        """
        self._take_over()
        while self._process is not None and index not in self._found and index + 1 < self._end:
            self._examine_last()
            self._take_over()
        if index in self._found:
            return self._found.pop(index)
        return list(endpoint_differences(*self._matches[index], self._schemas, words=self._words))

    def check(self) -> None:
        """Raise OrderError if the order mattered in which schemas were compared."""
        backwards = self._end < len(self._matches)
        if (backwards and _is_entangled(self._schemas)) or (self._shared and self._judging.exhausted):
            raise OrderError

    def _take_over(self) -> None:
        """Take over what the second process has found out so far."""
        if self._process is None:
            return
        import pickle  # few comparisons have a second process

        for message in self._process.arrived():
            index, found, prepared, steps, implied = pickle.loads(message)  # noqa: S301 - from a fork
            self._shared = True
            self._schemas.base.adopt(implied[0])
            self._schemas.revision.adopt(implied[1])
            self._judging.adopt(prepared, steps)
            self._found.setdefault(index, found)
            if index + 1 >= self._end:
                break
        else:
            if not self._process.ended:
                return
        self._stop()

    def _examine_last(self) -> None:
        """Examine the last operation that this process has not begun with."""
        self._end -= 1
        self._shared = True
        try:
            found, prepared = _prepared(
                self._matches[self._end], self._schemas, self._judging, words=self._words
            )
        except (DocumentError, RecursionError):
            raise OrderError from None
        self.check()
        self._found[self._end] = found
        self._prepared += len(prepared)
        if self._prepared > _MOST_AHEAD:
            self._stop()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.stop()
        self._process = None


@contextmanager
def compared_ahead(
    matches: Matches, schemas: Schemas, judging: Judging, *, words: bool, alone: bool
) -> Iterator[Ahead]:
    """A context in which a second process helps to compare operations if that saves time, unless `alone`.

    Raises OrderError at the end.
    """
    if alone or schemas.changed_components < _FEWEST_CHANGED or len(matches) < 2 or not is_available():
        yield Ahead(matches, schemas, judging, words=words)
        return
    with SideProcess(lambda: _messages(matches, schemas, judging, words=words)) as process:
        ahead = Ahead(matches, schemas, judging, process, words=words)
        yield ahead
        ahead.check()


def _messages(matches: Matches, schemas: Schemas, judging: Judging, *, words: bool) -> Iterator[bytes]:
    """Yield for each operation its number, what differs, and what was found out on the way."""
    import pickle

    total = 0
    for index, match in enumerate(matches):
        steps = judging.steps
        found, prepared = _prepared(match, schemas, judging, words=words)
        total += len(prepared)
        if total > _MOST_AHEAD or _is_entangled(schemas) or judging.exhausted:
            return
        implied = (schemas.base.take_implied(), schemas.revision.take_implied())
        yield pickle.dumps((index, found, prepared, judging.steps - steps, implied))


def _is_entangled(schemas: Schemas) -> bool:
    return schemas.base.entangled or schemas.revision.entangled


def _prepared(
    match: tuple[Endpoint, Endpoint], schemas: Schemas, judging: Judging, *, words: bool
) -> tuple[list[EndpointDifference], dict[Pair, Prepared]]:
    """Return what differs between two operations, and all changed pairs in them that were not prepared."""
    found = list(endpoint_differences(*match, schemas, words=words))
    waiting = [(each.base, each.revision) for _, each in found if isinstance(each, SchemaPair)]
    prepared: dict[Pair, Prepared] = {}
    while waiting:
        pair = waiting.pop()
        if not judging.knows(*pair):
            prepared[pair] = judging.prepared(*pair)
            waiting += ((each.base, each.revision) for each in prepared[pair].examined.inside)
    return found, prepared
