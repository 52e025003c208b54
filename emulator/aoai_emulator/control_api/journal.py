"""The endpoints of the journal: the latest requests, and assertions on them."""

from __future__ import annotations

from types import MappingProxyType

from aoai_emulator.control.control import Control
from aoai_emulator.control.errors import ControlError
from aoai_emulator.control.journal import MOST_ENTRIES, JournalEntry
from aoai_emulator.control_api.endpoint import Answer, Call, Endpoint, NotFoundError
from aoai_emulator.matching.match_parsing import parse_conditions

_USUAL_LENGTH = 100
#: Parameters of a list, and the one that clients of the service send with every request.
_NO_CONDITIONS = frozenset({"limit", "after", "api-version"})
_VERIFICATION_KEYS = frozenset({"match", "count", "at_least", "at_most"})
_CONDITIONS = MappingProxyType(
    {
        "operation": "Only requests of this kind, such as `chat`, or with this operation id.",
        "deployment": "Only requests to this deployment.",
        "model": "Only requests to this model.",
        "method": "Only requests with this method.",
        "path": "Only requests with this path, in which `*` stands for anything.",
        "text": "Only requests with this text in the prompt or input. Also `header.NAME`, `json.PATH`.",
    }
)
_PAGE = MappingProxyType(
    {
        **_CONDITIONS,
        "limit": f"How many requests at most, the latest ones (default: {_USUAL_LENGTH}).",
        "after": "Only requests with a larger id.",
    }
)


def _list(control: Control, call: Call) -> Answer:
    limit = _integer(call, "limit", _USUAL_LENGTH)
    after = _integer(call, "after", 0)
    found = [entry for entry in _found(control, call) if entry.number > after]
    return Answer(
        200, {"requests": [entry.as_json() for entry in found[-limit:]] if limit else [], "count": len(found)}
    )


def _count(control: Control, call: Call) -> Answer:
    return Answer(200, {"count": len(_found(control, call))})


def _get(control: Control, call: Call) -> Answer:
    text = call.path_values["id"]
    entry = control.journal.get(int(text)) if text.isascii() and text.isdecimal() and len(text) < 16 else None
    if entry is None:
        raise NotFoundError(f"No request {text[:80]!r} is recorded; the latest {MOST_ENTRIES} are.")
    return Answer(200, entry.as_json())


def _clear(control: Control, call: Call) -> Answer:
    del call
    control.journal.clear()
    return Answer(204)


def _verify(control: Control, call: Call) -> Answer:
    unknown = sorted(call.body.keys() - _VERIFICATION_KEYS)
    if unknown:
        known = ", ".join(sorted(_VERIFICATION_KEYS))
        raise ControlError(f"An assertion has no {unknown[0][:80]!r}; it has {known}.")
    numbers = {name: call.body.get(name) for name in ("count", "at_least", "at_most")}
    result = control.journal.verify(call.body.get("match"), **numbers)
    return Answer(200 if result.is_met else 409, result.as_json())


def _found(control: Control, call: Call) -> list[JournalEntry]:
    pairs = [(name, value) for name, value in call.query if name not in _NO_CONDITIONS]
    return control.journal.find(parse_conditions(pairs))


def _integer(call: Call, name: str, usual: int) -> int:
    text = dict(call.query).get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise ControlError(f"{name} must be a whole number from 0, not {text[:80]!r}.")
    return int(text)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/requests",
        "listRequests",
        f"List the latest requests, the oldest first; {MOST_ENTRIES} are recorded, without secrets.",
        _list,
        {200: "Requests"},
        query=_PAGE,
    ),
    Endpoint("DELETE", "/requests", "clearRequests", "Forget every request.", _clear, {204: ""}),
    Endpoint(
        "GET",
        "/requests/count",
        "countRequests",
        "Count the requests that match.",
        _count,
        {200: "Count"},
        query=_CONDITIONS,
    ),
    Endpoint(
        "POST",
        "/requests/verify",
        "verifyRequests",
        "Check how many requests match; by default at least one must. If the check fails, the response has "
        "the nearest request.",
        _verify,
        {200: "Verification", 409: "Verification"},
        body="Assertion",
        is_body_required=False,
    ),
    Endpoint("GET", "/requests/{id}", "getRequest", "Return one request.", _get, {200: "Request"}),
)
