"""The schemas of the control API's JSON, for its OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aoai_emulator.control.fault_settings import SETTINGS
from aoai_emulator.control_api.fixture_schemas import FIXTURE_SCHEMAS
from aoai_emulator.http.retry_headers import RETRY_HEADERS

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_NUMBER: Schema = {"type": "number"}
_FROM_ONE: Schema = {"type": "integer", "minimum": 1}


def _object(required: str = "", /, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


_SETTINGS: Mapping[str, Schema] = {
    "next": _described(_FROM_ONE, "Only the next requests that match, this number of them."),
    "share": {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 1,
        "description": "Only this share of the requests that match, chosen by the seed.",
    },
    "seconds": _described(_NUMBER, "How long a stall lasts; without it, until the client gives up."),
    "chunks": _described(_COUNT, "After how many events of a stream the connection fails."),
    "bytes": _described(_COUNT, "After how many bytes of the body the connection fails."),
    "retry_after": _described(_NUMBER, "The time to wait that an error names, in seconds."),
}
_SCHEDULE: Mapping[str, Schema] = {
    "fault": _described(_TEXT, "An id of `/faults/catalogue`."),
    **{name: _SETTINGS[name] for name in SETTINGS},
    "match": _ref("RequestMatch"),
}
_LIMIT = _object(
    deployment=_described(_TEXT, "A deployment, or `*` for every other one (default)."),
    requests_per_minute=_FROM_ONE,
    tokens_per_minute=_FROM_ONE,
    provisioned_units=_FROM_ONE,
)
_DELAY = _described(_TEXT, "Such as `200ms`, `0.2s` or `0.2s±50ms` (mean and standard deviation).")
_CLOCK: Mapping[str, Schema] = {
    "now": _described(_NUMBER, "Seconds since 1970."),
    "is_stopped": _described(_FLAG, "Whether the time stands still unless it is set or advanced."),
    "background": {
        "enum": ["time", "poll"],
        "description": "Whether batches and jobs advance with the time, or with each request for them.",
    },
}

#: Every schema by its name.
SCHEMAS: Mapping[str, Schema] = {
    "RequestMatch": _described(
        _object(
            operation=_described(_TEXT, "A kind of operation, such as `chat`, or an operation id."),
            deployment=_TEXT,
            model=_described(_TEXT, "The model of the deployment, or the `model` of the body."),
            method=_TEXT,
            path=_described(_TEXT, "A path in which `*` stands for anything."),
            text=_described(_TEXT, "A part of the prompt or the input."),
            headers=_described(
                {"type": "object", "additionalProperties": _TEXT}, "The value `*` matches every value."
            ),
            json={
                "type": "object",
                "description": "Paths such as `$.messages[0].role`, each with the value that must be there.",
            },
        ),
        "Conditions on a request, all of which must be met.",
    ),
    "FaultSchedule": _object("fault", **_SCHEDULE),
    "ScheduledFault": _object(
        "id fault matched applied is_over",
        id=_COUNT,
        **_SCHEDULE,
        matched=_COUNT,
        applied=_COUNT,
        is_over=_FLAG,
    ),
    "ScheduledFaults": _object("faults", faults=_list(_ref("ScheduledFault"))),
    "FaultCatalogue": _object(
        "faults",
        faults=_list(
            _object(
                "id operations summary settings",
                id=_TEXT,
                operations=_described(_list(_TEXT), "Empty for every operation."),
                summary=_TEXT,
                settings=_list({"enum": list(SETTINGS)}),
            )
        ),
    ),
    **FIXTURE_SCHEMAS,
    "Limits": _object(limits=_list(_LIMIT), retry_headers=_list({"enum": list(RETRY_HEADERS)})),
    "LimitsInUse": _object(
        "limits retry_headers used",
        limits=_list(_LIMIT),
        retry_headers=_list({"enum": list(RETRY_HEADERS)}),
        used=_list(
            _object(
                "deployment",
                deployment=_TEXT,
                requests=_COUNT,
                tokens=_COUNT,
                resets_in=_described(_NUMBER, "Seconds until the limit is available again."),
                utilization=_described(_NUMBER, "Of a provisioned deployment, in percent."),
            )
        ),
    ),
    "Latencies": _object(
        "latencies",
        latencies=_list(
            _object(
                deployment=_described(_TEXT, "A deployment, or `*` for every other one (default)."),
                first=_DELAY,
                token=_DELAY,
            )
        ),
    ),
    "Clock": _object("now is_stopped background", **_CLOCK),
    "ClockChange": _object(**_CLOCK),
    "ClockAdvance": _object("seconds", seconds={"type": "number", "minimum": 0}),
    "State": _object(
        "faults fixtures requests files batches now",
        faults=_COUNT,
        fixtures=_COUNT,
        requests=_COUNT,
        files=_COUNT,
        batches=_COUNT,
        now=_NUMBER,
    ),
    "Request": _object(
        "id request_id time method path query headers operation deployment models body is_cut is_inner "
        "failures status",
        id=_COUNT,
        request_id=_described(_TEXT, "The `apim-request-id` of the response."),
        time=_NUMBER,
        method=_TEXT,
        path=_TEXT,
        query={"type": "object", "additionalProperties": _TEXT},
        headers={"type": "object", "additionalProperties": _TEXT},
        operation={"type": ["string", "null"]},
        deployment={"type": ["string", "null"]},
        models=_list(_TEXT),
        body=_described({}, "JSON as a value, other text as a string, null for none."),
        is_cut=_described(_FLAG, "Whether the body was longer than what is recorded of it."),
        is_inner=_described(_FLAG, "Whether it is a line of a batch."),
        failures=_described(_list(_TEXT), "The ids of the faults that applied."),
        status={
            "type": ["integer", "null"],
            "description": "null until there is a response, and if the connection failed before it.",
        },
    ),
    "Requests": _object(
        "requests count",
        requests=_list(_ref("Request")),
        count=_described(_COUNT, "How many requests match, also beyond the limit."),
    ),
    "Count": _object("count", count=_COUNT),
    "Assertion": _object(match=_ref("RequestMatch"), count=_COUNT, at_least=_COUNT, at_most=_COUNT),
    "Verification": _object(
        "is_met matched received message nearest mismatches",
        is_met=_FLAG,
        matched=_COUNT,
        received=_described(_COUNT, "How many requests are recorded."),
        message=_TEXT,
        nearest={"anyOf": [_ref("Request"), {"type": "null"}]},
        mismatches=_described(_list(_TEXT), "The conditions that the nearest request does not meet."),
    ),
    "Error": _object("error", error=_object("code message", code=_TEXT, message=_TEXT)),
}
