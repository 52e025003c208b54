"""Symptoms of load, of a wrong address, and of responses that are not those of the API."""

from __future__ import annotations

from aoai_conformance.doctor.symptoms.symptom import Symptom, failure, has_status, says

_IS_UNKNOWN_MODEL = says(r"model.{0,80}(does not exist|not found)|invalid model name", 400, 404)
_QUOTA = r"insufficient_quota|quota.{0,20}exceeded|exceeded your current quota"
_IS_OUT_OF_QUOTA = says(_QUOTA)
_FAILED_FOR_QUOTA = failure(_QUOTA)
_STILL_BUSY = failure(r"^still 429")
#: The first row that matches counts.
BUSY: tuple[Symptom, ...] = (
    Symptom(
        "quota",
        lambda evidence: _IS_OUT_OF_QUOTA(evidence) or _FAILED_FOR_QUOTA(evidence),
        "The quota of the resource is used up.",
        "Raise the quota, or wait until it is renewed.",
    ),
    Symptom(
        "throttled",
        lambda evidence: evidence.status == 429 or _STILL_BUSY(evidence),
        "The rate limit of {deployment} is reached.",
        "Wait a minute and try again; a higher limit is set with the deployment.",
    ),
    Symptom(
        "overloaded",
        failure(r"^still 503"),
        "{host} is overloaded or being restarted (status 503).",
        "Wait a minute and try again.",
    ),
)
ADDRESS: tuple[Symptom, ...] = (
    Symptom(
        "redirect",
        lambda evidence: 300 <= evidence.status < 400,
        "The server redirects to {location}.",
        "Use the final address as the URL of the target, since redirects are not followed. "
        "If it is a login, give programs access without one.",
    ),
    Symptom(
        "plain-http",
        says(r"plain http request|http request to an https server", 400),
        "The port expects TLS.",
        "Use https:// in the URL.",
    ),
    Symptom(
        "deployment-missing",
        says(r"DeploymentNotFound|api deployment for this resource does not exist", 404),
        "The deployment {deployment} does not exist in this resource.",
        "Correct its name (that of the deployment, not of the model), or wait five minutes if it is new.",
    ),
    Symptom(
        "deployment-missing",
        lambda evidence: bool(evidence.deployment) and _IS_UNKNOWN_MODEL(evidence),
        "The server has no model for {deployment}.",
        "Correct the name of the deployment; many servers list theirs at /v1/models.",
    ),
    Symptom(
        "wrong-model",
        says(r"OperationNotSupported|does not work with the specified model"),
        "The model of {deployment} does not support {operation}.",
        "Name a deployment whose model is made for this kind of operation.",
    ),
    Symptom(
        "api-version",
        says(r"api.version.{0,40}(not supported|unsupported|invalid)|unsupported api.version"),
        "The api-version {api_version} is not supported.",
        "Choose one that responds with --api-version.",
    ),
    Symptom(
        "path",
        says(r"\A(404 )?resource not found", 404),
        "The service knows no {operation} at api-version {api_version}.",
        "Choose an api-version that responds with --api-version, and check the path of the URL.",
    ),
    Symptom(
        "not-found",
        has_status(404, 405),
        "The server has no {operation} at this address.",
        "Check the path of the URL, --surface and --target-layout.",
    ),
)

REST: tuple[Symptom, ...] = (
    Symptom(
        "gateway",
        has_status(502, 504),
        "A gateway in front of the server could not reach it (status {status}).",
        "Check that the server behind the gateway is running.",
    ),
    Symptom(
        "server-error",
        lambda evidence: evidence.status >= 500,
        "The server failed with status {status}.",
        "See the log of the server; the quotation is its response.",
    ),
    Symptom(
        "rejected",
        lambda evidence: evidence.status >= 400,
        "The smallest valid request for {operation} was rejected with status {status}.",
        "The quotation says what the server requires; `aoai-conformance run` reports it in full.",
    ),
    Symptom(
        "timeout",
        lambda evidence: evidence.is_out_of_time,
        "{host} began a response and did not finish it in time.",
        "Check the load of the server, or raise --timeout.",
    ),
    Symptom(
        "incomplete",
        lambda evidence: evidence.exchange.response is not None and not evidence.exchange.response.complete,
        "A response of {host} ended early.",
        "Check the log of the server, and what a gateway on the way limits.",
    ),
    Symptom(
        "empty",
        lambda evidence: evidence.response is not None and not evidence.response.body.strip(),
        "{host} responds with status {status} and an empty body.",
        "Check the URL: this server does not implement the API there.",
    ),
    Symptom(
        "error-with-success",
        lambda evidence: evidence.reports_error,
        "{host} reports an error, but with status {status}.",
        "See the log of the server; the quotation is its response.",
    ),
    Symptom(
        "other-json",
        lambda evidence: evidence.response is not None and evidence.response.is_json,
        "{host} responds with status {status}, but its JSON is not that of {operation}.",
        "Check the URL, --surface and --target-layout: this server does not implement the API there.",
    ),
    Symptom(
        "no-json",
        lambda _: True,
        "{host} responds with status {status}, but not with JSON.",
        "Check the URL: this server does not implement the API there.",
    ),
)
