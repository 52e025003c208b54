"""The endpoints of faults: what can fail, and what fails now."""

from __future__ import annotations

from aoai_emulator.control.control import Control
from aoai_emulator.control_api.endpoint import Answer, Call, Endpoint, NotFoundError
from aoai_emulator.failures.failure_table import FAILURES
from aoai_emulator.faults.registry import fault_catalogue
from aoai_specs.errors import UnknownNameError


def _list(control: Control, call: Call) -> Answer:
    del call
    return Answer(200, {"faults": [fault.as_json() for fault in control.faults.all()]})


def _add(control: Control, call: Call) -> Answer:
    return Answer(201, control.faults.add(call.body).as_json())


def _clear(control: Control, call: Call) -> Answer:
    del call
    control.faults.clear()
    return Answer(204)


def _get(control: Control, call: Call) -> Answer:
    try:
        return Answer(200, control.faults.get(_number(call)).as_json())
    except UnknownNameError as error:
        raise NotFoundError(str(error)) from error


def _remove(control: Control, call: Call) -> Answer:
    try:
        control.faults.remove(_number(call))
    except UnknownNameError as error:
        raise NotFoundError(str(error)) from error
    return Answer(204)


def _catalogue(control: Control, call: Call) -> Answer:
    del control, call
    described = [
        {"id": fault.id, "operations": sorted(fault.kinds), "summary": fault.summary, "settings": []}
        for fault in fault_catalogue()
    ]
    described += [
        {
            "id": failure.id,
            "operations": sorted(failure.kinds),
            "summary": failure.summary,
            "settings": list(failure.settings),
        }
        for failure in FAILURES.values()
    ]
    return Answer(200, {"faults": described})


def _number(call: Call) -> int:
    text = call.path_values["id"]
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise NotFoundError(f"There is no scheduled fault {text[:80]!r}.")
    return int(text)


ENDPOINTS = (
    Endpoint("GET", "/faults", "listFaults", "List the faults in use.", _list, {200: "ScheduledFaults"}),
    Endpoint(
        "POST",
        "/faults",
        "addFault",
        "Apply a fault to every request, or to those that the conditions select.",
        _add,
        {201: "ScheduledFault"},
        body="FaultSchedule",
    ),
    Endpoint("DELETE", "/faults", "clearFaults", "Stop applying every fault.", _clear, {204: ""}),
    Endpoint(
        "GET",
        "/faults/catalogue",
        "listFaultCatalogue",
        "List every fault that can be applied.",
        _catalogue,
        {200: "FaultCatalogue"},
    ),
    Endpoint("GET", "/faults/{id}", "getFault", "Return one fault in use.", _get, {200: "ScheduledFault"}),
    Endpoint("DELETE", "/faults/{id}", "removeFault", "Stop applying one fault.", _remove, {204: ""}),
)
