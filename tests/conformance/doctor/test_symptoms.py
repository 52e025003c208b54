"""Which symptom a failure or a response has."""

# ruff: noqa: E501 - the texts of servers

from __future__ import annotations

import json
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
from by_case import case

from aoai_conformance.doctor.evidence import Evidence, Setting
from aoai_conformance.doctor.report import problems_in
from aoai_conformance.doctor.symptoms.table import FAILURES, OBSERVATIONS, diagnose
from aoai_conformance.exchange import Exchange
from aoai_conformance.target.connection_trouble import explain_connection
from aoai_model.exchange import FailureKind, Headers, Request, Response, TransportFailure, WireDefect
from claims import for_each

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
AZURE = Setting(root="https://contoso.openai.azure.com", key_variable="AZURE_OPENAI_API_KEY")
ENTRA = Setting(root=AZURE.root, auth="entra")
PROXIED = Setting(root=AZURE.root, key_variable="K", proxy="proxy.example:3128")
REQUEST = Request("POST", AZURE.root, (), b"")
INVALID_KEY = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for "
    "an active subscription and use a correct regional API endpoint for your resource."
)
NO_TOKEN = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect "
    "(https://cognitiveservices.azure.com), or have expired."
)
NO_DEPLOYMENT = (
    "The API deployment for this resource does not exist. If you created the deployment within the last"
)
CHAT = {"object": "chat.completion", "choices": []}
LOGIN = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>"


def failed(message: str, kind: FailureKind = "connect", setting: Setting = AZURE) -> Evidence:
    exchange = Exchange(case(origin="base"), REQUEST, None, TransportFailure(kind, message))
    return Evidence(setting, exchange, NOW, "2024-10-21", "chat=gpt-4o")


def broken(error: Exception, setting: Setting = AZURE, *, cause: Exception | None = None) -> Evidence:
    """The evidence of an error of the connection, with the message that the client gives it."""
    error.__cause__ = cause
    message = explain_connection(error, setting.host, setting.proxy)
    assert message is not None
    return failed(message, setting=setting)


def refused_by_proxy(status: str) -> Evidence:
    return broken(httpx.ProxyError(status), PROXIED)


def untrusted(code: int, words: str) -> Evidence:
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = code, words
    return broken(error)


def with_reason(reason: str) -> ssl.SSLError:
    error = ssl.SSLError()
    error.reason = reason
    return error


def answered(
    status: int,
    body: Any = None,
    setting: Setting = AZURE,
    media_type: str = "application/json",
    headers: Headers = (),
    *,
    complete: bool = True,
    defects: tuple[WireDefect, ...] = (),
) -> Evidence:
    content = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
    response = Response(
        status, (("content-type", media_type), *headers), content, complete=complete, defects=defects
    )
    return Evidence(
        setting, Exchange(case(origin="base"), REQUEST, response), NOW, "2024-10-21", "chat=gpt-4o"
    )


def error(status: int, code: str | None, message: str, setting: Setting = AZURE) -> Evidence:
    return answered(status, {"error": {"code": code, "message": message}}, setting)


def throttled() -> Evidence:
    response = Response(429, (), b'{"error": {"code": "429", "message": "exceeded call rate limit"}}')
    failure = TransportFailure("throttled", "Still 429 after 1 attempt.")
    exchange = Exchange(case(origin="base"), REQUEST, None, failure, throttled=response)
    return Evidence(AZURE, exchange, NOW, "2024-10-21", "chat=gpt-4o")


#: Failures and responses as they were seen, each with its symptom.
EXAMPLES: list[tuple[str, Evidence]] = [
    ("dns", failed("Cannot connect to x: [Errno -2] Name or service not known.")),
    ("dns", failed("Cannot connect to x: [Errno -3] Temporary failure in name resolution.")),
    ("dns", failed("Cannot connect to x: [Errno 8] nodename nor servname provided, or not known.")),
    ("dns", failed("Cannot connect to x: [Errno 11001] getaddrinfo failed.")),
    ("proxy-authentication", refused_by_proxy("407 Proxy Authentication Required")),
    ("proxy-authentication", answered(407, "<html>", PROXIED, "text/html")),
    ("proxy-refused", refused_by_proxy("403 Forbidden")),
    ("proxy-unreachable", broken(httpx.ConnectError("All connection attempts failed"), PROXIED)),
    ("proxy-unreachable", broken(httpx.ConnectError("[Errno -2] Name or service not known"), PROXIED)),
    ("tls-name", untrusted(62, "Hostname mismatch, certificate is not valid for 'x'.")),
    ("tls-expired", untrusted(10, "certificate has expired")),
    ("tls-untrusted", untrusted(18, "self-signed certificate")),
    ("tls-untrusted", untrusted(20, "unable to get local issuer certificate")),
    ("tls-client-certificate", broken(with_reason("TLSV13_ALERT_CERTIFICATE_REQUIRED"))),
    ("tls-client-certificate", broken(httpx.ConnectError("x"), cause=ssl.SSLEOFError())),
    ("tls-plain", broken(with_reason("WRONG_VERSION_NUMBER"))),
    ("tls-plain", broken(with_reason("RECORD_LAYER_FAILURE"))),
    ("tls", failed("The TLS connection to x failed: UNSUPPORTED_PROTOCOL.")),
    ("refused", failed("Cannot connect to x: All connection attempts failed.")),
    ("refused", failed("No response from http://127.0.0.1:9: ([Errno 111] Connection refused)")),
    ("connect-timeout", failed("Connecting to x timed out.")),
    ("connect-timeout", failed("Cannot connect to x: [Errno 113] No route to host.")),
    ("closed", failed("Server disconnected without sending a response.", "protocol")),
    ("closed", failed("ReadError: ", "protocol")),
    ("timeout", failed("No complete response within 60 s.", "timeout")),
    ("overloaded", failed("Still 503 after 1 attempt.", "unavailable")),
    ("no-response", failed("The head of the response is longer than 65536 bytes.", "harness")),
    ("key-disabled", error(403, "AuthenticationTypeDisabled", "Key based authentication is disabled for this resource.")),
    ("private-endpoint", error(403, "403", "Public access is disabled. Please configure private endpoint.")),
    ("firewall", error(403, "403", "Access denied due to Virtual Network/Firewall rules.")),
    ("network-endpoint", answered(403, {"code": "403", "message": "A Virtual Network is configured for this resource. Please use the correct endpoint for making requests."})),
    ("role", error(401, "PermissionDenied", "The principal `x` lacks the required data action `y`.")),
    ("tenant", error(400, "Tenant", "Token tenant a does not match resource tenant.")),
    ("subscription-key-missing", answered(401, {"statusCode": 401, "message": "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."})),
    ("subscription-key", answered(401, {"statusCode": 401, "message": "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."})),
    ("wrong-key", error(401, "401", INVALID_KEY)),
    ("wrong-key", error(401, "Unauthorized", INVALID_KEY)),
    ("no-token", answered(401, {"statusCode": 401, "message": NO_TOKEN}, ENTRA)),
    ("key-not-received", answered(401, {"statusCode": 401, "message": NO_TOKEN})),
    ("rejected-key", error(401, "invalid_api_key", "Incorrect API key provided: ***.")),
    ("forbidden", answered(403)),
    ("login-page", answered(200, LOGIN, media_type="text/html")),
    ("login-page", answered(403, LOGIN, media_type="text/html; charset=utf-8")),
    ("redirect", answered(302, headers=(("location", "https://login.example/a?state=s"),))),
    ("plain-http", answered(400, "<html><title>400 The plain HTTP request was sent to HTTPS port</title>", media_type="text/html")),
    ("plain-http", answered(400, "Client sent an HTTP request to an HTTPS server.", media_type="text/plain")),
    ("deployment-missing", error(404, "DeploymentNotFound", NO_DEPLOYMENT)),
    ("deployment-missing", error(404, "model_not_found", "The model `gpt-4o` does not exist or you do not have access to it.")),
    ("deployment-missing", error(400, "400", "Invalid model name passed in model=mock. Call `/v1/models` to view available models.")),
    ("wrong-model", error(400, "OperationNotSupported", "The chatCompletion operation does not work with the specified model, ada.")),
    ("api-version", error(400, "BadRequest", "API version not supported")),
    ("path", error(404, "404", "Resource not found")),
    ("not-found", answered(404, {"detail": "Not Found"})),
    ("not-found", answered(405)),
    ("quota", error(403, "insufficient_quota", "You exceeded your current quota.")),
    ("quota", failed("Still 429 after 1 attempt: insufficient_quota You exceeded your current quota.", "throttled")),
    ("throttled", failed("Still 429 after 1 attempt.", "throttled")),
    ("throttled", throttled()),
    ("gateway", answered(502, "<html>Bad Gateway</html>", media_type="text/html")),
    ("server-error", answered(500, {"error": "x"})),
    ("rejected", error(422, None, "Field required")),
    ("incomplete", answered(200, '{"a": ', complete=False)),
    ("empty", answered(200)),
    ("no-json", answered(200, "hello", media_type="text/plain")),
    ("no-json", answered(200, "[1", media_type="application/json")),
    ("timeout", answered(200, " ", complete=False, defects=(WireDefect("timeout", "The response did not end within 3 s."),))),
    ("error-with-success", error(200, "overloaded", "The model is overloaded.")),
    ("error-with-success", answered(200, {"error": "no such route"})),
    ("quota", error(200, "insufficient_quota", "You exceeded your current quota.")),
    ("other-json", answered(200, {})),
    ("other-json", answered(200, {"status": "ok"})),
    ("other-json", answered(200, {"object": "chat.completion", "choices": None})),
    ("other-json", answered(200, [])),
    ("other-json", answered(200, "null")),
    ("clock", answered(200, CHAT, headers=(("date", format_datetime(NOW + timedelta(hours=1))),))),
    ("unencrypted", answered(200, CHAT, Setting(root="http://gateway.example"))),
]  # fmt: skip


@for_each(EXAMPLES, group=lambda _: "examples", name=lambda example: example[0])
def test_recognises(example: tuple[str, Evidence]) -> None:
    symptom, evidence = example
    assert [each.id for each in diagnose(evidence)] == [symptom]


def test_every_symptom_has_an_example() -> None:
    known = {each.id for each in (*FAILURES, *OBSERVATIONS)}
    assert known - {symptom for symptom, _ in EXAMPLES} == {"unsent"}


def test_every_sentence_and_remedy_can_be_completed() -> None:
    for _, evidence in EXAMPLES:
        for problem in problems_in([evidence]):
            for text in (problem.sentence, problem.remedy):
                assert "{" not in text.replace("${", "")
                assert text.endswith(".")
                assert "  " not in text


def test_a_correct_response_has_no_symptom() -> None:
    on_time = (("date", format_datetime(NOW + timedelta(seconds=20))),)
    assert list(diagnose(answered(200, CHAT, headers=on_time))) == []
    assert list(diagnose(answered(200, CHAT, headers=(("date", "yesterday"),)))) == []


def test_the_problem_names_what_it_is_about() -> None:
    (wrong,) = problems_in([error(401, "401", INVALID_KEY), error(401, "401", INVALID_KEY)])
    assert wrong.sentence.startswith(
        "The key in AZURE_OPENAI_API_KEY is wrong, or belongs to another resource"
    )
    assert wrong.operations == ("ChatCompletions_Create",)
    assert wrong.quote == f"401 {INVALID_KEY}"
    (missing,) = problems_in([error(404, "DeploymentNotFound", NO_DEPLOYMENT)])
    assert missing.sentence == "The deployment chat=gpt-4o does not exist in this resource."
    (clock,) = problems_in([dict(EXAMPLES)["clock"]])
    assert (
        clock.sentence == "The clock of this machine is 60 minutes behind that of contoso.openai.azure.com."
    )
    (redirect,) = problems_in([dict(EXAMPLES)["redirect"]])
    assert redirect.sentence == "The server redirects to https://login.example/a."
    (redirect,) = problems_in([answered(302, headers=(("location", "/a#id_token=t"),))])
    assert redirect.sentence == "The server redirects to /a."
    (late,) = [each for name, each in EXAMPLES if name == "timeout" and each.status]
    assert late.quote == "200 The response did not end within 3 s."
    (problem,) = problems_in([answered(401, {"title": "Unauthorized", "type": "about:blank"})])
    assert problem.quote == "401 Unauthorized"


def test_what_was_not_sent_is_no_problem() -> None:
    unsent = TransportFailure("budget", "Not sent: --max-requests is used up.")
    exchange = Exchange(case(origin="base"), REQUEST, None, unsent, attempts=0)
    assert problems_in([Evidence(AZURE, exchange, NOW)]) == ()
