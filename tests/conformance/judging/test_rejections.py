"""The causes of rejections, for error bodies of the real service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from by_case import (
    ELDER,
    INFERENCE,
    NAME,
    PREVIEW,
    answered,
    case,
    error,
    failed,
    operation,
    point,
    unsupported,
)

from aoai_conformance.judging import rejections
from aoai_conformance.judging.rejections import (
    Cause,
    error_message,
    find_rejection,
    is_out_of_quota,
    names_another_field,
    require_about_content,
    signals,
)
from aoai_conformance.rule import Inconclusive
from aoai_conformance.views.exchange_views import Reply
from aoai_specs.errors import ConformanceError
from aoai_strategies.points.prose import BEYOND_CONTEXT
from claims import for_each


@dataclass(frozen=True)
class Seen:
    """An observed rejection and its meaning; `cause` is None if it is about the content."""

    told: str
    status: int
    body: Any
    cause: Cause | None
    subjects: tuple[str, ...] = ()
    kind: str = "chat"
    expect: Any = "accept"
    points: tuple[str, ...] = ()
    name: str = NAME
    sent: dict[str, Any] = field(default_factory=dict)


_FILTERED = error(
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    "content_filter",
    param="prompt",
    type=None,
)
_INNER = error("Filtered.", "BadRequest", innererror={"code": "ResponsibleAIPolicyViolation"})
_MAX = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. "
    "Use 'max_completion_tokens' instead."
)
_CONTEXT = "This model's maximum context length is 128000 tokens. However, you requested 200016 tokens."
_NO_OPERATION = "The chatCompletion operation does not work with the specified model, text-embedding-3-small."
_LEGACY = "logprobs, best_of and echo parameters are not available on gpt-35-turbo model."

SEEN = [
    Seen("a wrong key", 401, error("Access denied due to invalid subscription key.", "401"), "access"),
    Seen("a wrong token", 401, {"statusCode": 401, "message": "Unauthorized. Token expired."}, "access"),
    Seen("a firewall", 403, error("Access denied due to Virtual Network/Firewall rules.", "403"), "access"),
    Seen(
        "no such deployment",
        404,
        error("The API deployment for this resource does not exist.", "DeploymentNotFound"),
        "not found",
        ("DeploymentNotFound",),
    ),
    Seen("no such path", 404, error("Resource not found", "404"), "not found"),
    Seen("too many requests", 429, error("Requests have exceeded call rate limit.", "429"), "throttled"),
    Seen("too early", 425, b"", "throttled"),
    Seen("a gateway that waits no longer", 408, b"", "time-out"),
    Seen("a page of a gateway", 502, b"<html>Bad Gateway</html>", "gateway"),
    Seen("an overloaded gateway", 503, b"", "gateway"),
    Seen("a gateway's time-out", 504, b"", "gateway"),
    Seen("a failure of the server", 500, error("Internal server error", "500"), None),
    Seen(
        "a quota that is used up",
        429,
        error("You exceeded your current quota.", "insufficient_quota"),
        "quota",
    ),
    Seen("500 files", 400, error("Number of files exceeded.", "quotaExceeded"), "quota"),
    Seen("a quota in words", 400, error("Out of call volume quota.", None), "quota"),
    Seen("a filtered prompt", 400, _FILTERED, "content filter", ("prompt",)),
    Seen("a filtered prompt by its inner error", 400, _INNER, "content filter"),
    Seen("a filtered picture", 400, error("Blocked.", "content_policy_violation"), "content filter"),
    Seen(
        "a filter also explains where a rejection is wanted",
        400,
        _FILTERED,
        "content filter",
        ("prompt",),
        expect="reject",
    ),
    Seen(
        "a context that is too long",
        400,
        error(_CONTEXT, "context_length_exceeded", param="messages"),
        "model limit",
        ("messages",),
    ),
    Seen(
        "a context that is too long, in words alone",
        400,
        error("This model's maximum context length is 8192 tokens.", None),
        "model limit",
    ),
    Seen(
        "a limit on the answer that is too small for reasoning",
        400,
        error("Could not finish the message because max_tokens or model output limit was reached.", None),
        "model limit",
        ("max_tokens",),
    ),
    Seen(
        "a limit on the answer that is too large",
        400,
        error("max_tokens is too large: 999999. This model supports at most 4096 completion tokens.", None),
        "model limit",
        ("max_tokens",),
    ),
    Seen(
        "17 inputs for an old model",
        400,
        error("Too many inputs. The max number of inputs is 16.", None, param=None),
        "model limit",
        ("input",),
        kind="embeddings",
    ),
    Seen(
        "the same words are no limit of a chat",
        400,
        error("Too many inputs. The max number of inputs is 16."),
        None,
    ),
    Seen(
        "max_tokens of a reasoning model",
        400,
        error(_MAX, "unsupported_parameter", param="max_tokens"),
        "capability",
        ("max_tokens",),
    ),
    Seen(
        "a temperature of a reasoning model", 400, unsupported("temperature"), "capability", ("temperature",)
    ),
    Seen(
        "a value that is not supported, without a word of the model",
        400,
        error("Unsupported value.", "unsupported_value", param="temperature"),
        "capability",
        ("temperature",),
    ),
    Seen(
        "the same where a rejection is wanted is about the request",
        400,
        error("Unsupported value.", "unsupported_value", param="temperature"),
        None,
        expect="reject",
    ),
    Seen(
        "where a rejection is wanted, the word model tells",
        400,
        unsupported("temperature"),
        "capability",
        ("temperature",),
        expect="reject",
    ),
    Seen(
        "max_completion_tokens of an older deployment",
        400,
        error("Unrecognized request argument supplied: max_completion_tokens", None),
        "capability",
        ("max_completion_tokens",),
        name=PREVIEW,
    ),
    Seen(
        "a field that the document does not have is no capability",
        400,
        error("Unrecognized request argument supplied: max_completion_tokens", None),
        None,
        name=ELDER,
    ),
    Seen(
        "a field that nobody has is about the request",
        400,
        error("Unrecognized request argument supplied: no_such_field", None),
        None,
        expect="reject",
    ),
    Seen(
        "an operation that the model does not have",
        400,
        error(_NO_OPERATION, "OperationNotSupported"),
        "capability",
    ),
    Seen("the same in words alone", 400, error(_NO_OPERATION), "capability"),
    Seen("an unsupported model", 400, error("No such thing.", "unsupported_model"), "capability"),
    Seen(
        "pictures for a model of texts",
        400,
        error("Invalid content type. image_url is only supported by certain models."),
        "capability",
        ("image_url",),
    ),
    Seen(
        "a part of a message by its path",
        400,
        error("Not supported by this model.", None, param="messages.[0].content.[0].image_url"),
        "capability",
        ("messages", "content", "image_url"),
    ),
    Seen(
        "log probabilities of a legacy model",
        400,
        error(_LEGACY, None),
        "capability",
        ("logprobs", "best_of", "echo"),
        kind="completions",
    ),
    Seen(
        "dimensions of an old embedding model",
        400,
        error("This model does not support specifying dimensions.", None),
        "capability",
        ("dimensions",),
        kind="embeddings",
    ),
    Seen(
        "what a model of another maker does not take",
        422,
        {"status": 422, "code": "parameter_not_supported", "message": "The model does not take top_k."},
        "capability",
        kind="chat",
        name=INFERENCE,
    ),
    Seen("what the model does not allow", 400, error("The model does not allow tools here."), "capability"),
    Seen("a deployment that cannot", 400, error("Tools are not supported by this deployment."), "capability"),
    Seen("a word on another subject", 400, error("The model is fine. Tools do not support this."), None),
    Seen(
        "a picture that cannot be fetched",
        400,
        error("The provided image url is not accessible."),
        "resource",
    ),
    Seen(
        "a picture that comes too late", 400, error("Timeout while downloading https://x/y.png."), "resource"
    ),
    Seen(
        "a data source that is not there",
        400,
        {"error": {"requestid": "1", "code": 400, "message": "Validation error at #/data_sources/0: no."}},
        "resource",
    ),
    Seen(
        "another field on your data is about the request",
        400,
        {"error": {"requestid": "1", "code": 400, "message": "Validation error at #/stop: no."}},
        None,
    ),
    Seen(
        "a value out of range", 400, error("3 is greater than the maximum of 2 - 'temperature'", None), None
    ),
    Seen("plain text", 400, b"Unsupported data type\n", None),
    Seen("an empty body", 400, b"", None),
    Seen(
        "a point beyond the context is about the limit",
        400,
        error(_CONTEXT, "context_length_exceeded"),
        None,
        points=(BEYOND_CONTEXT,),
        expect="reject",
    ),
    Seen("a success", 200, error("quota exceeded", "insufficient_quota"), None),
    Seen("a redirection", 399, error("quota exceeded", "insufficient_quota"), None),
]


def exchange_of(seen: Seen) -> Any:
    points = tuple(point(id_, 0, seen.expect) for id_ in seen.points)
    made = case(*points, kind=seen.kind, expect=seen.expect, name=seen.name, **seen.sent)
    return answered(made, seen.status, seen.body)


for_each_rejection = for_each(SEEN, group=lambda seen: str(seen.cause), name=lambda seen: seen.told)


@for_each_rejection
def test_a_rejection_has_a_cause(seen: Seen) -> None:
    found = find_rejection(exchange_of(seen), operation(seen.kind, seen.name))
    assert (None if found is None else (found.cause, found.subjects)) == (
        None if seen.cause is None else (seen.cause, seen.subjects)
    )


@for_each_rejection
def test_only_a_rejection_of_the_content_is_evidence_about_the_content(seen: Seen) -> None:
    reply = Reply.of(exchange_of(seen), operation(seen.kind, seen.name))
    assert reply is not None
    if seen.cause is None:
        require_about_content(reply)
    else:
        with pytest.raises(Inconclusive, match=f"\\({seen.cause}: {seen.status}"):
            require_about_content(reply)


def test_a_request_without_a_response_was_not_rejected() -> None:
    assert find_rejection(failed(case()), operation()) is None


@pytest.mark.parametrize(
    ("cause", "applies"),
    [
        ("capability", False),
        ("model limit", False),
        ("resource", False),
        ("quota", True),
        ("throttled", True),
    ],
)
def test_what_the_deployment_cannot_do_does_not_apply(cause: Cause, applies: bool) -> None:
    assert rejections.Rejection(cause, (), "").is_not_applicable is (not applies)


def test_an_operation_without_fields_may_lack_a_capability() -> None:
    made = answered(case(kind="file-list", name=PREVIEW), 400, unsupported("purpose"))
    rejection = find_rejection(made, operation("file-list", PREVIEW))
    assert rejection is not None
    assert rejection.cause == "capability"


def test_an_allowed_status_is_evidence_if_it_alone_determines_the_cause() -> None:
    reply = Reply.of(answered(case(), 401, error("no", "401")), operation())
    assert reply is not None
    require_about_content(reply, allowing={401})
    with pytest.raises(Inconclusive):
        require_about_content(reply, allowing={403})


def test_an_allowed_status_is_no_evidence_if_the_message_determines_the_cause() -> None:
    reply = Reply.of(answered(case(), 429, error("no", "insufficient_quota")), operation())
    assert reply is not None
    with pytest.raises(Inconclusive, match="quota"):
        require_about_content(reply, allowing={429})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (error("Too hot.", "too_hot"), "400 too_hot Too hot."),
        (error("Too hot", "400"), "400 Too hot"),
        (error("Too hot", None), "400 Too hot"),
        (b"Unsupported data type\n", "400 Unsupported data type"),
        (b"  <html>", "400 (an HTML or XML page)"),
        (b"<html><head><title> Bad gateway </title>", "400 (a page: Bad gateway)"),
        (b"x" * 400, "400"),
        (error("y" * 500, None), "400 " + "y" * 400),
    ],
)
def test_a_rejection_is_quoted_with_status_code_and_message(body: Any, told: str) -> None:
    response = answered(case(), 400, body)
    reply = rejections.ErrorReply.of(response, operation())
    assert reply is not None
    assert rejections.quoted(reply.response, reply) == told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (error("Too hot.", "too_hot"), "too_hot Too hot"),
        (error("Too hot.", "400"), "Too hot"),
        (b"no", "no"),
        (b"", ""),
        ({"error": "no"}, '{"error": "no"}'),
    ],
)
def test_an_error_message_has_no_status(body: Any, told: str) -> None:
    response = answered(case(), 400, body).response
    assert response is not None
    assert error_message(response) == told


@pytest.mark.parametrize(
    ("body", "out"),
    [
        (error("no", "insufficient_quota"), True),
        (error("You exceeded your current quota, please check your plan.", None), True),
        (error("Requests have exceeded call rate limit.", "429"), False),
        (error("filtered", "content_filter"), False),
        (b"quota exceeded", False),
    ],
)
def test_an_exhausted_quota_is_distinguished_from_throttling(body: Any, out: bool) -> None:
    response = answered(case(), 429, body).response
    assert response is not None
    assert is_out_of_quota(response) is out


@pytest.mark.parametrize(
    ("param", "named"),
    [
        ("temperature", None),
        ("body.temperature", None),
        ("top_p", "top_p"),
        ("messages[0].content", "messages"),
        ("body", None),
        ("request", None),
        ("no_such_field", "no_such_field"),
        (None, None),
    ],
)
def test_a_rejection_that_names_another_field_is_not_about_the_point(
    param: str | None, named: str | None
) -> None:
    made = answered(case(point("temperature.maximum:at", 2)), 400, error("no", None, param=param))
    assert names_another_field(made, operation()) == named


def test_a_part_of_the_points_location_belongs_to_the_point() -> None:
    asked = case(point("tools[].function.name.pattern:dot", 0, "accept", "tools"))
    assert names_another_field(answered(asked, 400, error("no", None, param="function")), operation()) is None


def test_required_companion_fields_belong_to_the_point() -> None:
    asked = case(point("top_logprobs.maximum:at", 2, "accept", "top_logprobs", "logprobs"))
    assert names_another_field(answered(asked, 400, error("no", None, param="logprobs")), operation()) is None


def test_without_a_point_or_a_rejection_no_other_field_is_named() -> None:
    told = error("no", None, param="top_p")
    assert names_another_field(answered(case(), 400, told), operation()) is None
    asked = case(point("temperature.maximum:at", 2))
    assert names_another_field(answered(asked, 200, told), operation()) is None
    assert names_another_field(failed(asked), operation()) is None


def test_a_point_about_no_field_of_the_document_has_no_other_field() -> None:
    asked = case(point("no_such_field:added", 1, "reject"))
    assert names_another_field(answered(asked, 400, error("no", None, param="top_p")), operation()) is None


def test_every_signal_names_its_source() -> None:
    assert all(signal.source for signal in signals())


@pytest.mark.parametrize(
    "row",
    [
        {"cause": "bad luck", "code": ["x"], "source": "y"},
        {"cause": "quota", "source": "y"},
        {"cause": "quota", "code": ["x"], "colour": "red", "source": "y"},
    ],
)
def test_a_signal_with_a_mistake_is_not_read(row: dict[str, Any]) -> None:
    with pytest.raises(ConformanceError, match="invalid signal"):
        rejections._signal(row)
