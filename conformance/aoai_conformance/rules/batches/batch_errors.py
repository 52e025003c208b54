"""The errors of a batch, compared with the lines of its input."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aoai_conformance.json_access import elements, members, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import STORED, rule
from aoai_conformance.rules.batches.batches import BatchFlow
from aoai_conformance.views.flows import Step
from aoai_model.json_parsing import parse_strictly
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@2025-01-01-preview"
_LINE = f"{_DOCUMENT}#/components/schemas/BatchErrorDatum/properties/line"
_CODE = f"{_DOCUMENT}#/components/schemas/BatchErrorDatum/properties/code"
_ERRORS = f"{_DOCUMENT}#/components/schemas/Batch/properties/errors"
_GUIDE = "https://learn.microsoft.com/azure/ai-services/openai/how-to/batch"
_NUMBER = re.compile(r"-?\d{1,9}")


@dataclass(frozen=True)
class Input:
    """The input of a batch, and the endpoint of its requests."""

    content: bytes
    endpoint: str | None

    @cached_property
    def lines(self) -> tuple[Any, ...]:
        """Return every line as JSON, including blank ones; None if it is not JSON."""
        return tuple(_parsed(line) for line in self.content.splitlines())

    @cached_property
    def requests(self) -> int:
        """Return the number of lines that are not blank."""
        return sum(1 for line in self.content.splitlines() if line.strip())

    @cached_property
    def ids(self) -> Counter[str]:
        """Return how often each custom_id occurs."""
        found = (text(members(line).get("custom_id")) for line in self.lines)
        return Counter(id_ for id_ in found if id_ is not None)

    @property
    def is_sound(self) -> bool:
        """Whether every line is a request to the endpoint with a unique custom_id."""
        wrong = (_IS_WRONG[code](self, line) for line in self.lines for code in _IS_WRONG)
        return self.requests == len(self.lines) == sum(self.ids.values()) and not any(wrong)


def _parsed(line: bytes) -> Any:
    try:
        return parse_strictly(line.decode("utf-8", "replace"))
    except ValueError:
        return None


def _path(value: Any) -> str | None:
    given = text(value)
    return None if given is None else given.removeprefix("/v1")


def _is_for_another(given: Input, line: Any) -> bool:
    url = _path(members(line).get("url"))
    return None not in (given.endpoint, url) and url != given.endpoint


#: The check of a line for each code of the guide.
_IS_WRONG: Mapping[str, Callable[[Input, Any], bool]] = {
    "invalid_json_line": lambda _, line: not isinstance(line, dict),
    "duplicate_custom_id": lambda given, line: given.ids[str(members(line).get("custom_id"))] > 1,
    "url_mismatch": _is_for_another,
}


class BatchInputFlow(BatchFlow):
    """A flow with batches whose input it uploaded."""

    @cached_property
    def described(self) -> tuple[tuple[Step, str, dict[str, Any], Input], ...]:
        """Return each description of such a batch with its input."""
        contents = {step.id: step.file for step in self.done("file-upload") if step.file is not None}
        return tuple(
            (step, at, batch, Input(content, _path(line.shown[0][2].get("endpoint"))))
            for line in self.histories()
            for step, at, batch in line.shown
            if (content := contents.get(text(batch.get("input_file_id")))) is not None
        )


def _errors(batch: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the errors of a batch with their pointers; they are a list or, in one description, single."""
    data = members(batch.get("errors")).get("data")
    if isinstance(data, dict):
        return [("/errors/data", data)]
    return [(f"/errors/data/{at}", each) for at, each in enumerate(elements(data)) if isinstance(each, dict)]


def _number(value: Any) -> int | None:
    """Return a line number, which is a string in one description."""
    given = text(value)
    if given is not None:
        return int(given) if _NUMBER.fullmatch(given) else None
    return whole(value)


@dataclass(frozen=True)
class LineError:
    """One error that names a line."""

    step: Step
    pointer: str
    error: Mapping[str, Any]
    number: int
    given: Input

    @property
    def candidates(self) -> list[Any]:
        """Return the possible lines: numbers start at 1 or at 0."""
        places = (self.number - 1, self.number)
        return [self.given.lines[place] for place in places if 0 <= place < len(self.given.lines)]


def _errors_with_line(flow: BatchInputFlow) -> tuple[LineError, ...]:
    """Return each such error once, at its first occurrence."""
    found: dict[tuple[str, str, int], LineError] = {}
    for step, at, batch, given in flow.described:
        for pointer, error in _errors(batch):
            number = _number(error.get("line"))
            if number is not None:
                key = (str(batch.get("id")), pointer, number)
                found.setdefault(key, LineError(step, f"{at}{pointer}", error, number, given))
    return tuple(found.values())


def _errors_with_known_code(flow: BatchInputFlow) -> tuple[LineError, ...]:
    """Return the errors whose line exists and whose code is in the guide."""
    errors = _errors_with_line(flow)
    return tuple(each for each in errors if each.error.get("code") in _IS_WRONG and each.candidates)


@rule(
    "BATCHES-022",
    must="refer only to existing lines of the input in errors",
    clause=_LINE,
    operations=STORED,
    evidence=_errors_with_line,
    note="Line numbers may start at 0 or 1; the documentation does not say which.",
)
def errors_refer_to_existing_lines(errors: tuple[LineError, ...]) -> Iterator[Violation]:
    """Compares line numbers with the number of uploaded lines."""
    for each in errors:
        most = max(1, len(each.given.lines))
        if not 0 <= each.number <= most:
            yield each.step.violates(
                f"{each.pointer}/line",
                "An error refers to a line that does not exist in the input",
                expected=f"0 to {most}",
                actual=each.number,
            )


@rule(
    "BATCHES-023",
    should="report an error only for a line that has this error",
    clause=_CODE,
    operations=STORED,
    evidence=_errors_with_known_code,
    note="Checked for the codes invalid_json_line, duplicate_custom_id and url_mismatch of the guide "
    f"({_GUIDE}). The documentation does not say whether numbers start at 0 or 1; both are accepted.",
)
def errors_match_their_lines(errors: tuple[LineError, ...]) -> Iterator[Violation]:
    """Compares the line that an error names with the error's code."""
    for each in errors:
        code = str(each.error["code"])
        if not any(_IS_WRONG[code](each.given, line) for line in each.candidates):
            yield each.step.violates(
                f"{each.pointer}/line",
                f"An error with the code {code} refers to a line without that mistake",
                actual=each.number,
            )


def _completed(flow: BatchInputFlow) -> tuple[tuple[Step, str, dict[str, Any], Input], ...]:
    """Return the first description of each completed batch."""
    found: dict[str, tuple[Step, str, dict[str, Any], Input]] = {}
    for step, at, batch, given in flow.described:
        if batch.get("status") == "completed" and given.requests and given.is_sound:
            found.setdefault(str(batch.get("id")), (step, at, batch, given))
    return tuple(found.values())


@rule(
    "BATCHES-024",
    should="return no errors for a batch whose requests all succeeded",
    clause=_ERRORS,
    operations=STORED,
    evidence=_completed,
    note="A failed request is counted as failed and written to the error file.",
)
def successful_batch_has_no_errors(
    completed: tuple[tuple[Step, str, dict[str, Any], Input], ...],
) -> Iterator[Violation]:
    """`errors` must be empty if all requests of the input are completed."""
    for step, at, batch, given in completed:
        done = whole(members(batch.get("request_counts")).get("completed"))
        if done == given.requests and _errors(batch):
            yield step.violates(f"{at}/errors", "All requests of the batch succeeded, but it has errors")


@rule(
    "BATCHES-031",
    must="return the result of every request of a completed batch",
    clause=f"{_DOCUMENT}#/components/schemas/Batch/properties/output_file_id",
    operations=STORED,
    evidence=_completed,
    note="If requests are counted as finished and there is no file, BATCHES-010 reports it.",
)
def completed_batch_has_results(
    completed: tuple[tuple[Step, str, dict[str, Any], Input], ...],
) -> Iterator[Violation]:
    """Without counts and files, the requests are lost."""
    for step, at, batch, given in completed:
        counts = members(batch.get("request_counts"))
        counted = any(counts.get(name) for name in ("completed", "failed"))
        if not counted and not text(batch.get("output_file_id")) and not text(batch.get("error_file_id")):
            yield step.violates(
                f"{at}/output_file_id",
                "The completed batch has neither counts nor result files",
                expected=f"{given.requests} results",
                reason="lost",
            )
