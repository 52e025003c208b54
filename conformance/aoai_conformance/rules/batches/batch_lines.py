"""Single lines of a batch's files: unique ids, and errors with messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import members, text
from aoai_conformance.rule import STORED, rule
from aoai_conformance.rules.batches.batch_results import BatchResultFlow, lines_of
from aoai_conformance.views.flows import Step
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@2025-01-01-preview"
_OUTPUT = f"{_DOCUMENT}#/components/schemas/Batch/properties/output_file_id"
_ERRORS = f"{_DOCUMENT}#/components/schemas/Batch/properties/error_file_id"
Line = tuple[Step, int, dict[str, Any]]


def _lines_with_id(flow: BatchResultFlow) -> tuple[tuple[Line, ...], ...]:
    """Return the lines with an id in the files of each batch if there are at least two."""
    found = []
    for results in flow.results:
        files = [step for step in (results.output, results.errors) if step is not None]
        lines = [(step, number, members(line)) for step in files for number, line in lines_of(step)]
        named = tuple(one for one in lines if text(one[2].get("id")) and text(one[2].get("custom_id")))
        if len(named) > 1:
            found.append(named)
    return tuple(found)


@rule(
    "BATCHES-032",
    must="give each result of a batch a different id, if results have ids",
    clause=_OUTPUT,
    operations=STORED,
    evidence=_lines_with_id,
    note="Judged only if each line has an `id`, which is not required. BATCHES-014 checks duplicate results.",
)
def result_ids_are_unique(batches: tuple[tuple[Line, ...], ...]) -> Iterator[Violation]:
    """The id identifies one result."""
    for lines in batches:
        seen: dict[str, Any] = {}
        for step, number, line in lines:
            request = seen.setdefault(line["id"], line.get("custom_id"))
            if request != line.get("custom_id"):
                yield step.violates(
                    "",
                    f"The result in line {number} has the id of another result",
                    actual=line["id"],
                    reason="same id",
                )
                break


def _error_lines(flow: BatchResultFlow) -> tuple[Line, ...]:
    """Return the lines of error files that report a failure."""
    return tuple(
        (results.errors, number, line)
        for results in flow.results
        if results.errors is not None
        for number, line in lines_of(results.errors)
        if isinstance(line, dict) and (line.get("error") or line.get("response"))
    )


@rule(
    "BATCHES-033",
    should="include a message for each request in the error file",
    clause=_ERRORS,
    operations=STORED,
    evidence=_error_lines,
    note="The message may be in the error of the line, in the error of the response's body, or be that body.",
)
def errors_have_messages(lines: tuple[Line, ...]) -> Iterator[Violation]:
    """A status alone does not explain the failure."""
    for step, number, line in lines:
        if not _has_words(line):
            yield step.violates("", f"The error in line {number} has no message", reason="no message")
            return


def _has_words(line: dict[str, Any]) -> bool:
    body = members(line.get("response")).get("body")
    texts = [line.get("error"), body]
    texts += [members(each).get(name) for each in (line.get("error"), body) for name in ("message", "error")]
    texts.append(members(members(body).get("error")).get("message"))
    return any(isinstance(each, str) and each.strip() for each in texts)
