"""The result files of a batch: one line for each request, with its response."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aoai_conformance.json_access import members, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import STORED, Inconclusive, rule
from aoai_conformance.rules.batches.batches import BatchFlow
from aoai_conformance.views.flows import Step
from aoai_model.json_parsing import parse_strictly
from aoai_model.verdict import Violation

if TYPE_CHECKING:
    from aoai_specs.document import Operation

_DOCUMENT = "azure-openai@2025-01-01-preview"
_OUTPUT = f"{_DOCUMENT}#/components/schemas/Batch/properties/output_file_id"
_ERRORS = f"{_DOCUMENT}#/components/schemas/Batch/properties/error_file_id"
_KINDS = (("/chat/completions", "chat"), ("/embeddings", "embeddings"), ("/completions", "completions"))


@dataclass(frozen=True)
class Results:
    """One completed batch with its input, and the lines of its downloaded files.

    `wanted` are the ids of the requests, empty for one without; `asked` maps each custom_id to the request's
    body, `strays` are the ids of requests to another endpoint, and `unread` is the number of lines that are
    not JSON. `output` and `errors` are None if the file was not downloaded or does not exist.
    """

    batch: Mapping[str, Any]
    wanted: tuple[str, ...]
    asked: Mapping[str, Mapping[str, Any]]
    strays: frozenset[str]
    unread: int
    output: Step | None
    errors: Step | None

    @property
    def is_sound(self) -> bool:
        """Whether every line of the input is a request with a unique id."""
        return not self.unread and all(self.wanted) and len(set(self.wanted)) == len(self.wanted)

    @property
    def is_whole(self) -> bool:
        """Whether every file of the batch was downloaded completely."""
        for name, step in (("output_file_id", self.output), ("error_file_id", self.errors)):
            if self.batch.get(name) and (step is None or not step.response.complete):
                return False
        return True


def lines_of(step: Step | None) -> list[tuple[int, Any]]:
    """Return the lines of a JSON Lines file, numbered from 1; None for a line that is not JSON."""
    if step is None:
        return []
    parsed: list[tuple[int, Any]] = []
    # split as bytes: characters such as U+2028 do not end a line of a file
    for number, raw in enumerate(step.response.body.splitlines(), start=1):
        if line := raw.decode("utf-8", "replace").strip():
            try:
                parsed.append((number, parse_strictly(line)))
            except ValueError:
                parsed.append((number, None))
    return parsed


def _requests_in(content: bytes) -> tuple[list[Mapping[str, Any]], int]:
    """Return the requests of an input file, and the number of lines that are not JSON."""
    requests: list[Mapping[str, Any]] = []
    unread = 0
    for raw in content.splitlines():
        if line := raw.decode("utf-8", "replace").strip():
            try:
                requests.append(members(parse_strictly(line)))
            except ValueError:
                unread += 1
    return requests, unread


def _remove_version(path: Any) -> str | None:
    given = text(path)
    return None if given is None else given.removeprefix("/v1")


class BatchResultFlow(BatchFlow):
    """A flow that downloads the results of completed batches."""

    @cached_property
    def results(self) -> tuple[Results, ...]:
        """Return each completed batch whose input file the flow uploaded."""
        inputs = {step.id: step.file for step in self.done("file-upload") if step.file is not None}
        contents = {step.resource: step for step in self.done("file-content")}
        found: list[Results] = []
        for line in self.histories():
            batch = line.shown[-1][2]
            given = inputs.get(text(batch.get("input_file_id")))
            if batch.get("status") != "completed" or given is None:
                continue
            requests, unread = _requests_in(given)
            ids = tuple(text(request.get("custom_id")) or "" for request in requests)
            asked = {id_: members(request.get("body")) for id_, request in zip(ids, requests, strict=True)}
            endpoint = _remove_version(batch.get("endpoint"))
            strays = frozenset(
                id_
                for id_, request in zip(ids, requests, strict=True)
                if endpoint is not None and _remove_version(request.get("url")) not in (None, endpoint)
            )
            output = contents.get(text(batch.get("output_file_id")))
            errors = contents.get(text(batch.get("error_file_id")))
            found.append(Results(batch, ids, asked, strays, unread, output, errors))
        return tuple(found)

    def kind_of(self, batch: Mapping[str, Any]) -> str | None:
        """Return the kind of operation of a batch's requests."""
        endpoint = text(batch.get("endpoint")) or ""
        return next((kind for ending, kind in _KINDS if endpoint.endswith(ending)), None)

    def operation_for(self, batch: Mapping[str, Any]) -> Operation | None:
        """Return the operation of a batch's requests in the document of the flow."""
        kind = self.kind_of(batch)
        operations = self.operation.document.operations.values()
        return next((each for each in operations if each.kind == kind), None)


@rule(
    "BATCHES-014",
    must="return one result for each request of a batch",
    clause=_OUTPUT,
    operations=STORED,
    note="Requests are identified by their custom_id, in the output file and in the error file. A missing "
    "result of a request to another endpoint, which no documentation covers, is a SHOULD violation.",
)
def each_request_has_one_result(flow: BatchResultFlow) -> Iterator[Violation]:
    """No result is missing, duplicated, or for an unknown request."""
    for results in flow.results:
        if not results.is_whole:
            raise Inconclusive("not every file of the batch was downloaded")
        shown = results.output or results.errors
        if shown is None:
            continue
        result_ids = [
            text(members(line).get("custom_id"))
            for step in (results.output, results.errors)
            for _, line in lines_of(step)
        ]
        for expected, times in Counter(filter(None, results.wanted)).items():
            count = result_ids.count(expected)
            if not 1 <= count <= times:
                violation = shown.violates(
                    "",
                    f"A request of the batch has {count} results",
                    expected=expected,
                    actual=count,
                    reason="lost" if count == 0 else "twice",
                )
                yield replace(violation, level="should") if expected in results.strays else violation
        for other in dict.fromkeys(result_ids):
            if other is not None and other not in results.wanted:
                yield shown.violates(
                    "",
                    "A result has the custom_id of no request in the batch",
                    actual=other,
                    reason="unknown",
                )


@rule(
    "BATCHES-015",
    must="write each result of a batch as a JSON line with custom_id and response",
    clause=_OUTPUT,
    operations=STORED,
)
def lines_are_valid_results(flow: BatchResultFlow) -> Iterator[Violation]:
    """Programs read the file line by line."""
    for results in flow.results:
        for number, line in lines_of(results.output):
            if not isinstance(line, dict):
                yield _at(
                    results.output, number, "", "A line of the output file is not a JSON object", "no json"
                )
                return
            if text(line.get("custom_id")) is None and all(results.wanted):
                yield _at(results.output, number, "/custom_id", "A result has no custom_id", "custom_id")
            response = line.get("response")
            if not isinstance(response, dict) or not isinstance(response.get("body"), dict):
                yield _at(results.output, number, "/response", "A result has no response", "response")
            elif whole(response.get("status_code")) is None:
                yield _at(
                    results.output, number, "/response/status_code", "A response has no status", "status"
                )


@rule(
    "BATCHES-016",
    must="write successful results to the output file and failed ones to the error file",
    clause=_ERRORS,
    operations=STORED,
)
def separates_results_and_errors(flow: BatchResultFlow) -> Iterator[Violation]:
    """Judged by the status of each response, and by its error."""
    for results in flow.results:
        for step, is_output in ((results.output, True), (results.errors, False)):
            for number, line in lines_of(step):
                response = members(members(line).get("response"))
                status = whole(response.get("status_code"))
                failed = bool(members(line).get("error")) or (status is not None and status >= 400)
                succeeded = status is not None and 200 <= status < 300 and not failed
                if is_output and failed:
                    yield _at(step, number, "/response", "A failed request is in the output file", "failed")
                elif not is_output and succeeded:
                    yield _at(
                        step, number, "/response", "A successful request is in the error file", "succeeded"
                    )


@rule(
    "BATCHES-017",
    must="return request counts of a completed batch that match its files",
    clause=f"{_DOCUMENT}#/components/schemas/Batch/properties/request_counts",
    operations=STORED,
)
def counts_match_the_files(flow: BatchResultFlow) -> Iterator[Violation]:
    """The output file has the completed requests, the error file the failed ones."""
    for results in flow.results:
        counts = members(results.batch.get("request_counts"))
        pairs = (("completed", results.output), ("failed", results.errors), ("total", None))
        for name, step in pairs:
            actual = whole(counts.get(name))
            held = len(results.wanted) if name == "total" else len(lines_of(step))
            shown = step or results.output or results.errors
            if actual is None or shown is None or (step is None and name != "total"):
                continue
            if name == "total" and (results.strays or not results.is_sound):
                continue  # undocumented: whether errors of a file are counted
            if actual != held:
                yield shown.violates(
                    "",
                    f"The count of {name} requests differs from the files",
                    expected=held,
                    actual=actual,
                    reason=name,
                )


@rule(
    "BATCHES-018",
    must="return results of a batch that match the schema of its operation",
    clause=_OUTPUT,
    operations=STORED,
    note="The body of each response is validated against the schema of the batch's operation.",
)
def bodies_match_the_operation(flow: BatchResultFlow) -> Iterator[Violation]:
    """For example, the response to a chat request is a chat completion."""
    for results in flow.results:
        operation = flow.operation_for(results.batch)
        validator = None if operation is None else operation.response_validator(200)
        if validator is None:
            continue
        for number, line in lines_of(results.output):
            body = members(members(line).get("response")).get("body")
            astray = text(members(line).get("custom_id")) in results.strays
            if astray or not isinstance(body, dict) or validator.is_valid(body):
                continue
            for error in validator.errors(body, at_most=3):
                yield _at(
                    results.output,
                    number,
                    f"/response/body{error.pointer}",
                    f"The response in a result does not match the schema of its operation: {error.keyword}",
                    error.keyword,
                )
            return


@rule(
    "BATCHES-019",
    must="return each result of a batch with the custom_id of its request",
    clause=_OUTPUT,
    operations=STORED,
    note="Recognized if requests differ in their number of inputs or choices.",
)
def results_match_their_requests(flow: BatchResultFlow) -> Iterator[Violation]:
    """Compares the number of vectors or choices with the request."""
    for results in flow.results:
        for number, line in lines_of(results.output):
            asked = results.asked.get(text(members(line).get("custom_id")) or "", {})
            body = members(members(members(line).get("response")).get("body"))
            for name, expected in (("data", _inputs(asked)), ("choices", _choices(asked))):
                given = body.get(name)
                if isinstance(given, list) and expected is not None and len(given) != expected:
                    yield _at(
                        results.output,
                        number,
                        f"/response/body/{name}",
                        "The result is not the result of the request with its custom_id",
                        "another request",
                    )


@rule(
    "BATCHES-020",
    may="return the purpose batch_output for the files of a batch",
    clause=f"{_DOCUMENT}#/components/schemas/FilePurpose",
    operations=STORED,
    note="The purpose batch_output is listed, but the documentation does not say which files have it.",
)
def result_files_have_the_purpose(flow: BatchFlow) -> Iterator[Violation]:
    """Checks the responses of `file-get` for the files of a batch."""
    left = {
        batch.get(name)
        for line in flow.histories()
        for _, _, batch in line.shown
        for name in ("output_file_id", "error_file_id")
    }
    for step in flow.done("file-get"):
        purpose = text(step.json.get("purpose"))
        if step.resource in left and purpose is not None and purpose != "batch_output":
            yield step.violates(
                "/purpose",
                "The purpose of a batch's result file is not batch_output",
                expected="batch_output",
                actual=purpose,
            )


def _inputs(asked: Mapping[str, Any]) -> int | None:
    given = asked.get("input")
    if isinstance(given, list) and all(isinstance(each, str) for each in given):
        return len(given)
    return 1 if isinstance(given, str) else None


def _choices(asked: Mapping[str, Any]) -> int | None:
    """Return the number of choices of a request; in completions, for each prompt."""
    return whole(asked.get("n", 1)) if "messages" in asked else None


def _at(step: Step | None, number: int, pointer: str, message: str, reason: str) -> Violation:
    if step is None:
        raise Inconclusive("the file was not downloaded")
    return step.violates(pointer, f"{message}, line {number}", reason=reason)
