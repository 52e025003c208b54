"""Examples for boundaries, credentials, addresses, request bodies and errors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from by_hand import Example, Raw, chat_answer, error, exchange

from aoai_conformance.exchange import Exchange

HOT = "temperature.maximum:above"
AT = "temperature.maximum:at"
SOURCE = "data_sources[].discriminator:azure_search"
TRACE = 'Traceback (most recent call last):\n  File "/app/main.py", line 7, in answer\nKeyError: 1'
JUNK = Raw(b"<!DOCTYPE html><html><body>Bad</body></html>", "text/html")


def refused(answer: Any = None, status: int = 400, point: str = HOT, **more: Any) -> Exchange:
    return exchange("chat", error() if answer is None else answer, status=status, points=[point], **more)


def accepted(point: str = HOT, **more: Any) -> Exchange:
    return exchange("chat", chat_answer(), points=[point], **more)


def named(header: str, code: str = "BadRequest") -> Exchange:
    return refused(error(code), headers=[("x-ms-error-code", header)])


def protocol(point: str, status: int, answer: Any = None, **more: Any) -> Exchange:
    given = answer or (chat_answer() if status == 200 else error(str(status)))
    return exchange("chat", given, status=status, points=[point], origin="protocol", **more)


BOUNDARIES = [
    Example(
        "BOUNDARY-001",
        "a temperature above its maximum is refused",
        refused(),
        accepted(),
        reason="accepted",
        point=HOT,
        level="must",
    ),
    Example(
        "BOUNDARY-001",
        "a null where none is allowed should be refused",
        refused(point="user.type:null", level="should"),
        accepted("user.type:null", level="should"),
        reason="accepted",
        point="user.type:null",
        level="should",
    ),
    Example(
        "BOUNDARY-002",
        "a temperature above its maximum does not make the server fail",
        refused(),
        refused(error("500"), 500),
        reason="5xx",
        point=HOT,
    ),
    Example(
        "BOUNDARY-003",
        "a temperature at its maximum is accepted",
        accepted(AT, expect="accept"),
        refused(point=AT, expect="accept"),
        reason="refused",
        point=AT,
    ),
    Example(
        "BOUNDARY-003",
        "a request of a scenario is accepted",
        exchange("chat", chat_answer(), origin="scenario"),
        exchange("chat", error(), status=400, origin="scenario"),
        reason="refused",
    ),
    Example(
        "BOUNDARY-004",
        "a temperature at its maximum does not make the server fail",
        accepted(AT, expect="accept"),
        refused(error("500"), 500, AT, expect="accept"),
        reason="5xx",
        point=AT,
    ),
    Example(
        "BOUNDARY-005",
        "a temperature is refused as a bad request, not for want of payment",
        refused(status=422),
        refused(error("402"), 402),
        reason="status",
        point=HOT,
    ),
]

BOUNDARIES.append(
    Example(
        "BOUNDARY-005",
        "a 404 that speaks of the field has the wrong status",
        refused(),
        refused(error("404", "The temperature is too high."), 404),
        reason="status",
        point=HOT,
    )
)

OPERATIONS = [
    Example(
        "OPERATION-001",
        "the minimal request does not make the server fail",
        exchange("chat", chat_answer(), origin="base"),
        exchange("chat", error("500"), status=500, origin="base"),
        reason="5xx",
    ),
    Example(
        "OPERATION-001",
        "the minimal request is not refused",
        exchange("chat", chat_answer(), origin="base"),
        exchange("chat", error(), status=400, origin="base"),
        reason="refused",
    ),
    Example(
        "OPERATION-001",
        "where a rejection is as good as an answer, the minimal request does not make the server fail",
        exchange("chat", error(), status=400, origin="base", expect="any"),
        exchange("chat", error("500"), status=500, origin="base", expect="any"),
        reason="5xx",
    ),
]


def promised(answered: Exchange, *names: str) -> Exchange:
    """Return the exchange of a run whose capabilities file promises these."""
    return replace(answered, promised=frozenset(names))


def unsupported(field: str) -> dict[str, Any]:
    return error(
        "unsupported_value", f"Unsupported value: '{field}' is not supported with this model.", param=field
    )


HALF = {"temperature": 0.5}
AS_SCHEMA = {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": {}}}}
CAPABILITIES = [
    Example(
        "CAPABILITY-001",
        "a temperature is still supported",
        promised(exchange("chat", chat_answer(), sent=HALF), "temperature"),
        promised(exchange("chat", unsupported("temperature"), status=400, sent=HALF), "temperature"),
        reason="lost temperature",
    ),
    Example(
        "CAPABILITY-001",
        "a schema for the answer is still supported",
        promised(exchange("chat", chat_answer(content="{}"), sent=AS_SCHEMA), "response_format=json_schema"),
        promised(
            exchange("chat", unsupported("response_format"), status=400, sent=AS_SCHEMA),
            "response_format=json_schema",
        ),
        reason="lost response_format=json_schema",
    ),
]

BOUNDARIES.append(
    Example(
        "BOUNDARY-006",
        "a data source that is not there does not make the server fail",
        refused(point=SOURCE, expect="any"),
        refused(error("500"), 500, SOURCE, expect="any"),
        reason="5xx",
        level="should",
    )
)

PROTOCOL = [
    Example(rule, claim, protocol(point, good), protocol(point, bad), reason=reason, point=point)
    for rule, claim, point, good, bad, reason in [
        ("AUTH-001", "no key is 401", "authentication:none", 401, 200, "accepted"),
        ("AUTH-001", "no key is not 400", "authentication:none", 401, 400, "status"),
        ("AUTH-002", "a wrong key is 401", "authentication:wrong-key", 401, 200, "accepted"),
        ("AUTH-003", "a wrong token is 401", "authentication:wrong-bearer", 401, 500, "5xx"),
        ("AUTH-004", "a malformed token is 401", "authentication:malformed-bearer", 400, 200, "accepted"),
        ("VERSION-001", "no api-version is refused", "api-version:missing", 404, 200, "accepted"),
        ("VERSION-001", "an empty api-version is refused", "api-version:empty", 404, 200, "accepted"),
        ("VERSION-002", "an unknown api-version is refused", "api-version:unknown", 400, 200, "accepted"),
        ("DEPLOYMENT-001", "an unknown deployment is 404", "deployment:unknown", 404, 400, "status"),
        ("PATH-001", "an unknown path is 404", "path:unknown", 404, 200, "accepted"),
        ("METHOD-001", "a GET is 405 or 404", "method:get", 404, 500, "5xx"),
        ("BODY-001", "a text body is refused", "content-type:text", 415, 200, "accepted"),
        ("BODY-002", "malformed JSON is 400", "body:malformed-json", 400, 500, "5xx"),
        ("BODY-003", "an empty body is 400", "body:empty", 400, 200, "accepted"),
        ("BODY-004", "a list as body is 400", "body:not-an-object", 422, 200, "accepted"),
    ]
]
PROTOCOL.append(
    Example(
        "AUTH-005",
        "a key elsewhere is 401",
        protocol("authentication:key-in-wrong-header", 401),
        protocol("authentication:key-in-wrong-header", 400, level="may"),
        reason="status",
        point="authentication:key-in-wrong-header",
        level="may",
    )
)
PROTOCOL.append(
    Example(
        "AUTH-001",
        "no key is 401, not a 403 that speaks of the key",
        protocol("authentication:none", 401),
        protocol("authentication:none", 403, error("403", "The api-key is missing.")),
        reason="status",
        point="authentication:none",
    )
)
# The DeploymentNotFound of a 404 is a rule of its own: the status alone is judged here.
ADDRESSES = [
    Example(
        "DEPLOYMENT-002",
        "an unknown deployment is called DeploymentNotFound",
        protocol("deployment:unknown", 404, error("DeploymentNotFound")),
        protocol("deployment:unknown", 404, error("model_not_found")),
        "/error/code",
    ),
    Example(
        "METHOD-002",
        "a 405 names the methods that there are",
        protocol("method:get", 405, headers=[("Allow", "POST, OPTIONS")], method="GET"),
        protocol("method:get", 405, method="GET"),
        "header:Allow",
        "missing",
    ),
    Example(
        "METHOD-002",
        "a 405 does not allow the method that it refuses",
        protocol("method:get", 405, headers=[("allow", "post")], method="GET"),
        protocol("method:get", 405, headers=[("Allow", "GET, POST")], method="GET"),
        "header:Allow",
        "methods",
    ),
]


def filtered(results: Any, inner: str = "innererror", name: str = "content_filter_result") -> Exchange:
    details = {inner: {"code": "ResponsibleAIPolicyViolation", name: results}}
    error_body = error("content_filter", "The prompt was filtered.", param="prompt", **details)
    return exchange("chat", error_body, status=400, origin="generated", expect="any")


HATE = {"filtered": True, "severity": "high"}
ERRORS = [
    Example("ERROR-001", "an error is JSON", refused(), refused(Raw(b"no", "text/plain")), reason="not json"),
    Example("ERROR-001", "an error has a body", refused(), refused(Raw(b"")), reason="empty"),
    Example("ERROR-001", "an error is no page", refused(), refused(JUNK), reason="html"),
    Example(
        "ERROR-001",
        "an error holds an error object",
        refused(error(None, type="invalid_request_error")),
        refused({"detail": "Bad"}),
        "/error",
        "no error object",
    ),
    Example(
        "ERROR-001",
        "the 401 without an error object is lawful, another status is not",
        protocol("authentication:none", 401, {"statusCode": 401, "message": "Access token is missing."}),
        refused({"statusCode": 400, "message": "Bad"}),
        "/error",
        "no error object",
    ),
    *(
        Example(
            "ERROR-001",
            f"the 401 without an error object has {error_body}",
            protocol("authentication:none", 401, {"statusCode": 401, "message": "Access token is missing."}),
            protocol("authentication:none", 401, {"statusCode": status, "message": message}),
            "/error",
            "no error object",
        )
        for error_body, status, message in (
            ("words", 401, None),
            ("words and no number", 401, 7),
            ("the status", 403, "Access token is missing."),
        )
    ),
    Example(
        "ERROR-001",
        "an error of an unknown path should have the form too",
        protocol("path:unknown", 404, {"error": {"code": "404", "message": "Resource not found"}}),
        protocol("path:unknown", 404, Raw(b"Not Found", "text/plain")),
        reason="not json",
        level="should",
    ),
    Example(
        "ERROR-002",
        "an error has a message",
        refused(),
        refused({"error": {"code": "BadRequest"}}),
        "/error/message",
        "missing",
        as_published=True,
    ),
    Example(
        "ERROR-002", "a message has words", refused(), refused(error(message=" ")), "/error/message", "empty"
    ),
    Example(
        "ERROR-003",
        "an error has a code or a type",
        refused(error(None, type="invalid_request_error", param=None)),
        refused({"error": {"message": "Bad"}}),
        "/error/code",
        "missing",
        as_published=True,
    ),
    Example(
        "ERROR-004",
        "a JSON error is declared as JSON",
        refused(Raw(b'{"error": {"code": "a", "message": "b"}}', "application/json; charset=utf-8")),
        refused(Raw(b'{"error": {"code": "a", "message": "b"}}', "text/plain")),
        "header:Content-Type",
    ),
    Example(
        "ERROR-005",
        "a Python trace is kept back",
        refused(error(message="The file speech.wav, line 7, is wrong.")),
        refused(error(message=TRACE)),
    ),
    Example(
        "ERROR-005",
        "a JavaScript trace is kept back",
        refused(error(message="at most (2) are allowed")),
        refused(error(message="TypeError: x\n    at answer (/srv/app/index.js:10:5)")),
    ),
    Example(
        "ERROR-006",
        "param names the field at fault",
        refused(error(param="body.temperature")),
        refused(error(param="top_p")),
        "/error/param",
    ),
    Example(
        "ERROR-007",
        "a numeric code is the status",
        refused(error("400")),
        refused(error("404")),
        "/error/code",
    ),
    Example(
        "ERROR-007",
        "a repeated status is the status",
        refused(error(status=400)),
        refused(error(status=500)),
        "/error/status",
    ),
    Example(
        "ERROR-008",
        "a graded category has its severity",
        filtered({"hate": HATE, "profanity": None, "custom_blocklists": {"filtered": False}}),
        filtered({"hate": {"filtered": True}}),
        "/error/innererror/content_filter_result/hate",
        "incomplete",
        as_published=True,
    ),
    Example(
        "ERROR-008",
        "a detected category says so",
        filtered({"jailbreak": {"filtered": True, "detected": True}}),
        filtered({"hate": HATE, "jailbreak": {"detected": True}}),
        "/error/innererror/content_filter_result/jailbreak",
        "incomplete",
        as_published=True,
    ),
    Example(
        "ERROR-009",
        "the category that filtered is told",
        filtered({"hate": HATE}),
        filtered({"hate": {"filtered": False, "severity": "safe"}}),
        "/error/innererror/content_filter_result",
    ),
    Example(
        "ERROR-010",
        "a success is no error",
        exchange("chat", chat_answer(), points=[AT], expect="accept"),
        exchange("chat", error(), points=[AT], expect="accept"),
        "/error",
        also=frozenset({"SCHEMA-001"}),
    ),
    Example(
        "ERROR-011",
        "the header has the code of the body",
        named("badrequest"),
        named("Throttled"),
        "header:x-ms-error-code",
    ),
]
EXAMPLES = [*BOUNDARIES, *OPERATIONS, *CAPABILITIES, *PROTOCOL, *ADDRESSES, *ERRORS]
