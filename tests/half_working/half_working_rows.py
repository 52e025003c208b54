"""Which half-working server must lead to what: a new server is a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from half_working_runs import CHAT, COMPLETIONS, EMBEDDINGS
from half_working_servers import (
    NO_MAX_TOKENS,
    STREAM_ERROR_MESSAGE,
    BlamesAnother,
    Broken,
    Empty,
    Filtered,
    NoDeployment,
    OlderModel,
    OneOperationFails,
    OutOfQuota,
    Reasoning,
    ShutOut,
    StreamBreaksOff,
    StreamOfError,
    Throttled,
    WithoutDataSources,
    WithoutLimit,
)
from half_working_wire import HalfWorking

BOTH = (CHAT, EMBEDDINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A server and what a run against it must come to.

    `exit` None leaves the exit code to the share of points that were shown. `quotes` are words of the server
    that the doubts must hold; `reasons` those that the reasons of points not shown must hold. `unsupported`
    are fields that the capabilities must list. `fails` is the one operation whose minimal request is a
    violation, and the only one."""

    server: Callable[[], HalfWorking]
    exit: int | None
    operations: tuple[str, ...] = BOTH
    profile: str = "smoke"
    quotes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    fails: str | None = None


#: By what each server is; the numbers of rows that vary one server go on within its name.
ROWS: dict[str, Row] = {
    "nothing is wrong": Row(server=HalfWorking, exit=0),
    "a reasoning model": Row(
        server=Reasoning, exit=0, operations=(CHAT,), profile="standard",
        unsupported=(
            "max_tokens", "temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "n",
            "stop", "logit_bias",
        ),
        reasons=(
            NO_MAX_TOKENS,
            "Unsupported value: 'temperature' does not support",
            "Unsupported parameter: 'stop' is not supported with this model.",
        ),
    ),
    "a reasoning model that looks at what it supports first": Row(
        server=lambda: Reasoning(checks_first=True), exit=0, operations=(CHAT,),
        unsupported=("max_tokens", "temperature"), reasons=(NO_MAX_TOKENS,),
    ),
    "no way to bound the answer": Row(
        server=WithoutLimit, exit=3, operations=(CHAT,),
        quotes=("is not supported with this model",),
    ),
    "no data sources": Row(server=WithoutDataSources, exit=0, operations=(CHAT,), profile="standard"),
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
    "502 for every stream of a completion": Row(
        server=lambda: Broken(when="stream"), exit=None, operations=(COMPLETIONS,), profile="standard",
        reasons=("502",),
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
    "30 requests a second": Row(
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
        exit=1, fails=CHAT,
    ),
    "another field is blamed": Row(
        server=BlamesAnother, exit=3, operations=(EMBEDDINGS,), profile="standard",
        quotes=("safety_settings",), reasons=("safety_settings",),
    ),
}  # fmt: skip

#: Servers of the same kinds in other words, with other statuses, or at other operations.
VARIANTS: dict[str, Row] = {
    "an older model": Row(
        server=OlderModel, exit=0, operations=(CHAT,),
        unsupported=("max_completion_tokens",),
        reasons=("Unrecognized request argument supplied: max_completion_tokens",),
    ),
}  # fmt: skip
