"""Shorten exchanges to the parts that an example needs: request line, fields, status and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from aoai_conformance.exchange import Exchange
from aoai_model.exchange import Event, Response
from aoai_model.verdict import Violation
from aoai_specs.catalogue import Catalogue

_TEXT = 72
_ITEMS = 3
_MEMBERS = 8
_EVENTS = 6
_STEPS = 5
#: Fields that every chunk repeats, which are shown only if they matter.
_HEAD = frozenset({"id", "object", "created", "model", "system_fingerprint"})
_MORE = "…"


def shortened(
    exchange: Exchange, violation: Violation | None, pointer: str, chunk: int | None
) -> dict[str, Any]:
    """Shorten one exchange. `pointer` and `chunk` are the place to keep."""
    response = exchange.response
    made: dict[str, Any] = {"request": _request_line(exchange)}
    points = [point.id for point in exchange.case.points]
    if points:
        made["carries"] = points
    sent = _sent(exchange)
    if sent:
        made["sent"] = sent
    if response is None:
        made["answer"] = "none"
        return made
    made["status"] = response.status
    if not response.complete:
        made["complete"] = False
    if response.defects:
        made["defects"] = [defect.message for defect in response.defects]
    headers = _headers(response, pointer)
    if headers:
        made["headers"] = headers
    if response.events is not None:
        made["events"] = _events(response.events, pointer, chunk)
    elif response.body:
        made["answer"] = _answer(response, pointer)
    if violation is not None:
        made["blamed"] = _blamed(violation)
    return made


def shortened_flow(
    steps: Mapping[str, Exchange], violation: Violation | None, at: int | None = None
) -> list[dict[str, Any]]:
    """Shorten the steps of a flow around the step `at`; the last one gets the violation."""
    every = list(steps.items())
    first = 0 if at is None else max(0, min(at - _STEPS + 2, len(every) - _STEPS))
    kept = every[first : first + _STEPS]
    made = [{"step": name, **shortened(exchange, None, "", None)} for name, exchange in kept]
    if violation is not None:
        made[-1]["blamed"] = _blamed(violation)
    return made


def _request_line(exchange: Exchange) -> str:
    url = urlsplit(exchange.request.url)
    query = f"?{url.query}" if url.query and "api-version" not in url.query else ""
    path = url.path.removeprefix("/openai") or _described(exchange.case.document, exchange.case.operation)
    return f"{exchange.request.method} {path}{query}"


@cache
def _described(document: str, operation: str) -> str:
    """Return the path of an operation, for exchanges without one."""
    return Catalogue.packaged().load(document).operation(operation).path


def _sent(exchange: Exchange) -> dict[str, Any]:
    body = exchange.sent_json
    if isinstance(body, dict):
        return {key: value_of(value, 3) for key, value in body.items()}
    return {
        name: f"<{len(part)} bytes>" if isinstance(part, bytes) else value_of(part, 1)
        for name, part in exchange.form.items()
    }


def _headers(response: Response, pointer: str) -> dict[str, str]:
    wanted = {"content-type", "allow", "retry-after", "location", "operation-location"}
    if pointer.startswith("header:"):
        wanted.add(pointer.removeprefix("header:").lower())
    content = {name.lower(): value for name, value in response.headers if name.lower() in wanted}
    return {name: value for name, value in content.items() if value != "application/json"}


def _answer(response: Response, pointer: str) -> Any:
    if response.is_json:
        return pruned(response.json, _tokens(pointer))
    if _is_text(response.body):
        return value_of(response.text, 1, text=240)
    return f"<{len(response.body)} bytes>"


def _is_text(body: bytes) -> bool:
    try:
        return all(line.isprintable() for line in body.decode().splitlines())
    except UnicodeDecodeError:
        return False


def _events(events: Sequence[Event], pointer: str, chunk: int | None) -> list[Any]:
    at = min(chunk or 0, max(len(events) - 1, 0))
    first = max(0, min(at - 2, len(events) - _EVENTS))
    shown: list[Any] = [f"{_MORE} {first} before"] if first else []
    for event, value in zip(events[first:], _objects(events[first:]), strict=True):
        if len(shown) > _EVENTS:
            shown.append(f"{_MORE} {len(events) - event.index} more")
            break
        here = _tokens(pointer) if event.index == chunk else ()
        headless = _tokens(pointer)[:1] in (("choices",), ("usage",))
        kept = {key: each for key, each in (value or {}).items() if not (headless and key in _HEAD)}
        shown.append(value_of(event.data, 1, text=120) if value is None else pruned(kept, here))
    return shown


def _objects(events: Sequence[Event]) -> list[Any]:
    whole = Response(200, (), b"", tuple(events))
    return list(whole.event_objects)


def _blamed(violation: Violation) -> dict[str, Any]:
    made: dict[str, Any] = {"at": violation.pointer or "the whole", "says": violation.message}
    if violation.chunk is not None:
        made["chunk"] = violation.chunk
    if violation.expected is not None:
        made["expected"] = value_of(violation.expected, 2)
    if violation.actual is not None:
        made["actual"] = value_of(violation.actual, 2)
    return made


def _tokens(pointer: str) -> tuple[str, ...]:
    if not pointer.startswith("/"):
        return ()
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def pruned(value: Any, tokens: Sequence[str]) -> Any:
    """Reduce a value to the path to a place, its neighbours, and little else."""
    if not tokens:
        return value_of(value, 4)
    head, *rest = tokens
    if isinstance(value, list) and head.isdigit() and int(head) < len(value):
        place = int(head)
        first = max(0, min(place - 1, len(value) - _ITEMS))
        shown = [
            pruned(value[index], rest) if index == place else value_of(value[index], 1)
            for index in range(first, min(first + _ITEMS, len(value)))
        ]
        others = len(value) - len(shown)
        return [*shown, f"{_MORE} {others} more"] if others else shown
    if isinstance(value, dict) and head in value:
        near = {key: value_of(each, 2) for key, each in value.items()} if len(rest) < 2 else {}
        shown = {key: near[key] for key in list(near)[:_MEMBERS]}
        return {**shown, head: pruned(value[head], rest)}
    return value_of(value, 3)


def value_of(value: Any, depth: int, *, text: int = _TEXT) -> Any:
    """Truncate the strings, lists and objects in a value after some characters, entries and levels."""
    if isinstance(value, str):
        shown = value.encode("utf-8", "backslashreplace").decode()  # half a character can be printed nowhere
        return shown if len(shown) <= text else f"{shown[:text]}{_MORE}"
    if isinstance(value, list):
        if depth <= 0 and value:
            return [_MORE]
        shown = [value_of(each, depth - 1) for each in value[:_ITEMS]]
        return shown if len(value) <= _ITEMS else [*shown, f"{_MORE} {len(value) - _ITEMS} more"]
    if isinstance(value, dict):
        if depth <= 0 and value:
            return {_MORE: _MORE}
        kept = list(value.items())[:_MEMBERS]
        made = {key: value_of(each, depth - 1) for key, each in kept}
        return made if len(value) <= _MEMBERS else {**made, _MORE: f"{len(value) - _MEMBERS} more"}
    return _number(value)


def _number(value: Any) -> Any:
    """Round a number to six decimal places; return values that JSON lacks as text."""
    if not isinstance(value, float):
        return value
    return round(value, 6) if isfinite(value) else str(value)
