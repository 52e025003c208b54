"""Faults of what is accepted and what is refused: wrong limits, unions cut short, unchecked relations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from aoai_emulator.checks.refusals import Refusal, internal_error, invalid_request
from aoai_emulator.faults.registry import acceptance_fault
from aoai_emulator.http.requests import IncomingRequest

CHAT = frozenset({"chat"})
TEXT = frozenset({"chat", "completions"})
COMPLETIONS = frozenset({"completions"})
DATA = frozenset({"chat", "extension-chat"})


def _without(found: Iterator[Refusal], param: str, *keywords: str) -> Iterator[Refusal]:
    """Return the refusals but those of one field (by one of the keywords, if any are named)."""
    for refusal in found:
        if refusal.param != param or (keywords and refusal.keyword not in keywords):
            yield refusal


def _and(found: Iterator[Refusal], wrong: bool, param: str) -> Iterator[Refusal]:
    """Return the refusals, and one more of a field if something about it is held to be wrong."""
    yield from found
    if wrong:
        yield invalid_request(f"Invalid '{param}'.", param=param)


@acceptance_fault("temperature-limit-too-high", check="schema", operations=TEXT)
def accept_high_temperature(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A temperature above its maximum is accepted."""
    del request
    return _without(found, "temperature", "maximum")


@acceptance_fault("temperature-limit-too-low", check="schema", operations=TEXT)
def refuse_highest_temperature(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """The highest temperature that is allowed is refused."""
    return _and(found, request.sent.get("temperature") == 2, "temperature")


@acceptance_fault("temperature-null-refused", check="schema", operations=TEXT)
def refuse_null_temperature(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A temperature of null, which the document allows, is refused."""
    sent = request.sent
    return _and(found, "temperature" in sent and sent["temperature"] is None, "temperature")


@acceptance_fault("temperature-any-type-accepted", check="schema", operations=TEXT)
def accept_any_temperature(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A temperature that is no number is accepted."""
    del request
    return _without(found, "temperature", "type")


@acceptance_fault("fifth-stop-accepted", check="schema", operations=TEXT)
def accept_fifth_stop(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """More than four stop sequences are accepted."""
    del request
    return _without(found, "stop", "maxItems")


@acceptance_fault("fourth-stop-refused", check="schema", operations=TEXT)
def refuse_fourth_stop(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """Four stop sequences, as many as are allowed, are refused."""
    stop = request.sent.get("stop")
    return _and(found, isinstance(stop, list) and len(stop) == 4, "stop")


@acceptance_fault("stop-as-text-refused", check="schema", operations=TEXT)
def refuse_stop_text(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A stop sequence is refused where it is one text instead of an array."""
    return _and(found, isinstance(request.sent.get("stop"), str), "stop")


@acceptance_fault("n-of-zero-accepted", check="schema", operations=TEXT)
def accept_n_of_zero(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An n of 0 is accepted, and answered with no choice."""
    del request
    return _without(found, "n", "minimum")


@acceptance_fault("highest-n-refused", check="schema", operations=TEXT)
def refuse_highest_n(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """The highest n that is allowed, 128, is refused."""
    return _and(found, request.sent.get("n") == 128, "n")


@acceptance_fault("user-null-accepted", check="schema", operations=TEXT)
def accept_null_user(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A user of null, which the document does not allow, is accepted."""
    del request
    return (refusal for refusal in found if refusal.param != "user" or refusal.actual is not None)


@acceptance_fault("unknown-enum-value-accepted", check="schema", operations=CHAT)
def accept_unknown_values(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A tool_choice outside its enumeration is accepted."""
    del request
    return _without(found, "tool_choice")


@acceptance_fault("content-parts-refused", check="schema", operations=CHAT)
def refuse_content_parts(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A message whose content is an array of parts is refused."""
    messages = request.sent.get("messages")
    parted = isinstance(messages, list) and any(
        isinstance(message, dict) and isinstance(message.get("content"), list) for message in messages
    )
    return _and(found, parted, "messages[0].content")


@acceptance_fault("stream-options-without-stream-accepted", check="relations", operations=TEXT)
def accept_lone_stream_options(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """Stream options are accepted where no stream is asked for."""
    del request
    return _without(found, "stream_options")


@acceptance_fault("top-logprobs-without-logprobs-accepted", check="relations", operations=CHAT)
def accept_lone_top_logprobs(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A top_logprobs is accepted where logprobs are not asked for."""
    del request
    return _without(found, "top_logprobs")


@acceptance_fault("stray-tool-message-accepted", check="relations", operations=CHAT)
def accept_stray_tool_message(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A tool message that answers no call is accepted."""
    del request
    return (refusal for refusal in found if not (refusal.param or "").endswith(".tool_call_id"))


@acceptance_fault("silent-assistant-accepted", check="relations", operations=CHAT)
def accept_silent_assistant(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An assistant message with neither content nor calls is accepted."""
    del request
    return (refusal for refusal in found if not (refusal.param or "").endswith(".content"))


@acceptance_fault("unknown-tool-choice-accepted", check="relations", operations=CHAT)
def accept_unknown_tool_choice(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A tool_choice that names a function that is not offered is accepted."""
    del request
    return _without(found, "tool_choice")


@acceptance_fault("best-of-unchecked", check="relations", operations=COMPLETIONS)
def accept_any_best_of(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A best_of smaller than n, or beside stream, is accepted."""
    del request
    return _without(found, "best_of")


@acceptance_fault("highest-n-breaks-server", check="schema", operations=TEXT)
def break_on_highest_n(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """The highest n that is allowed, 128, is answered with 500."""
    yield from found
    if request.sent.get("n") == 128:
        yield replace(internal_error(), param="n")


@acceptance_fault("plain-chat-breaks-server", check="schema", operations=CHAT)
def break_on_plain_chat(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A chat request with nothing but messages and a limit on the answer gets a 500."""
    yield from found
    if request.sent.keys() <= {"messages", "max_tokens"}:
        yield internal_error()


@acceptance_fault("data-source-breaks-server", check="schema", operations=DATA)
def break_on_data_sources(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A request whose data sources are in order is answered with 500."""
    yield from found
    for name in ("data_sources", "dataSources"):
        if request.sent.get(name):
            yield replace(internal_error(), param=name)


@acceptance_fault("temperature-beside-top-p-refused", check="schema", operations=TEXT)
def refuse_both_samplings(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A temperature is refused beside a top_p, though each alone is accepted."""
    sent = request.sent
    both = sent.get("temperature") is not None and sent.get("top_p") is not None
    return _and(found, both, "temperature")
