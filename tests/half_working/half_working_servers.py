"""Half-working servers: each is correct except for one limitation of a deployment, a gateway or a mistake.

Wordings are those of the real service where it has been seen to answer so.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from half_working_wire import (
    Emulator,
    HalfWorking,
    Reply,
    Request,
    error,
    events,
    gateway_error,
    html_error,
    json_reply,
)

MAX_TOKENS = "max_tokens"
MAX_COMPLETION_TOKENS = "max_completion_tokens"
NO_MAX_TOKENS = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. "
    "Use 'max_completion_tokens' instead."
)
#: The statuses of a rejection that is about the content, not about key or address.
ABOUT_CONTENT = (400, 422)


def unsupported_parameter(name: str) -> Reply:
    message = f"Unsupported parameter: '{name}' is not supported with this model."
    if name == MAX_TOKENS:
        message = NO_MAX_TOKENS
    return error(400, message, code="unsupported_parameter", param=name)


def unsupported_value(name: str, value: object, default: object) -> Reply:
    message = (
        f"Unsupported value: '{name}' does not support {json.dumps(value)} with this model. "
        f"Only the default ({default}) value is supported."
    )
    return error(400, message, code="unsupported_value", param=name)


@dataclass
class Reasoning(HalfWorking):
    """A deployment of a reasoning model: some fields not at all, others with their default value only.

    With `checks_first` an unsupported field is refused before the rest of the body is looked at; otherwise a
    request that is wrong in itself gets the error of that mistake.
    """

    checks_first: bool = False
    refused: tuple[str, ...] = (MAX_TOKENS, "logprobs", "top_logprobs", "stop", "logit_bias")
    defaults: Mapping[str, object] = field(
        default_factory=lambda: {
            "temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0, "n": 1
        }
    )  # fmt: skip

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        reply = await emulator(request)
        unsupported = self._unsupported(request.json) if request.operation == "chat/completions" else None
        heeded = reply.is_success or (self.checks_first and reply.status in ABOUT_CONTENT)
        return unsupported if unsupported is not None and heeded else reply

    def _unsupported(self, body: Mapping[str, Any]) -> Reply | None:
        for name in self.refused:
            if body.get(name) not in (None, False):
                return self.refusal(name)
        for name, default in self.defaults.items():
            value = body.get(name)
            if isinstance(value, bool) or (value is not None and value != default):
                return unsupported_value(name, value, default)
        return None

    def refusal(self, name: str) -> Reply:
        """Return the rejection of a field that is not supported at all."""
        return unsupported_parameter(name)


@dataclass
class OlderModel(Reasoning):
    """A deployment without `max_completion_tokens` and structured outputs."""

    refused: tuple[str, ...] = (MAX_COMPLETION_TOKENS, "parallel_tool_calls")
    defaults: Mapping[str, object] = field(default_factory=dict)

    def refusal(self, name: str) -> Reply:
        return error(400, f"Unrecognized request argument supplied: {name}")


@dataclass
class Limited(HalfWorking):
    """A model that accepts less than the contract allows: it rejects some fields, or more than some inputs.

    The words say so without a code, and name several fields or none.
    """

    message: str
    fields: tuple[str, ...] = ()
    most_inputs: int = 2048

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        reply = await emulator(request)
        return error(400, self.message) if reply.is_success and self._is_beyond(request.json) else reply

    def _is_beyond(self, body: Mapping[str, Any]) -> bool:
        inputs = body.get("input")
        too_many = isinstance(inputs, list) and len(inputs) > self.most_inputs
        return too_many or any(body.get(name) not in (None, False) for name in self.fields)


@dataclass
class WithoutLimit(HalfWorking):
    """Rejects both output limits and requests without a limit: no request succeeds."""

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        reply = await emulator(request)
        if not reply.is_success or request.operation != "chat/completions":
            return reply
        for name in (MAX_TOKENS, MAX_COMPLETION_TOKENS):
            if name in request.json:
                return unsupported_parameter(name)
        spent = "Could not finish the message because max_tokens or model output limit was reached."
        return error(400, f"{spent} Please try again with higher max_tokens.")


@dataclass
class WithoutDataSources(HalfWorking):
    """Has no search service, and reports it with a message of On Your Data."""

    message: str = (
        "Validation error at #/data_sources/0/azure_search/parameters: Extra inputs are not permitted"
    )
    status: int = 400

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        if not request.json.get("data_sources"):
            return await emulator(request)
        told = {
            "requestid": "3b4a1c7e-9c3f-4a7f-8a51-2f0a7d2f4c11",
            "code": self.status,
            "message": self.message,
        }
        return json_reply(self.status, {"error": told})


@dataclass
class ReasoningWithoutDataSources(Reasoning):
    """A reasoning model behind a service that has no search service."""

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        async def model(asked: Request) -> Reply:
            return await super(ReasoningWithoutDataSources, self).answer(asked, emulator)

        return await WithoutDataSources().answer(request, model)


@dataclass
class Filtered(HalfWorking):
    """A content filter that blocks every prompt; `inner` is the name of the inner error, if any."""

    inner: str | None = "innererror"
    code: str = "content_filter"
    message: str = (
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. "
        "Please modify your prompt and retry. To learn more about our content filtering policies please read "
        "our documentation: https://go.microsoft.com/fwlink/?linkid=2198766"
    )

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        reply = await emulator(request)
        return self.refusal() if reply.is_success else reply

    def refusal(self) -> Reply:
        told: dict[str, Any] = {
            "message": self.message, "type": None, "param": "prompt", "code": self.code, "status": 400
        }  # fmt: skip
        quiet = {"filtered": False, "severity": "safe"}
        found = {
            "hate": quiet,
            "self_harm": quiet,
            "sexual": quiet,
            "violence": {"filtered": True, "severity": "medium"},
        }
        if self.inner is not None:
            told[self.inner] = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found}
        return json_reply(400, {"error": told})


@dataclass
class Broken(HalfWorking):
    """A gateway that returns an error for all requests, or for valid, invalid or streamed ones.

    Without a `message` the body is the error page of a proxy.
    """

    status: int = 502
    when: str = "always"
    title: str = "Bad Gateway"
    message: str = ""
    code: str | None = None

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        reply = await emulator(request)
        concerned = {
            "always": True,
            "valid": reply.is_success,
            "invalid": not reply.is_success,
            "stream": request.streams,
        }[self.when]
        if not concerned:
            return reply
        if self.message:
            return gateway_error(self.status, self.message, self.code)
        return html_error(self.status, self.title)


@dataclass
class ShutOut(HalfWorking):
    """Accepts the first request and rejects all others."""

    status: int = 403
    code: str | None = "403"
    message: str = "Access denied due to Virtual Network/Firewall rules."
    passed: int = 0

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        reply = await emulator(request)
        if reply.is_success and not self.passed:
            self.passed += 1
            return reply
        return gateway_error(self.status, self.message, self.code)


@dataclass
class OutOfQuota(HalfWorking):
    """Has quota for one successful request of each operation."""

    status: int = 429
    code: str = "insufficient_quota"
    message: str = "You exceeded your current quota, please check your plan and billing details."
    used: Counter[str] = field(default_factory=Counter)

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        reply = await emulator(request)
        if not reply.is_success and reply.status not in ABOUT_CONTENT:
            return reply
        if reply.is_success and not self.used[request.operation]:
            self.used[request.operation] += 1
            return reply
        return error(self.status, self.message, code=self.code, type_=self.code)


STREAM_ERROR_MESSAGE = "The server is overloaded, please retry later."
STREAM_ERROR = {"error": {"code": "429", "message": STREAM_ERROR_MESSAGE}}


@dataclass
class StreamOfError(HalfWorking):
    """Responds to a stream request with status 200 and a stream that contains only an error."""

    told: tuple[object, ...] = (STREAM_ERROR,)

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        reply = await emulator(request)
        return events(*self.told) if request.streams and reply.is_success else reply


@dataclass
class StreamBreaksOff(HalfWorking):
    """Interrupts each stream with an error after the first content."""

    told: Mapping[str, Any] = field(default_factory=lambda: STREAM_ERROR)
    with_done: bool = False

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        reply = await emulator(request)
        if not request.streams or not reply.is_success:
            return reply
        whole = [each.removeprefix("data: ") for each in reply.body.decode().split("\n\n") if each]
        begun = whole[: _first_content(whole) + 1]
        return events(*begun, self.told, *(["[DONE]"] if self.with_done else []))


def _first_content(data: list[str]) -> int:
    """Return the index of the first chunk with content."""
    for place, text in enumerate(data):
        choices = json.loads(text)["choices"] if text != "[DONE]" else []
        if any(
            each.get("text") or any(value for key, value in each.get("delta", {}).items() if key != "role")
            for each in choices
        ):
            return place
    return len(data) - 2


@dataclass
class Throttled(HalfWorking):
    """Accepts some requests, rejects the next ones for some seconds, and starts again.

    The time is counted from the first refusal, so that a slow client meets with refusals as well.
    """

    most: int = 45
    seconds: float = 1.0
    header: str = "retry-after"
    throttled: int = 0
    _taken: int = 0
    _open_at: float = 0.0

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        now = time.monotonic()
        if self._taken == self.most and self._open_at and now >= self._open_at:
            self._taken, self._open_at = 0, 0.0
        if self._taken < self.most:
            self._taken += 1
            return await emulator(request)
        self._open_at = self._open_at or now + self.seconds
        self.throttled += 1
        left = self._open_at - now
        wait = f"{left * 1000 + 1:.0f}" if self.header == "retry-after-ms" else f"{math.ceil(left)}"
        return gateway_error(
            429,
            "Requests to the Operation under Azure OpenAI API version 2024-10-21 have exceeded call rate "
            "limit of your current OpenAI S0 pricing tier. Please retry after 1 second.",
            headers={self.header: wait},
        )


@dataclass
class Empty(HalfWorking):
    """Responds to everything with the same empty success."""

    body: object = field(default_factory=dict)

    async def answer(self, _asked: Request, _emulator: Emulator) -> Reply:
        return json_reply(200, self.body)


@dataclass
class NoDeployment(HalfWorking):
    """The name of a deployment was mistyped, so that nothing is found."""

    content_type: bool = True
    code: str = "DeploymentNotFound"
    MESSAGE: ClassVar[str] = (
        "The API deployment for this resource does not exist. If you created the deployment within the last "
        "5 minutes, please wait a moment and try again."
    )

    async def answer(self, _asked: Request, _emulator: Emulator) -> Reply:
        reply = gateway_error(404, self.MESSAGE, self.code)
        return reply if self.content_type else Reply(404, reply.body)


@dataclass
class OneOperationFails(HalfWorking):
    """Fails the valid requests of one operation; with `minimal_only`, only the smallest of them.

    Without a message the body is an error page.
    """

    operation: str = "embeddings"
    status: int = 500
    code: str | None = None
    message: str = "The server had an error while processing your request. Sorry about that!"
    minimal_only: bool = False

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        reply = await emulator(request)
        if not reply.is_success or request.operation != self.operation:
            return reply
        if self.minimal_only and not self._is_minimal(request.json):
            return reply
        if not self.message:
            return html_error(self.status, "Something went wrong")
        return error(self.status, self.message, code=self.code, type_="server_error")

    def _is_minimal(self, body: Mapping[str, Any]) -> bool:
        return set(body) <= {"input", "messages", "prompt", MAX_TOKENS, MAX_COMPLETION_TOKENS}


@dataclass
class BlamesAnother(HalfWorking):
    """Rejects every invalid request, but names a field that is not at fault."""

    field_name: str = "safety_settings"
    message: str = "Unrecognized request argument supplied: safety_settings"
    code: str | None = None

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        reply = await emulator(request)
        if reply.status not in ABOUT_CONTENT:
            return reply
        return error(400, self.message, code=self.code, param=self.field_name)
