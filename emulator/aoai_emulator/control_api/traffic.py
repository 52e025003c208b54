"""The endpoints of limits and latency."""

from __future__ import annotations

from aoai_emulator.control.control import Control
from aoai_emulator.control.errors import ControlError
from aoai_emulator.control_api.endpoint import Answer, Call, Endpoint


def _get_limits(control: Control, call: Call) -> Answer:
    del call
    return Answer(200, control.limits.as_json())


def _set_limits(control: Control, call: Call) -> Answer:
    _require_keys(call, "limits", "retry_headers")
    control.limits.set(call.body.get("limits"), call.body.get("retry_headers"))
    return Answer(200, control.limits.as_json())


def _remove_limits(control: Control, call: Call) -> Answer:
    del call
    control.limits.set([])
    return Answer(204)


def _get_latency(control: Control, call: Call) -> Answer:
    del call
    return Answer(200, {"latencies": control.latency.as_json()})


def _set_latency(control: Control, call: Call) -> Answer:
    _require_keys(call, "latencies")
    control.latency.set(call.body.get("latencies"))
    return _get_latency(control, call)


def _remove_latency(control: Control, call: Call) -> Answer:
    del call
    control.latency.set([])
    return Answer(204)


def _require_keys(call: Call, *names: str) -> None:
    unknown = sorted(call.body.keys() - set(names))
    if unknown or not call.body:
        received = f"{unknown[0][:80]!r}" if unknown else "nothing"
        raise ControlError(f"Expected {' or '.join(names)}, received {received}.")


ENDPOINTS = (
    Endpoint(
        "GET", "/limits", "getLimits", "Return the limits and their use.", _get_limits, {200: "LimitsInUse"}
    ),
    Endpoint(
        "PUT",
        "/limits",
        "setLimits",
        "Replace the limits of all deployments; what was used is forgotten.",
        _set_limits,
        {200: "LimitsInUse"},
        body="Limits",
    ),
    Endpoint("DELETE", "/limits", "removeLimits", "Remove every limit.", _remove_limits, {204: ""}),
    Endpoint("GET", "/latency", "getLatency", "Return the delays.", _get_latency, {200: "Latencies"}),
    Endpoint(
        "PUT",
        "/latency",
        "setLatency",
        "Replace the delays of all deployments.",
        _set_latency,
        {200: "Latencies"},
        body="Latencies",
    ),
    Endpoint("DELETE", "/latency", "removeLatency", "Remove every delay.", _remove_latency, {204: ""}),
)
