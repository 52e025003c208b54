"""Faults of what the content filter is said to have found."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.faults.anatomy import choices_of, part_of
from aoai_emulator.faults.registry import answer_fault, chunks_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

TEXT = frozenset({"chat", "completions"})


@answer_fault("filter-category-missing", operations=TEXT)
def leave_category_out(body: JsonObject, request: AcceptedRequest) -> None:
    """The findings on a choice say nothing of violence."""
    del request
    for found in _found(body):
        found.pop("violence", None)


@answer_fault("filter-of-the-harmless", operations=TEXT)
def filter_harmless(body: JsonObject, request: AcceptedRequest) -> None:
    """Hate is filtered that is rated as safe."""
    del request
    for found in _found(body):
        found["hate"] = {"filtered": True, "severity": "safe"}


@answer_fault("filter-untold-by-finish-reason", operations=TEXT)
def stop_though_filtered(body: JsonObject, request: AcceptedRequest) -> None:
    """A choice out of which violence was filtered says that it ended by itself."""
    del request
    for choice in choices_of(body):
        if choice.get("finish_reason") == "stop":
            filtered = {"filtered": True, "severity": "high"}
            choice["content_filter_results"] = {
                **part_of(choice, "content_filter_results"),
                "violence": filtered,
            }


@answer_fault("filter-severity-unknown", operations=TEXT)
def grade_otherwise(body: JsonObject, request: AcceptedRequest) -> None:
    """The severity of what was found is a word that the document does not list."""
    del request
    for found in _found(body):
        found["hate"] = {"filtered": False, "severity": "negligible"}


@answer_fault("filter-prompts-share-a-number", operations=TEXT)
def number_prompts_alike(body: JsonObject, request: AcceptedRequest) -> None:
    """The findings on the prompts come twice under the same number."""
    del request
    findings = body.get("prompt_filter_results")
    if isinstance(findings, list):
        body["prompt_filter_results"] = [*findings, *findings]


@chunks_fault("filter-prompts-share-a-number", operations=TEXT)
def number_streamed_prompts_alike(
    chunks: Iterator[JsonObject], request: AcceptedRequest
) -> Iterator[JsonObject]:
    """The findings on the prompts come twice under the same number in one chunk."""
    for chunk in chunks:
        number_prompts_alike(chunk, request)
        yield chunk


def _found(body: JsonObject) -> Iterator[JsonObject]:
    """The findings on each choice that has some."""
    for choice in choices_of(body):
        found = part_of(choice, "content_filter_results")
        if found:
            yield found
