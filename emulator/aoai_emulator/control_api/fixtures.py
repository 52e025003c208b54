"""The endpoints of fixtures: the responses that a user gives."""

from __future__ import annotations

from aoai_emulator.control.control import Control
from aoai_emulator.control_api.endpoint import Answer, Call, Endpoint, NotFoundError
from aoai_emulator.fixtures.mistakes import FixtureError
from aoai_specs.errors import UnknownNameError
from aoai_specs.json_values import quote


def _list(control: Control, call: Call) -> Answer:
    del call
    return Answer(200, {"fixtures": [each.as_json() for each in control.fixtures.all()]})


def _add(control: Control, call: Call) -> Answer:
    entries = call.body.get("fixtures")
    if not isinstance(entries, list) or len(call.body) != 1:
        raise FixtureError(
            f"The body must be {{fixtures: […]}} as in a fixtures file, not {quote(call.body)}."
        )
    return Answer(201, {"fixtures": [each.as_json() for each in control.fixtures.add(*entries)]})


def _clear(control: Control, call: Call) -> Answer:
    del call
    control.fixtures.clear()
    return Answer(204)


def _get(control: Control, call: Call) -> Answer:
    try:
        return Answer(200, control.fixtures.get(_number(call)).as_json())
    except UnknownNameError as error:
        raise NotFoundError(str(error)) from error


def _remove(control: Control, call: Call) -> Answer:
    try:
        control.fixtures.remove(_number(call))
    except UnknownNameError as error:
        raise NotFoundError(str(error)) from error
    return Answer(204)


def _number(call: Call) -> int:
    text = call.path_values["id"]
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise NotFoundError(f"There is no fixture {text[:80]!r}.")
    return int(text)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/fixtures",
        "listFixtures",
        "List the fixtures in use, in the order in which they are tried.",
        _list,
        {200: "FixturesInUse"},
    ),
    Endpoint(
        "POST",
        "/fixtures",
        "addFixtures",
        "Add fixtures before those in use; none if one of them is wrong.",
        _add,
        {201: "FixturesInUse"},
        body="Fixtures",
    ),
    Endpoint("DELETE", "/fixtures", "clearFixtures", "Remove every fixture.", _clear, {204: ""}),
    Endpoint(
        "GET", "/fixtures/{id}", "getFixture", "Return one fixture in use.", _get, {200: "FixtureInUse"}
    ),
    Endpoint("DELETE", "/fixtures/{id}", "removeFixture", "Remove one fixture.", _remove, {204: ""}),
)
