"""The endpoints of the clock and of the emulator's whole state."""

from __future__ import annotations

from aoai_emulator.control.control import Control
from aoai_emulator.control.errors import ControlError
from aoai_emulator.control_api.endpoint import Answer, Call, Endpoint
from aoai_specs.json_values import quote

_CLOCK_KEYS = frozenset({"now", "is_stopped", "background"})


def _get_clock(control: Control, call: Call) -> Answer:
    del call
    return Answer(200, {**control.clock.as_json(), "background": control.background})


def _set_clock(control: Control, call: Call) -> Answer:
    unknown = sorted(call.body.keys() - _CLOCK_KEYS)
    if unknown:
        raise ControlError(f"The clock has no {unknown[0][:80]!r}; it has {', '.join(sorted(_CLOCK_KEYS))}.")
    is_stopped = call.body.get("is_stopped")
    if is_stopped is not None and not isinstance(is_stopped, bool):
        raise ControlError(f"is_stopped must be true or false, not {quote(is_stopped)}.")
    if "background" in call.body:
        control.set_background(call.body["background"])
    if is_stopped is not None:
        (control.clock.stop if is_stopped else control.clock.resume)()
    if "now" in call.body:
        control.clock.set(call.body["now"])
    return _get_clock(control, call)


def _advance(control: Control, call: Call) -> Answer:
    if call.body.keys() != {"seconds"}:
        raise ControlError("Expected an object with seconds, such as {'seconds': 60}.")
    control.clock.advance(call.body["seconds"])
    return _get_clock(control, call)


def _get_state(control: Control, call: Call) -> Answer:
    del call
    return Answer(200, control.state())


def _reset(control: Control, call: Call) -> Answer:
    del call
    control.reset()
    return Answer(204)


ENDPOINTS = (
    Endpoint("GET", "/clock", "getClock", "Return the time of the emulator.", _get_clock, {200: "Clock"}),
    Endpoint(
        "PUT",
        "/clock",
        "setClock",
        "Set the time, let it stand still or run on, or choose what advances background work.",
        _set_clock,
        {200: "Clock"},
        body="ClockChange",
    ),
    Endpoint(
        "POST",
        "/clock/advance",
        "advanceClock",
        "Advance the time: limits recover, batches and jobs progress.",
        _advance,
        {200: "Clock"},
        body="ClockAdvance",
    ),
    Endpoint("GET", "/state", "getState", "Count what the emulator holds.", _get_state, {200: "State"}),
    Endpoint(
        "POST",
        "/state/reset",
        "resetState",
        "Return to the state in which the emulator was started: forget faults, limits, delays and requests "
        "that came later, stored files and batches, and changes of the clock.",
        _reset,
        {204: ""},
    ),
)
