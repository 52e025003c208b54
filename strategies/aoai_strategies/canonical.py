"""Writes plans, cases and requests as canonical JSON: equal plans have equal bytes."""

from __future__ import annotations

import hashlib
import json

from aoai_model.case import Case, MultipartBody, Part, Plan, PlannedRequest, Point, body_as_json
from aoai_model.serialization import Json


def plan_as_json(plan: Plan) -> str:
    """A plan as indented JSON with sorted keys and a final newline.

    The content of an uploaded file appears as its size and its SHA-256.
    """
    value: dict[str, Json] = {
        "document": plan.document,
        "profile": plan.profile,
        "seed": plan.seed,
        "requests": len(plan.cases),
        "tokens": {
            "prompt": sum(case.prompt_tokens for case in plan.cases),
            "completion": sum(case.completion_tokens for case in plan.cases),
        },
        "cases": [case_as_json(case) for case in plan.cases],
    }
    if plan.unsendable:
        value["not_sent"] = [
            {"operation": each.operation, "point": each.point, "reason": each.reason}
            for each in plan.unsendable
        ]
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def plan_digest(plan: Plan) -> str:
    """The SHA-256 of a plan's canonical JSON."""
    return hashlib.sha256(plan_as_json(plan).encode("utf-8", "surrogatepass")).hexdigest()


def case_as_json(case: Case) -> Json:
    """One case as JSON data, without its base request."""
    scenario: Json = None
    if case.scenario is not None:
        scenario = {
            "id": case.scenario.id,
            "kind": case.scenario.kind,
            "step": case.scenario.step,
        }
    return {
        "id": case.id,
        "document": case.document,
        "operation": case.operation,
        "kind": case.kind,
        "origin": case.origin,
        "expect": case.expect,
        "points": [point_as_json(point) for point in case.points],
        "scenario": scenario,
        "takes": [placeholder.mark for placeholder in case.takes],
        "until": None
        if case.until is None
        else {"pointer": case.until.pointer, "values": list(case.until.values)},
        "request": request_as_json(case.request),
        "tokens": {"prompt": case.prompt_tokens, "completion": case.completion_tokens},
    }


def point_as_json(point: Point) -> Json:
    """One point as JSON data, without its edits, which the request contains."""
    return {
        "id": point.id,
        "expect": point.expect,
        "level": point.level,
        "clause": point.clause,
        "description": point.description,
    }


def request_as_json(request: PlannedRequest) -> Json:
    """One request as JSON data."""
    body: Json = (
        {"multipart": [_part_as_json(part) for part in request.body.parts]}
        if isinstance(request.body, MultipartBody)
        else body_as_json(request.body)
    )
    return {
        "method": request.method,
        "path": request.path,
        "query": dict(request.query),
        "headers": dict(request.headers),
        "path_parameters": dict(request.path_parameters),
        "credentials": request.credentials,
        "body": body,
    }


def request_key(request: PlannedRequest) -> str:
    """A text that two requests share exactly if they are equal."""
    return json.dumps(request_as_json(request), sort_keys=True)


def _part_as_json(part: Part) -> Json:
    """A part; the content of a file appears as its size and its SHA-256."""
    found: dict[str, Json] = {"name": part.name}
    if part.filename is not None:
        found["filename"] = part.filename
    if part.content_type is not None:
        found["content_type"] = part.content_type
    if part.filename is None:
        return {**found, "text": part.content.decode("utf-8", "replace")}
    return {**found, "bytes": len(part.content), "sha256": hashlib.sha256(part.content).hexdigest()}
