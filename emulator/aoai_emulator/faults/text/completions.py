"""Faults of completions."""

from __future__ import annotations

from aoai_emulator.content.chat.choices import stop_sequences
from aoai_emulator.faults.conditions import choices_of, object_in
from aoai_emulator.faults.edits import add, format_text, map_list, recount, set_to, swap
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.completions import prompts

COMPLETIONS = Topic("completions")

# fmt: off
COMPLETIONS.edit("completion-finish-reason-wrong",
    "A completion cut off at `max_tokens` has the finish reason `stop`.",
    at="completions.response /choices/*/finish_reason", edit=swap("length", "stop"))
COMPLETIONS.edit("completion-finish-reason-null", "`finish_reason` is null.",
    at="completions.response /choices/*/finish_reason", edit=set_to(None))
COMPLETIONS.edit("completion-n-ignored",
    "The response has one completion, whatever `n` and the number of prompts are.",
    at="completions.response /choices", edit=map_list(lambda choices: choices[:1]))
COMPLETIONS.edit("completion-index-constant", "Every completion has the index 0.",
    at="completions.response /choices/*/index", edit=set_to(0))
COMPLETIONS.edit("completion-choices-reversed", "The completions are listed in reverse.",
    at="completions.response /choices", edit=map_list(lambda choices: choices[::-1]))
COMPLETIONS.edit("completion-usage-sum-wrong",
    "`total_tokens` is one more than prompt plus completion tokens.",
    at="completions.response /usage/total_tokens", edit=add(1))
COMPLETIONS.edit("completion-object-wrong", "`object` is `chat.completion`.",
    at="completions.response /object", edit=set_to("chat.completion"))
COMPLETIONS.edit("completion-of-no-tokens-speaks", "The completion has text although `max_tokens` is 0.",
    at="completions.response /choices/*/text", edit=format_text("{value} and more"),
    when=lambda request: request.fields.get("max_tokens") == 0)
COMPLETIONS.edit(
    "completion-filter-of-unsent-prompt",
    "`prompt_filter_results` has an entry for a prompt that was not sent.",
    at="completions.response /prompt_filter_results",
    edit=map_list(
        lambda results: [*results, *({**last, "prompt_index": len(results)} for last in results[-1:])]
    ),
)
COMPLETIONS.edit("completion-prompt-uncounted", "`prompt_tokens` is 0.", at="completions.response /usage",
    edit=recount(prompt=0))
# fmt: on


@COMPLETIONS.code("completion-prompts-ignored", at="completions.response")
def complete_first_prompt(body: JsonObject, request: AcceptedRequest) -> None:
    """Only the first of several prompts is completed."""
    choices = choices_of(body)
    body["choices"] = choices[: len(choices) // max(len(prompts(request.fields)), 1)]


@COMPLETIONS.code("completion-echo-missing", at="completions.response")
def omit_echo(body: JsonObject, request: AcceptedRequest) -> None:
    """The prompt is not echoed although `echo` is true."""
    sent = prompts(request.fields)
    choices = choices_of(body) if request.fields.get("echo") else []
    for position, choice in enumerate(choices):
        prompt = sent[min(position * len(sent) // len(choices), len(sent) - 1)].text
        choice["text"] = str(choice.get("text", "")).removeprefix(prompt)


@COMPLETIONS.code("completion-stop-left-in", at="completions.response")
def keep_stop_sequence(body: JsonObject, request: AcceptedRequest) -> None:
    """The completion ends with the stop sequence."""
    stops = stop_sequences(request.fields)
    for choice in choices_of(body):
        if stops and choice.get("finish_reason") == "stop":
            choice["text"] = str(choice.get("text", "")) + stops[0]


@COMPLETIONS.code("completion-max-tokens-ignored", at="completions.response")
def exceed_max_tokens(body: JsonObject, request: AcceptedRequest) -> None:
    """`completion_tokens` exceeds `max_tokens`."""
    if (limit := request.fields.get("max_tokens")) is not None:
        usage = object_in(body, "usage")
        usage["completion_tokens"] = (limit + 5) * max(len(choices_of(body)), 1)
        usage["total_tokens"] = usage.get("prompt_tokens", 0) + usage["completion_tokens"]


@COMPLETIONS.code("completion-text-missing", at="completions.response")
def send_messages(body: JsonObject) -> None:
    """The choices have the message of a chat instead of `text`."""
    for choice in choices_of(body):
        choice["message"] = {"role": "assistant", "content": choice.pop("text", "")}
