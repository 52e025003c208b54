"""Faults of the gateway: credentials, api-version, deployment, path, media types, headers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from aoai_emulator.checks.refusals import Refusal, internal_error, too_many_requests
from aoai_emulator.faults.registry import acceptance_fault, answer_fault, reply_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest

#: Its refusals name the error in a header, too.
HEADER_DOCUMENT = "ai-model-inference@2025-04-01"
WITH_ERROR_HEADER = frozenset({"chat", "embeddings", "image-embeddings"})
#: Two descriptions of it differ on whether what is stored needs an api-version.
WITH_STORED_THINGS = "azure-openai@2025-01-01-preview"


@acceptance_fault("wrong-key-accepted", check="authentication")
def accept_wrong_key(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """Any api-key is accepted, even a wrong one."""
    return () if "api-key" in request.headers else found


@acceptance_fault("wrong-token-accepted", check="authentication")
def accept_wrong_token(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """Any Authorization header is accepted, even one without a usable token."""
    return () if "authorization" in request.headers else found


@acceptance_fault("no-credential-accepted", check="authentication")
def accept_no_credential(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A request that brings no credential at all is accepted."""
    return found if {"api-key", "authorization"} & request.headers.keys() else ()


@acceptance_fault("wrong-key-forbidden", check="authentication")
def forbid_wrong_key(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A wrong credential is answered with 403 instead of 401."""
    del request
    return (replace(refusal, status=403, code="403", form="gateway") for refusal in found)


@acceptance_fault("unknown-api-version-accepted", check="api-version")
def accept_unknown_version(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An api-version that does not exist is accepted."""
    return () if request.matches and "api-version" in request.query else found


@acceptance_fault("missing-api-version-accepted", check="api-version")
def accept_missing_version(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A request without an api-version is accepted."""
    return () if request.matches and "api-version" not in request.query else found


@acceptance_fault("missing-api-version-breaks-server", check="api-version", document=WITH_STORED_THINGS)
def break_on_missing_version(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A request without an api-version is answered with 500."""
    if request.matches and "api-version" not in request.query:
        yield internal_error()
    yield from found


@acceptance_fault("unknown-deployment-answered", check="deployment")
def answer_unknown_deployment(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A deployment that does not exist answers all the same."""
    del request
    return (refusal for refusal in found if refusal.code != "DeploymentNotFound")


@acceptance_fault("unknown-deployment-code", check="deployment")
def blur_unknown_deployment(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An unknown deployment is answered with another error code than DeploymentNotFound."""
    del request
    return (replace(refusal, code="NotFound", message="Not found.") for refusal in found)


@reply_fault("text-body-accepted")
def accept_text(reply: Reply, request: IncomingRequest) -> None:
    """A body of a media type that no operation takes is answered with 200 and an empty object."""
    del request
    if reply.status == 415:
        reply.status, reply.body = 200, b"{}"


@acceptance_fault("malformed-body-breaks-server", check="body")
def break_on_malformed_body(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A body that cannot be read is answered with 500."""
    del request
    return (replace(refusal, status=500, code="InternalServerError") for refusal in found)


@reply_fault("malformed-body-accepted")
def accept_malformed_body(reply: Reply, request: IncomingRequest) -> None:
    """A body that cannot be read is answered with 200 and an empty object."""
    if reply.status == 400 and request.operation is not None and request.body is None:
        reply.status, reply.body = 200, b"{}"


@reply_fault("unknown-path-found")
def find_unknown_path(reply: Reply, request: IncomingRequest) -> None:
    """A path that does not exist is answered with 200."""
    if reply.status == 404 and not request.matches:
        reply.status, reply.body = 200, b"{}"


@reply_fault("get-answered")
def answer_get(reply: Reply, request: IncomingRequest) -> None:
    """A GET of an operation that only knows POST is answered with 200."""
    del request
    if reply.status == 405:
        reply.status, reply.body = 200, b"{}"
        reply.headers.pop("allow", None)


@dataclass(slots=True)
class _Crowd:
    """How many requests came so far."""

    asked: int = 0


def _throttled(request: IncomingRequest, headers: Mapping[str, str]) -> Iterator[Refusal]:
    """One request in 25 is one too many, the first of all among them; sent again it is welcome."""
    crowd = request.memory.store(_Crowd)
    crowd.asked += 1
    if crowd.asked % 25 == 1:
        yield replace(too_many_requests(1), headers=headers)


@acceptance_fault("busy-without-delay", check="deployment")
def keep_delay_to_itself(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A server that is asked too often does not say when to come back."""
    yield from _throttled(request, {})
    yield from found


@acceptance_fault("busy-with-delay-in-words", check="deployment")
def tell_delay_in_words(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A server that is asked too often says in words when to come back."""
    yield from _throttled(request, {"retry-after": "in a while"})
    yield from found


@reply_fault("request-id-missing")
def drop_request_id(reply: Reply, request: IncomingRequest) -> None:
    """No reply carries an apim-request-id."""
    del request
    reply.headers.pop("apim-request-id", None)


@reply_fault("error-code-of-another", operations=WITH_ERROR_HEADER, document=HEADER_DOCUMENT)
def tell_another_error(reply: Reply, request: IncomingRequest) -> None:
    """The header x-ms-error-code names another error than the body."""
    del request
    if "x-ms-error-code" in reply.headers:
        reply.headers["x-ms-error-code"] = "NoSuchError"


@reply_fault("json-as-html")
def mislabel_json(reply: Reply, request: IncomingRequest) -> None:
    """Successful JSON is labelled text/html."""
    del request
    if reply.status == 200 and reply.headers.get("content-type") == "application/json":
        reply.headers["content-type"] = "text/html; charset=utf-8"


@reply_fault("json-cut-off")
def cut_json(reply: Reply, request: IncomingRequest) -> None:
    """Successful JSON ends before its closing brace."""
    del request
    is_json = reply.headers.get("content-type", "").startswith("application/json")
    if reply.status == 200 and is_json and isinstance(reply.body, bytes):
        reply.body = reply.body[:-1]


@reply_fault("json-broken-off")
def break_off_json(reply: Reply, request: IncomingRequest) -> None:
    """The connection ends before successful JSON has come whole."""
    del request
    is_json = reply.headers.get("content-type", "").startswith("application/json")
    if reply.status == 200 and is_json and isinstance(reply.body, bytes):
        reply.headers["content-length"] = str(len(reply.body) + 1)
        reply.headers["connection"] = "close"


@reply_fault("json-member-twice")
def repeat_member(reply: Reply, request: IncomingRequest) -> None:
    """The first member of successful JSON comes twice, with another value the first time."""
    del request
    if reply.status == 200 and isinstance(reply.body, bytes) and reply.body.startswith(b'{"'):
        name = reply.body.partition(b'":')[0]
        reply.body = name + b'":"at first",' + reply.body[1:]


@reply_fault("allow-missing")
def drop_allow(reply: Reply, request: IncomingRequest) -> None:
    """A method that there is not is refused without naming those that there are."""
    del request
    reply.headers.pop("allow", None)


@reply_fault("success-as-201")
def created_instead_of_ok(reply: Reply, request: IncomingRequest) -> None:
    """Success is told with status 201, which no operation declares."""
    del request
    if reply.status == 200:
        reply.status = 201


@answer_fault("undeclared-field")
def add_undeclared_field(body: JsonObject, request: AcceptedRequest) -> None:
    """Every JSON answer has a field that the document does not declare."""
    del request
    body["served_by"] = "emulator"
