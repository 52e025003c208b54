"""The expected result for each half-working server: to add a server, add a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from half_working_runs import CHAT, COMPLETIONS, EMBEDDINGS, IMAGES
from half_working_servers import (
    NO_MAX_TOKENS,
    STREAM_ERROR_MESSAGE,
    BlamesAnother,
    Broken,
    Empty,
    Filtered,
    Limited,
    NoDeployment,
    OlderModel,
    OneOperationFails,
    OutOfQuota,
    Reasoning,
    ReasoningWithoutDataSources,
    ShutOut,
    StreamBreaksOff,
    StreamOfError,
    Throttled,
    WithoutDataSources,
    WithoutLimit,
)
from half_working_wire import HalfWorking

#: Two operations that are tested in a moment, one of them with streams.
BOTH = (COMPLETIONS, EMBEDDINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A server and the expected result of a run against it.

    `exit` None leaves the exit code to the share of points that were shown. `quotes` are words of the server
    that the doubts must hold; `reasons` those that the reasons of points not shown must hold. `unsupported`
    are fields that the capabilities must list (a small run asks for few of them). `fails` is the one
    operation whose minimal request is a violation, and the only one. `warns` are the rules violated at
    should."""

    server: Callable[[], HalfWorking]
    exit: int | None
    operations: tuple[str, ...] = BOTH
    profile: str = "smoke"
    quotes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    fails: str | None = None
    warns: tuple[str, ...] = ()


NOT_OF_A_REASONING_MODEL = (
    "max_tokens",
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "logprobs",
    "n",
    "stop",
    "logit_bias",
)
NO_STOP = "Unsupported parameter: 'stop' is not supported with this model."
REASONS_OF_A_REASONING_MODEL = (NO_MAX_TOKENS, "Unsupported value: 'temperature' does not support", NO_STOP)

#: By the defect of each server; variants of one server are numbered.
ROWS: dict[str, Row] = {
    "nothing is wrong": Row(server=HalfWorking, exit=0, operations=(CHAT, COMPLETIONS, EMBEDDINGS)),
    "a reasoning model without data sources": Row(
        server=ReasoningWithoutDataSources, exit=0, operations=(CHAT,), profile="standard",
        unsupported=NOT_OF_A_REASONING_MODEL, reasons=REASONS_OF_A_REASONING_MODEL,
    ),
    "a reasoning model that looks at what it supports first": Row(
        server=lambda: Reasoning(checks_first=True), exit=0, operations=(CHAT,),
        unsupported=("max_tokens",),
    ),
    "no way to bound the answer": Row(
        server=WithoutLimit, exit=3, operations=(CHAT,),
        quotes=("is not supported with this model",),
    ),
    "every prompt is filtered": Row(
        server=Filtered, exit=3, operations=(CHAT,), quotes=("content management policy",)
    ),
    "502 for everything": Row(server=Broken, exit=3, operations=(EMBEDDINGS,), quotes=("502",)),
    "504 for what is valid": Row(
        server=lambda: Broken(504, "valid", "Gateway Time-out"), exit=3, operations=(CHAT,), quotes=("504",)
    ),
    "408 for what is invalid": Row(
        server=lambda: Broken(408, "invalid", message="Operation timed out.", code="Timeout"), exit=3,
        operations=(EMBEDDINGS,), profile="standard", quotes=("408",), reasons=("408",),
    ),
    "502 for every stream of a small run": Row(
        server=lambda: Broken(when="stream"), exit=3, operations=(COMPLETIONS,), quotes=("502",),
        reasons=("502",),
    ),
    "403 after the first request": Row(
        server=ShutOut, exit=3, operations=(CHAT,), quotes=("403", "Firewall rules"),
        reasons=("Firewall rules",),
    ),
    "quota for one request of each operation": Row(
        server=OutOfQuota, exit=3, quotes=("insufficient_quota",), reasons=("quota",)
    ),
    "a quota that is refused with 403": Row(
        server=lambda: OutOfQuota(403), exit=3, quotes=("insufficient_quota",), reasons=("quota",)
    ),
    "streams that are one error": Row(server=StreamOfError, exit=1, operations=(CHAT,)),
    "streams that break off with an error": Row(server=StreamBreaksOff, exit=None, operations=(CHAT,)),
    "completions that break off with an error": Row(
        server=StreamBreaksOff, exit=None, operations=(COMPLETIONS,), reasons=(STREAM_ERROR_MESSAGE,)
    ),
    "45 requests a second": Row(
        server=Throttled, exit=0, operations=(EMBEDDINGS,), profile="standard",
    ),
    "200 with an empty object": Row(server=Empty, exit=1, operations=(CHAT,)),
    "a mistyped deployment": Row(
        server=NoDeployment, exit=3, quotes=("The API deployment for this resource does not exist",)
    ),
    "500 for one operation": Row(server=OneOperationFails, exit=1, fails=EMBEDDINGS),
    "500 for one operation's minimal request": Row(
        server=lambda: OneOperationFails(minimal_only=True), exit=1, fails=EMBEDDINGS
    ),
    "418 for one operation": Row(
        server=lambda: OneOperationFails(status=418, message="I'm a teapot."), exit=1, fails=EMBEDDINGS
    ),
    "422 for one operation": Row(
        server=lambda: OneOperationFails(
            "chat/completions", 422, message="The request could not be processed."
        ),
        exit=1, operations=(CHAT, EMBEDDINGS), fails=CHAT,
    ),
    "another field is reported": Row(
        server=BlamesAnother, exit=3, operations=(EMBEDDINGS,), profile="standard",
        quotes=("safety_settings",), reasons=("safety_settings",),
    ),
}  # fmt: skip

#: Servers of the same kinds with other messages, statuses or operations.
VARIANTS: dict[str, Row] = {
    "a reasoning model": Row(
        server=Reasoning, exit=0, operations=(CHAT,), profile="standard",
        unsupported=NOT_OF_A_REASONING_MODEL, reasons=REASONS_OF_A_REASONING_MODEL,
    ),
    "no data sources": Row(server=WithoutDataSources, exit=0, operations=(CHAT,), profile="standard"),
    "502 for every stream of a completion": Row(
        server=lambda: Broken(when="stream"), exit=None, operations=(COMPLETIONS,), profile="standard",
        reasons=("502",),
    ),
    "an older model": Row(
        server=OlderModel, exit=0, operations=(CHAT,),
        reasons=("Unrecognized request argument supplied: max_completion_tokens",),
    ),
    "a reasoning model that takes temperature": Row(
        server=lambda: Reasoning(refused=("max_tokens", "stop"), defaults={}), exit=0, operations=(CHAT,),
        unsupported=("max_tokens",), reasons=(NO_STOP,),
    ),
    "a model that shortens no embedding": Row(
        server=lambda: Limited("This model does not support specifying dimensions.", ("dimensions",)),
        exit=0, operations=(EMBEDDINGS,), reasons=("does not support specifying dimensions",),
    ),
    "a model of sixteen inputs": Row(
        server=lambda: Limited("Too many inputs. The max number of inputs is 16.", most_inputs=16),
        exit=0, operations=(EMBEDDINGS,), profile="standard", reasons=("max number of inputs is 16",),
    ),
    "a model without logprobs": Row(
        server=lambda: Limited(
            "logprobs, best_of and echo parameters are not available on gpt-35-turbo model. "
            "Please remove the parameter and try again.",
            ("logprobs", "best_of", "echo"),
        ),
        exit=0, operations=(COMPLETIONS,), profile="standard", reasons=("not available on gpt-35-turbo",),
    ),
    "a filter of the other path": Row(
        server=lambda: Filtered("inner_error"), exit=3, operations=(EMBEDDINGS,),
        quotes=("content management policy",),
    ),
    "a filter that gives no reason": Row(
        server=lambda: Filtered(None), exit=3, operations=(EMBEDDINGS,),
        quotes=("content management policy",),
    ),
    "a filter of pictures": Row(
        server=lambda: Filtered(
            "inner_error", "content_policy_violation",
            "Your request was rejected as a result of our safety system.",
        ),
        exit=3, operations=(IMAGES,), quotes=("safety system",),
    ),
    "503 for everything": Row(
        server=lambda: Broken(503, title="Service Unavailable"), exit=3, operations=(EMBEDDINGS,),
        quotes=("503",),
    ),
    "504 for everything": Row(
        server=lambda: Broken(504, message="The gateway timed out.", code="GatewayTimeout"), exit=3,
        operations=(EMBEDDINGS,), quotes=("504", "The gateway timed out."),
    ),
    "408 for everything": Row(
        server=lambda: Broken(408, message="The operation was timeout.", code="Timeout"), exit=3,
        operations=(EMBEDDINGS,), quotes=("408", "The operation was timeout."),
    ),
    "401 for everything": Row(
        server=lambda: Broken(401, message="Access denied due to invalid subscription key."), exit=3,
        operations=(EMBEDDINGS,), quotes=("401",),
    ),
    "403 for everything": Row(
        server=lambda: Broken(403, message="Public access is disabled."), exit=3,
        operations=(EMBEDDINGS,), quotes=("403",),
    ),
    "429 for everything": Row(
        server=lambda: Broken(429, message="Rate limit is exceeded."), exit=3, operations=(EMBEDDINGS,),
        quotes=("429",),
    ),
    "408 for what is valid": Row(
        server=lambda: Broken(408, "valid", message="The operation was timeout.", code="Timeout"), exit=3,
        operations=(EMBEDDINGS,), quotes=("408",),
    ),
    "504 for what is invalid": Row(
        server=lambda: Broken(504, "invalid", "Gateway Time-out"), exit=3, operations=(EMBEDDINGS,),
        quotes=("504",), reasons=("504",),
    ),
    "429 for what is invalid": Row(
        server=lambda: Broken(429, "invalid", message="Rate limit is exceeded."), exit=3,
        operations=(EMBEDDINGS,), quotes=("429",), reasons=("429",),
    ),
    "408 for every stream": Row(
        server=lambda: Broken(408, "stream", "Request Timeout"), exit=3, operations=(COMPLETIONS,),
        quotes=("408",), reasons=("408",),
    ),
    "401 after the first request": Row(
        server=lambda: ShutOut(401, "401", "Access token is missing, invalid or has expired."), exit=3,
        operations=(EMBEDDINGS,), quotes=("401",), reasons=("Access token",),
    ),
    "404 after the first request": Row(
        server=lambda: ShutOut(404, "DeploymentNotFound", NoDeployment.MESSAGE), exit=3,
        operations=(EMBEDDINGS,), quotes=("does not exist",), reasons=("does not exist",),
    ),
    "a quota by another name": Row(
        server=lambda: OutOfQuota(403, "quota_exceeded", "Out of call volume quota, replenished in 3 days."),
        exit=3, operations=(EMBEDDINGS,), quotes=("Out of call volume quota",), reasons=("quota",),
    ),
    "streams that are one error and an end": Row(
        server=lambda: StreamOfError(
            ({"error": {"message": "Internal error.", "type": "server_error", "code": None}}, "[DONE]")
        ),
        exit=1, operations=(COMPLETIONS,),
    ),
    "streams that break off with an error and an end": Row(
        server=lambda: StreamBreaksOff(with_done=True), exit=None, operations=(COMPLETIONS,)
    ),
    "20 requests and a wait in milliseconds": Row(
        server=lambda: Throttled(20, 0.2, "retry-after-ms"), exit=0, operations=(EMBEDDINGS,),
        profile="standard",
    ),
    "200 with an empty list": Row(server=lambda: Empty([]), exit=1, operations=(EMBEDDINGS,)),
    "200 with an error": Row(
        server=lambda: Empty({"error": {"code": "500", "message": "Internal error."}}), exit=1,
        operations=(EMBEDDINGS,),
    ),
    "a mistyped deployment without a content type": Row(
        server=lambda: NoDeployment(content_type=False), exit=3, operations=(EMBEDDINGS,),
        quotes=("does not exist",),
    ),
    "a path that is not there": Row(
        server=lambda: Broken(404, message="Resource not found"), exit=3, operations=(EMBEDDINGS,),
        quotes=("404", "Resource not found"),
    ),
    "500 with an error page for one operation": Row(
        server=lambda: OneOperationFails(message=""), exit=1, fails=EMBEDDINGS
    ),
    "400 without a word why for one operation": Row(
        server=lambda: OneOperationFails(status=400, message="Bad request."), exit=1, fails=EMBEDDINGS
    ),
    "409 for one operation": Row(
        server=lambda: OneOperationFails(status=409, message="There is a conflict.", code="Conflict"), exit=1,
        fails=EMBEDDINGS,
    ),
    "a known field is reported": Row(
        server=lambda: BlamesAnother("user", "Invalid value for 'user'.", "invalid_value"), exit=3,
        operations=(EMBEDDINGS,), profile="standard", quotes=("user",), reasons=("user",),
        warns=("ERROR-006",),
    ),
}  # fmt: skip
