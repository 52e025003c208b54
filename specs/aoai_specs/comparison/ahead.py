"""Examining pairs of schemas in a second process, from the last operation backwards."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from aoai_specs.comparison.endpoints.endpoint import Endpoint
from aoai_specs.comparison.endpoints.requests import request_differences
from aoai_specs.comparison.endpoints.responses import response_differences
from aoai_specs.comparison.endpoints.schema_roots import SchemaRoot
from aoai_specs.comparison.schemas.examination import Examination, Examined, Pair
from aoai_specs.comparison.schemas.pairs import Schemas
from aoai_specs.side_process import SideProcess, is_available

#: With fewer changed component schemas, a second process takes longer than it saves.
_FEWEST_CHANGED = 250
#: The second process stops after so many pairs, so that it reaches no limit of a comparison.
_MOST_AHEAD = 20_000

Matches = Sequence[tuple[Endpoint, Endpoint]]


class Ahead:
    """What a second process examines of matched operations while this process works on the first ones.

    Only what pairs of schemas show by themselves is taken over. It does not depend on the order in which they
    are examined, so that it does not matter how far the other process comes.
    """

    def __init__(self, schemas: Schemas, examination: Examination, process: SideProcess | None) -> None:
        self._schemas = schemas
        self._examination = examination
        self._process = process

    def take(self, index: int) -> None:
        """Take over what was examined so far; `index` is the next operation that this process compares."""
        for message in self._process.arrived() if self._process is not None else ():
            reached, examined, implied = pickle.loads(message)  # noqa: S301 - a fork of this process wrote it
            self._schemas.base.adopt(implied[0])
            self._schemas.revision.adopt(implied[1])
            self._examination.adopt(examined)
            if reached <= index + 1:
                self._process = None
                break


@contextmanager
def examined_ahead(matches: Matches, schemas: Schemas, examination: Examination) -> Iterator[Ahead]:
    """A context in which a second process examines the schemas of operations, if that saves time."""
    if schemas.changed_components < _FEWEST_CHANGED or len(matches) < 2 or not is_available():
        yield Ahead(schemas, examination, None)
        return
    with SideProcess(lambda: _messages(matches, schemas, examination)) as process:
        yield Ahead(schemas, examination, process)


def _messages(matches: Matches, schemas: Schemas, examination: Examination) -> Iterator[bytes]:
    """Yield what is examined for each operation, and the number of the operation."""
    sides = (schemas.base, schemas.revision)
    total = 0
    for index in range(len(matches) - 1, -1, -1):
        found = _examine(_roots(matches[index], schemas), schemas, examination)
        total += len(found)
        if total > _MOST_AHEAD or any(each.entangled for each in sides):
            return
        yield pickle.dumps((index, found, tuple(each.take_implied() for each in sides)))


def _roots(match: tuple[Endpoint, Endpoint], schemas: Schemas) -> Iterator[Pair]:
    responses = chain.from_iterable(found for _, found in response_differences(*match, words=False))
    for each in chain(request_differences(*match, words=False), responses):
        if isinstance(each, SchemaRoot):
            before, after = each.schemas
            yield schemas.base.node(each.base, before), schemas.revision.node(each.revision, after)


def _examine(roots: Iterator[Pair], schemas: Schemas, examination: Examination) -> dict[Pair, Examined]:
    """Return the pairs that were not examined before, with all changed pairs inside them."""
    found: dict[Pair, Examined] = {}
    waiting = [pair for pair in roots if not schemas.unchanged(*pair)]
    while waiting:
        pair = waiting.pop()
        if not examination.knows(*pair):
            found[pair] = examination.examined(*pair)
            waiting += ((each.base, each.revision) for each in found[pair].inside)
    return found
