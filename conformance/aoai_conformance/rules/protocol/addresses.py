"""The address of a request: the api-version, the deployment, the path and the method."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.judging.error_responses import ErrorReply
from aoai_conformance.judging.protocol_responses import collect_points, require_rejection
from aoai_conformance.observation import examined
from aoai_conformance.rule import EVERY, rule
from aoai_conformance.views.exchange_views import Reply
from aoai_model.case import Point
from aoai_model.verdict import Violation

_CHAT = "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1chat~1completions/post"
_NOT_FOUND = "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.5"
_NOT_ALLOWED = "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6"
_VERSION_NOTE = (
    "The service gives 404 (https://github.com/MicrosoftDocs/azure-docs/issues/114602); "
    "its newer endpoints give 400 (https://github.com/hotovo/aider-desk/issues/460)."
)
_NO_DEPLOYMENT = "https://github.com/chatboxai/chatbox/issues/646"


class UnknownDeploymentError(ErrorReply):
    """The 404 for a deployment that does not exist."""

    def applies(self) -> bool:
        """Whether the request names an unknown deployment and the status is 404."""
        return "deployment:unknown" in self.point_ids and self.status == 404


def _is_method_not_allowed(reply: Reply) -> bool:
    """Whether the status is 405."""
    return reply.status == 405


@rule(
    "VERSION-001",
    must="reject a request without api-version",
    clause=f"{_CHAT}/parameters/1/required",
    operations=EVERY,
    evidence=collect_points("api-version:missing", "api-version:empty"),
    note=_VERSION_NOTE,
    decides=True,
)
def rejects_a_missing_version(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """The parameter is required."""
    yield from require_rejection(reply, points, {400, 404, 422}, "A request without api-version")


@rule(
    "VERSION-002",
    must="reject a request for an api-version that does not exist",
    clause=f"{_CHAT}/parameters/1",
    operations=EVERY,
    evidence=collect_points("api-version:unknown"),
    note=_VERSION_NOTE,
    decides=True,
)
def rejects_an_unknown_version(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """A response in the format of another version would be misread."""
    yield from require_rejection(reply, points, {400, 404, 422}, "A request for an unknown api-version")


@rule(
    "DEPLOYMENT-001",
    must="reject a request for an unknown deployment with 404",
    clause=f"{_CHAT}/parameters/0",
    operations=EVERY,
    evidence=collect_points("deployment:unknown"),
    note=f"{_NO_DEPLOYMENT}; {_NOT_FOUND}.",
    decides=True,
)
def rejects_an_unknown_deployment(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """The deployment is a part of the path."""
    yield from require_rejection(reply, points, {404}, "A request for an unknown deployment")


@rule(
    "DEPLOYMENT-002",
    may="return the code DeploymentNotFound for an unknown deployment",
    clause=_NO_DEPLOYMENT,
    operations=EVERY,
    note="The document lists no codes, so this is only a SHOULD; the service returns this code.",
)
def returns_deployment_not_found(refusal: UnknownDeploymentError) -> Iterator[Violation]:
    """Clients distinguish a wrong deployment from a wrong path by this code."""
    if refusal.code is not None and refusal.code != "DeploymentNotFound":
        yield refusal.violates(
            f"{refusal.at}/code",
            "The error code for an unknown deployment is not DeploymentNotFound.",
            expected="DeploymentNotFound",
            actual=refusal.error.get("code"),
        )


@rule(
    "PATH-001",
    must="reject a request for an unknown path with 404",
    clause=_NOT_FOUND,
    operations=EVERY,
    evidence=collect_points("path:unknown"),
    decides=True,
)
def rejects_an_unknown_path(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """There is no operation there."""
    yield from require_rejection(reply, points, {404}, "A request for an unknown path")


@rule(
    "METHOD-001",
    must="reject a method that the path does not support with 405 or 404",
    clause=_NOT_ALLOWED,
    operations=EVERY,
    evidence=collect_points("method:get", "method:other"),
    decides=True,
)
def rejects_unsupported_methods(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """The path only supports the methods that the document declares."""
    yield from require_rejection(
        reply, points, {404, 405}, "A request with a method that the path does not support"
    )


@rule(
    "METHOD-002",
    should="list the supported methods in the Allow header of a 405",
    clause=_NOT_ALLOWED,
    operations=EVERY,
    when=_is_method_not_allowed,
    evidence=collect_points("method:get", "method:other"),
)
def lists_supported_methods(reply: Reply, _: tuple[Point, ...]) -> Iterator[Violation]:
    """RFC 9110 requires the header; it lists the operation's method and not the rejected one."""
    # a list may be split over several headers with one name
    allowed = ", ".join(value for name, value in reply.response.headers if name.lower() == "allow") or None
    declared = reply.operation.method.upper()
    if allowed is None:
        yield Violation("header:Allow", "A 405 has no Allow header.", declared, None, "missing")
        return
    examined()
    methods = {method.strip().upper() for method in allowed.split(",")}
    refused = reply.case.request.method.upper()
    if declared not in methods or refused in methods:
        yield Violation(
            "header:Allow",
            "The Allow header does not match the methods of the operation.",
            declared,
            allowed,
            "methods",
        )
