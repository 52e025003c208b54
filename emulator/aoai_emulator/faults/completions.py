"""Faults of unstreamed completions."""

from __future__ import annotations

from aoai_emulator.content.chat_choices import stop_sequences
from aoai_emulator.faults.anatomy import choices_of, part_of
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.completions import prompts

COMPLETIONS = frozenset({"completions"})


@answer_fault("completion-finish-reason-wrong", operations=COMPLETIONS)
def claim_to_have_stopped(body: JsonObject, request: AcceptedRequest) -> None:
    """A completion that max_tokens cut off claims to have come to its end."""
    del request
    for choice in choices_of(body):
        if choice.get("finish_reason") == "length":
            choice["finish_reason"] = "stop"


@answer_fault("completion-finish-reason-null", operations=COMPLETIONS)
def withhold_finish_reason(body: JsonObject, request: AcceptedRequest) -> None:
    """The finish reason of an unstreamed completion is null."""
    del request
    for choice in choices_of(body):
        choice["finish_reason"] = None


@answer_fault("completion-n-ignored", operations=COMPLETIONS)
def answer_once(body: JsonObject, request: AcceptedRequest) -> None:
    """There is one completion, however many prompts and choices were asked for."""
    del request
    body["choices"] = choices_of(body)[:1]


@answer_fault("completion-prompts-ignored", operations=COMPLETIONS)
def answer_first_prompt(body: JsonObject, request: AcceptedRequest) -> None:
    """Only the first of several prompts is completed."""
    number = len(prompts(request.fields))
    if number > 1:
        choices = choices_of(body)
        body["choices"] = choices[: len(choices) // number]


@answer_fault("completion-index-constant", operations=COMPLETIONS)
def repeat_index(body: JsonObject, request: AcceptedRequest) -> None:
    """Every completion has the index 0."""
    del request
    for choice in choices_of(body):
        choice["index"] = 0


@answer_fault("completion-choices-reversed", operations=COMPLETIONS)
def reverse_choices(body: JsonObject, request: AcceptedRequest) -> None:
    """The completions are listed from the last to the first."""
    del request
    body["choices"] = choices_of(body)[::-1]


@answer_fault("completion-echo-missing", operations=COMPLETIONS)
def swallow_echo(body: JsonObject, request: AcceptedRequest) -> None:
    """The prompt is not echoed although it was asked for."""
    asked = prompts(request.fields)
    choices = choices_of(body)
    if not request.fields.get("echo") or not choices:
        return
    for place, choice in enumerate(choices):
        prompt = asked[min(place * len(asked) // len(choices), len(asked) - 1)].text
        choice["text"] = str(choice.get("text", "")).removeprefix(prompt)


@answer_fault("completion-stop-left-in", operations=COMPLETIONS)
def keep_stop_sequence(body: JsonObject, request: AcceptedRequest) -> None:
    """The stop sequence that ended the completion stands at its end."""
    stops = stop_sequences(request.fields)
    for choice in choices_of(body):
        if stops and choice.get("finish_reason") == "stop":
            choice["text"] = str(choice.get("text", "")) + stops[0]


@answer_fault("completion-usage-sum-wrong", operations=COMPLETIONS)
def miscount_total(body: JsonObject, request: AcceptedRequest) -> None:
    """The total of a completion's usage is not the sum of its parts."""
    del request
    usage = part_of(body, "usage")
    usage["total_tokens"] = usage.get("total_tokens", 0) + 1


@answer_fault("completion-max-tokens-ignored", operations=COMPLETIONS)
def exceed_max_tokens(body: JsonObject, request: AcceptedRequest) -> None:
    """The usage admits more tokens than max_tokens allows."""
    limit = request.fields.get("max_tokens")
    if limit is None:
        return
    usage = part_of(body, "usage")
    usage["completion_tokens"] = (limit + 5) * max(len(choices_of(body)), 1)
    usage["total_tokens"] = usage.get("prompt_tokens", 0) + usage["completion_tokens"]


@answer_fault("completion-object-wrong", operations=COMPLETIONS)
def mislabel_object(body: JsonObject, request: AcceptedRequest) -> None:
    """The completion calls itself a chat.completion."""
    del request
    body["object"] = "chat.completion"


@answer_fault("completion-text-missing", operations=COMPLETIONS)
def drop_text(body: JsonObject, request: AcceptedRequest) -> None:
    """The choices bring a chat's message instead of their text."""
    del request
    for choice in choices_of(body):
        choice["message"] = {"role": "assistant", "content": choice.pop("text", "")}


@answer_fault("completion-of-no-tokens-speaks", operations=COMPLETIONS)
def speak_without_tokens(body: JsonObject, request: AcceptedRequest) -> None:
    """Text is made although max_tokens is 0."""
    if request.fields.get("max_tokens") == 0:
        for choice in choices_of(body):
            choice["text"] = str(choice.get("text", "")) + " and more"


@answer_fault("completion-filter-of-unsent-prompt", operations=COMPLETIONS)
def judge_unsent_prompt(body: JsonObject, request: AcceptedRequest) -> None:
    """There are findings on a prompt more than was sent."""
    del request
    findings = body.get("prompt_filter_results")
    if isinstance(findings, list) and findings:
        findings.append({**findings[-1], "prompt_index": len(findings)})


@answer_fault("completion-prompt-uncounted", operations=COMPLETIONS)
def count_no_prompt(body: JsonObject, request: AcceptedRequest) -> None:
    """The usage says that the prompt had no token."""
    del request
    usage = part_of(body, "usage")
    usage["prompt_tokens"] = 0
    usage["total_tokens"] = usage.get("completion_tokens", 0)
