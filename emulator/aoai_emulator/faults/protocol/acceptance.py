"""Faults of what is accepted and rejected: wrong limits, narrowed unions, unchecked relations."""

from __future__ import annotations

from dataclasses import replace

from aoai_emulator.faults.conditions import objects_in
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.rejections import internal_error
from aoai_emulator.http.requests import IncomingRequest

ACCEPTANCE = Topic("acceptance")


def _sends_null(name: str, request: IncomingRequest) -> bool:
    return name in request.sent and request.sent[name] is None


def _sends_parts(request: IncomingRequest) -> bool:
    return any(isinstance(message.get("content"), list) for message in objects_in(request.sent, "messages"))


def _sends_four_stops(request: IncomingRequest) -> bool:
    stop = request.sent.get("stop")
    return isinstance(stop, list) and len(stop) == 4


def _sends_both_samplings(request: IncomingRequest) -> bool:
    return None not in (request.sent.get("temperature"), request.sent.get("top_p"))


# fmt: off
ACCEPTANCE.accept("temperature-limit-too-high", "A temperature above its maximum is accepted.",
    at="text.schema temperature:maximum")
ACCEPTANCE.reject("temperature-limit-too-low", "The maximum temperature is rejected.",
    at="text.schema temperature", when=lambda request: request.sent.get("temperature") == 2)
ACCEPTANCE.reject("temperature-null-refused",
    "A temperature of null is rejected although the document allows it.", at="text.schema temperature",
    when=lambda request: _sends_null("temperature", request))
ACCEPTANCE.accept("temperature-any-type-accepted", "A temperature that is not a number is accepted.",
    at="text.schema temperature:type")
ACCEPTANCE.accept("fifth-stop-accepted", "More than four stop sequences are accepted.",
    at="text.schema stop:maxItems")
ACCEPTANCE.reject("fourth-stop-refused", "Four stop sequences, the maximum, are rejected.",
    at="text.schema stop", when=_sends_four_stops)
ACCEPTANCE.reject("stop-as-text-refused", "A stop sequence that is a string instead of a list is rejected.",
    at="text.schema stop", when=lambda request: isinstance(request.sent.get("stop"), str))
ACCEPTANCE.accept("n-of-zero-accepted", "`n` of 0 is accepted, and answered without choices.",
    at="text.schema n:minimum")
ACCEPTANCE.reject("highest-n-refused", "`n` of 128, the maximum, is rejected.", at="text.schema n",
    when=lambda request: request.sent.get("n") == 128)
ACCEPTANCE.accept("user-null-accepted", "`user` of null is accepted although the document does not allow it.",
    at="text.schema user", matching=lambda rejection: rejection.actual is None)
ACCEPTANCE.accept("unknown-enum-value-accepted", "A `tool_choice` outside its enumeration is accepted.",
    at="chat.schema tool_choice")
ACCEPTANCE.reject("content-parts-refused", "A message whose content is a list of parts is rejected.",
    at="chat.schema messages[0].content", when=_sends_parts)
ACCEPTANCE.accept("stream-options-without-stream-accepted", "`stream_options` without `stream` are accepted.",
    at="text.relations stream_options")
ACCEPTANCE.accept("top-logprobs-without-logprobs-accepted", "`top_logprobs` without `logprobs` is accepted.",
    at="chat.relations top_logprobs")
ACCEPTANCE.accept("stray-tool-message-accepted", "A tool message without a preceding call is accepted.",
    at="chat.relations *.tool_call_id")
ACCEPTANCE.accept("silent-assistant-accepted",
    "An assistant message with neither content nor calls is accepted.", at="chat.relations *.content")
ACCEPTANCE.accept("unknown-tool-choice-accepted",
    "A `tool_choice` that names a function that is not offered is accepted.", at="chat.relations tool_choice")
ACCEPTANCE.accept("best-of-unchecked", "`best_of` below `n`, or with `stream`, is accepted.",
    at="completions.relations best_of")
ACCEPTANCE.reject("highest-n-breaks-server", "`n` of 128, the maximum, fails with 500.", at="text.schema n",
    when=lambda request: request.sent.get("n") == 128, rejection=replace(internal_error(), param="n"))
ACCEPTANCE.reject("plain-chat-breaks-server", "A chat with messages and `max_tokens` only fails with 500.",
    at="chat.schema", when=lambda request: request.sent.keys() <= {"messages", "max_tokens"},
    rejection=internal_error())
ACCEPTANCE.reject("data-source-breaks-server", "A request with valid data sources fails with 500.",
    at="chat|extension-chat.schema", when=lambda request: bool(request.sent.get("data_sources")),
    rejection=replace(internal_error(), param="data_sources"))
ACCEPTANCE.reject("data-source-breaks-server", at="chat|extension-chat.schema",
    when=lambda request: bool(request.sent.get("dataSources")),
    rejection=replace(internal_error(), param="dataSources"))
ACCEPTANCE.reject("temperature-beside-top-p-refused",
    "`temperature` with `top_p` is rejected, although each alone is accepted.", at="text.schema temperature",
    when=_sends_both_samplings)
# fmt: on
