"""Faults of a chat that is answered from data sources: its choice, its messages, its citations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.faults.anatomy import choices_of, messages_of, object_written_in, part_of
from aoai_emulator.faults.registry import acceptance_fault, answer_fault, chunks_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest

_EXTENSION = frozenset({"extension-chat"})


@acceptance_fault("extension-no-sources-accepted", check="schema", operations=_EXTENSION)
def no_sources_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A request without data sources is answered."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("dataSources", "required"))


@acceptance_fault("extension-unknown-source-accepted", check="schema", operations=_EXTENSION)
def unknown_source_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A data source of any type and with any parameters is accepted."""
    del request
    unread = ("enum", "discriminator", "required", "additionalProperties")
    return (
        refusal
        for refusal in found
        if not (refusal.param or "").startswith("dataSources[") or refusal.keyword not in unread
    )


@acceptance_fault("extension-third-stop-accepted", check="schema", operations=_EXTENSION)
def third_stop_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """More stop sequences than the document allows are accepted."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("stop", "maxItems"))


@acceptance_fault("extension-hot-temperature-accepted", check="schema", operations=_EXTENSION)
def hot_temperature_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A temperature above 2 is accepted."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("temperature", "maximum"))


@answer_fault("extension-citations-missing", operations=_EXTENSION)
def citations_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """What the tool found holds no citations."""
    del request
    _retell(body, lambda told: told.pop("citations", None))


@chunks_fault("extension-citations-missing", operations=_EXTENSION)
def citations_missing_from_stream(
    chunks: Iterator[JsonObject], request: AcceptedRequest
) -> Iterator[JsonObject]:
    """What the tool found holds no citations."""
    del request
    for chunk in chunks:
        for message in messages_of(chunk):
            if message["delta"].get("role") == "tool":
                message["delta"]["content"] = json.dumps({"intent": "[]"})
        yield chunk


@answer_fault("extension-citations-empty", operations=_EXTENSION)
def citations_empty(body: JsonObject, request: AcceptedRequest) -> None:
    """The list of citations is empty, although the answer rests on some."""
    del request
    _retell(body, lambda told: told.update(citations=[]))


@answer_fault("extension-citations-without-content", operations=_EXTENSION)
def citations_without_content(body: JsonObject, request: AcceptedRequest) -> None:
    """A citation does not hold what it cites."""
    del request
    _retell(body, lambda told: [each.pop("content", None) for each in told.get("citations", ())])


@answer_fault("extension-citations-no-json", operations=_EXTENSION)
def citations_no_json(body: JsonObject, request: AcceptedRequest) -> None:
    """The content of the tool's message is text that is no JSON."""
    del request
    for message in messages_of(body):
        if message.get("role") == "tool":
            message["content"] = "Some documents were found."


@answer_fault("extension-citations-object", operations=_EXTENSION)
def citations_object(body: JsonObject, request: AcceptedRequest) -> None:
    """The content of the tool's message is an object, not JSON in a text."""
    del request
    for message in messages_of(body):
        if message.get("role") == "tool" and isinstance(message.get("content"), str):
            message["content"] = object_written_in(message["content"])


@answer_fault("extension-intent-missing", operations=_EXTENSION)
def intent_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """The tool does not say what it looked for."""
    del request
    _retell(body, lambda told: told.pop("intent", None))


@answer_fault("extension-more-documents-than-asked", operations=_EXTENSION)
def more_documents(body: JsonObject, request: AcceptedRequest) -> None:
    """The tool cites a hundred documents, however few were asked for."""
    del request
    _retell(body, lambda told: told.update(citations=told.get("citations", [])[:1] * 100))


@answer_fault("extension-unknown-document-cited", operations=_EXTENSION)
def unknown_document_cited(body: JsonObject, request: AcceptedRequest) -> None:
    """The answer refers to a document that is not among the citations."""
    del request
    for message in messages_of(body):
        if message.get("role") == "assistant":
            message["content"] = f"{message['content']} [doc999]"


@answer_fault("extension-tool-message-missing", operations=_EXTENSION)
def tool_message_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """The tool's message is left out."""
    del request
    _keep(body, "assistant")


@answer_fault("extension-assistant-message-missing", operations=_EXTENSION)
def assistant_message_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """The assistant's message is left out."""
    del request
    _keep(body, "tool")


@answer_fault("extension-messages-swapped", operations=_EXTENSION)
def messages_swapped(body: JsonObject, request: AcceptedRequest) -> None:
    """The assistant's message comes before the tool's."""
    del request
    for choice in choices_of(body):
        choice.get("messages", []).reverse()


@answer_fault("extension-turn-never-ends", operations=_EXTENSION)
def turn_never_ends(body: JsonObject, request: AcceptedRequest) -> None:
    """No message ends the turn."""
    del request
    for message in messages_of(body):
        message["end_turn"] = False


@answer_fault("extension-tool-ends-turn", operations=_EXTENSION)
def tool_ends_turn(body: JsonObject, request: AcceptedRequest) -> None:
    """The tool's message ends the turn already."""
    del request
    for message in messages_of(body):
        if message.get("role") == "tool":
            message["end_turn"] = True


@answer_fault("extension-end-turn-missing", operations=_EXTENSION)
def end_turn_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """The messages do not say whether they end the turn."""
    del request
    for message in messages_of(body):
        message.pop("end_turn", None)


@answer_fault("extension-message-of-chat", operations=_EXTENSION)
def message_of_chat(body: JsonObject, request: AcceptedRequest) -> None:
    """The choice holds one message without citations, as a chat without data sources does."""
    del request
    for choice in choices_of(body):
        said = [each for each in choice.pop("messages", []) if each.get("role") == "assistant"]
        choice["message"] = {"role": "assistant", "content": said[0]["content"] if said else ""}


@answer_fault("extension-object-wrong", operations=_EXTENSION)
def object_wrong(body: JsonObject, request: AcceptedRequest) -> None:
    """The answer calls itself a text_completion."""
    del request
    body["object"] = "text_completion"


@answer_fault("extension-created-in-milliseconds", operations=_EXTENSION)
def created_in_milliseconds(body: JsonObject, request: AcceptedRequest) -> None:
    """The time of an answer is in milliseconds."""
    del request
    if isinstance(body.get("created"), int):
        body["created"] *= 1000


@answer_fault("extension-id-empty", operations=_EXTENSION)
def id_empty(body: JsonObject, request: AcceptedRequest) -> None:
    """The id of an answer is empty."""
    del request
    body["id"] = ""


@answer_fault("extension-no-choice", operations=_EXTENSION)
def no_choice(body: JsonObject, request: AcceptedRequest) -> None:
    """The list of choices is empty."""
    del request
    body["choices"] = []


@answer_fault("extension-two-choices", operations=_EXTENSION)
def two_choices(body: JsonObject, request: AcceptedRequest) -> None:
    """The one choice comes twice."""
    del request
    body["choices"] = choices_of(body) * 2


@answer_fault("extension-choice-numbered-from-one", operations=_EXTENSION)
def numbered_from_one(body: JsonObject, request: AcceptedRequest) -> None:
    """The index of the only choice is 1."""
    del request
    for choice in choices_of(body):
        choice["index"] = 1


@answer_fault("extension-finish-reason-unknown", operations=_EXTENSION)
def finish_reason_unknown(body: JsonObject, request: AcceptedRequest) -> None:
    """The choice ends for a reason of the server's own making."""
    del request
    for choice in choices_of(body):
        if "finish_reason" in choice:
            choice["finish_reason"] = "eos_token"


@answer_fault("extension-usage-total-wrong", operations=_EXTENSION)
def usage_total_wrong(body: JsonObject, request: AcceptedRequest) -> None:
    """The total of the usage leaves the prompt out."""
    del request
    usage = part_of(body, "usage")
    if "total_tokens" in usage:
        usage["total_tokens"] = usage.get("completion_tokens")


@answer_fault("extension-prompts-share-a-number", operations=_EXTENSION)
def prompts_share_a_number(body: JsonObject, request: AcceptedRequest) -> None:
    """The findings on the prompt come twice under the same number."""
    del request
    if isinstance(body.get("prompt_annotations"), list):
        body["prompt_annotations"] = body["prompt_annotations"] * 2


@answer_fault("extension-filter-of-the-harmless", operations=_EXTENSION)
def filter_of_the_harmless(body: JsonObject, request: AcceptedRequest) -> None:
    """Hate is filtered out of a prompt that is rated as safe."""
    del request
    for found in body.get("prompt_annotations") or ():
        part_of(found, "content_filter_results")["hate"] = {"filtered": True, "severity": "safe"}


def _keep(body: JsonObject, role: str) -> None:
    for choice in choices_of(body):
        if "messages" in choice:
            choice["messages"] = [each for each in choice["messages"] if each.get("role") == role]


def _retell(body: JsonObject, change: Callable[[JsonObject], object]) -> None:
    """Change what the tool's message tells, where it is told as JSON still."""
    for message in messages_of(body):
        if message.get("role") == "tool" and isinstance(message.get("content"), str):
            told = object_written_in(message["content"])
            change(told)
            message["content"] = json.dumps(told)
