"""A tape: recorded responses, found by the request; repeated requests get them in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from aoai_emulator.tape.nearest import ReceivedRequest, describe_nearest
from aoai_emulator.tape.request_keys import RequestKey, is_same_path
from aoai_emulator.traffic.recorded_exchange import RecordedExchange


@dataclass(slots=True)
class _Group:
    """The responses to the same request, in the order in which they were recorded."""

    path: str
    exchanges: list[RecordedExchange] = field(default_factory=list)
    played: int = 0


class Tape:
    """The recorded exchanges of one emulator. After the last response to a request, it is sent again."""

    def __init__(self, exchanges: Iterable[RecordedExchange]) -> None:
        self._exchanges = tuple(exchanges)
        self._groups: dict[RequestKey, list[_Group]] = {}
        for each in self._exchanges:
            key = RequestKey.of(each.method, each.query, each.content_type, each.body)
            groups = self._groups.setdefault(key, [])
            group = next((group for group in groups if group.path == each.path), None)
            if group is None:
                group = _Group(each.path)
                groups.append(group)
            group.exchanges.append(each)

    def next_response(self, request: ReceivedRequest) -> RecordedExchange | None:
        """Return what to respond to a request, and wind on; None if no recorded request is the same."""
        key = RequestKey.of(request.method, request.query, request.content_type, request.body)
        groups = self._groups.get(key, ())
        exact = (group for group in groups if group.path == request.path)
        alike = (group for group in groups if is_same_path(group.path, request.path))
        group = next(exact, None) or next(alike, None)
        if group is None:
            return None
        exchange = group.exchanges[min(group.played, len(group.exchanges) - 1)]
        group.played += 1
        return exchange

    def explain(self, request: ReceivedRequest) -> str:
        """Return a sentence that says which recorded request is most like this one."""
        return describe_nearest(request, self._exchanges)

    def rewind(self) -> None:
        """Start again with the first response to each request."""
        for groups in self._groups.values():
            for group in groups:
                group.played = 0
