"""Faults of batches: the way through their states, times, counts, what is accepted, what is listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.content.identity import resource_id
from aoai_emulator.faults.anatomy import listed_in, number_of, part_of
from aoai_emulator.faults.registry import acceptance_fault, answer_fault, reply_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.storage.batch_store import Batch, Batches

_CREATE = frozenset({"batch-create"})
_GET = frozenset({"batch-get"})
_CANCEL = frozenset({"batch-cancel"})
_LIST = frozenset({"batch-list"})
_ONE = _CREATE | _GET | _CANCEL
_ENDED = frozenset({"completed", "failed", "cancelled", "expired"})
_DAY = 86_400


class _Shown:
    """How often each batch was shown in each state."""

    def __init__(self) -> None:
        self.times: dict[tuple[str, str], int] = {}

    def again(self, body: JsonObject) -> int:
        """Count a state that is shown once more: 0 the first time."""
        key = (str(body.get("id")), str(body.get("status")))
        self.times[key] = self.times.get(key, -1) + 1
        return self.times[key]


def _batch(request: AcceptedRequest, body: JsonObject) -> Batch | None:
    return request.memory.store(Batches).all.get(str(body.get("id")))


def _times(body: JsonObject) -> list[str]:
    return [name for name in body if name.endswith("_at") and isinstance(body[name], int)]


@answer_fault("batch-wrong-object", operations=_ONE)
def wrong_object(body: JsonObject, request: AcceptedRequest) -> None:
    """The object of a batch is job."""
    del request
    body["object"] = "job"


@answer_fault("batch-id-changes", operations=_GET)
def id_changes(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch has another id each time it is asked for."""
    del request
    body["id"] = resource_id("batch_")


@answer_fault("batch-input-file-changes", operations=_GET)
def input_file_changes(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch names another input file than it was started from."""
    del request
    body["input_file_id"] = resource_id("file-")


@answer_fault("batch-endpoint-changes", operations=_GET)
def endpoint_changes(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch names another endpoint than it was started for."""
    del request
    body["endpoint"] = "/embeddings" if body.get("endpoint") != "/embeddings" else "/completions"


@answer_fault("batch-metadata-lost", operations=_ONE)
def metadata_lost(body: JsonObject, request: AcceptedRequest) -> None:
    """The notes that a batch was started with are lost."""
    del request
    body["metadata"] = {}


@answer_fault("batch-status-unknown", operations=_GET)
def status_unknown(body: JsonObject, request: AcceptedRequest) -> None:
    """The status of a batch that ended well is succeeded, which is none of its enumeration."""
    del request
    if body.get("status") == "completed":
        body["status"] = "succeeded"


@answer_fault("batch-begins-in-progress", operations=_CREATE)
def begins_in_progress(body: JsonObject, request: AcceptedRequest) -> None:
    """A new batch is in progress at once, and validating only after that."""
    del request
    body["status"] = "in_progress"


@answer_fault("batch-status-goes-back", operations=_GET)
def status_goes_back(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch that was in progress is validating again."""
    del request
    if body.get("status") == "finalizing":
        body["status"] = "validating"


@answer_fault("batch-ended-goes-on", operations=_GET)
def ended_goes_on(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch that has ended is in progress again when it is asked for once more."""
    if body.get("status") in _ENDED and request.memory.store(_Shown).again(body):
        body["status"] = "in_progress"


@answer_fault("batch-ended-fails-later", operations=_GET)
def ended_fails_later(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch that was completed has failed when it is asked for once more."""
    if body.get("status") == "completed" and request.memory.store(_Shown).again(body):
        body["status"] = "failed"


@answer_fault("batch-ended-moves-its-times", operations=_GET)
def ended_moves_its_times(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch that has ended gives another time of its end each time."""
    if body.get("status") in _ENDED:
        later = request.memory.store(_Shown).again(body)
        name = f"{body['status']}_at"
        if isinstance(body.get(name), int):
            body[name] += later


@answer_fault("batch-never-ends", operations=_GET | _LIST)
def never_ends(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch stays in progress forever."""
    del request
    for batch in [body, *listed_in(body)]:
        if batch.get("status") in {"finalizing", "completed"}:
            batch["status"] = "in_progress"


@answer_fault("batch-counts-above-total", operations=_GET)
def counts_above_total(body: JsonObject, request: AcceptedRequest) -> None:
    """More requests are answered than there are."""
    del request
    counts = part_of(body, "request_counts")
    counts["completed"] = number_of(counts, "total") + 1


@answer_fault("batch-counts-one-short", operations=_GET)
def counts_one_short(body: JsonObject, request: AcceptedRequest) -> None:
    """A completed batch leaves one request uncounted."""
    del request
    if body.get("status") == "completed":
        counts = part_of(body, "request_counts")
        counts["total"] = number_of(counts, "total") + 1


@answer_fault("batch-counts-go-back", operations=_GET)
def counts_go_back(body: JsonObject, request: AcceptedRequest) -> None:
    """Fewer requests are answered than there were answered before."""
    del request
    if body.get("status") == "finalizing":
        part_of(body, "request_counts").update(completed=0, failed=0)


@answer_fault("batch-failures-uncounted", operations=_GET)
def failures_uncounted(body: JsonObject, request: AcceptedRequest) -> None:
    """Requests that failed are counted as completed."""
    del request
    counts = part_of(body, "request_counts")
    counts["completed"] = number_of(counts, "completed") + number_of(counts, "failed")
    counts["failed"] = 0


@answer_fault("batch-ended-before-it-began", operations=_GET)
def ended_before_it_began(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch was completed before it was created."""
    del request
    if isinstance(body.get("completed_at"), int):
        body["completed_at"] = number_of(body, "created_at") - 60


@answer_fault("batch-finalizing-before-progress", operations=_GET)
def finalizing_before_progress(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch was finalizing before it was in progress."""
    del request
    if isinstance(body.get("finalizing_at"), int):
        body["in_progress_at"] = body["finalizing_at"] + 60


@answer_fault("batch-time-of-end-missing", operations=_GET)
def time_of_end_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch that has ended does not say when."""
    del request
    if body.get("status") in _ENDED:
        body.pop(f"{body['status']}_at", None)


@answer_fault("batch-time-of-what-never-was", operations=_GET)
def time_of_what_never_was(body: JsonObject, request: AcceptedRequest) -> None:
    """A completed batch says when it failed."""
    del request
    if body.get("status") == "completed":
        body["failed_at"] = body.get("completed_at")


@answer_fault("batch-times-in-milliseconds", operations=_ONE)
def times_in_milliseconds(body: JsonObject, request: AcceptedRequest) -> None:
    """The times of a batch are in milliseconds."""
    del request
    for name in _times(body):
        body[name] *= 1000


@answer_fault("batch-times-as-text", operations=_ONE)
def times_as_text(body: JsonObject, request: AcceptedRequest) -> None:
    """The times of a batch are texts."""
    del request
    for name in _times(body):
        body[name] = str(body[name])


@answer_fault("batch-created-changes", operations=_GET)
def created_changes(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch was created a day earlier than the answer to its creation says."""
    del request
    body["created_at"] = number_of(body, "created_at") - _DAY


@answer_fault("batch-expires-before-it-began", operations=_ONE)
def expires_before_it_began(body: JsonObject, request: AcceptedRequest) -> None:
    """The window of a batch closes before it was created."""
    del request
    body["expires_at"] = number_of(body, "created_at") - 1


@answer_fault("batch-expires-within-a-minute", operations=_ONE)
def expires_within_a_minute(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch expires a minute after it was created, whatever its window is."""
    del request
    body["expires_at"] = number_of(body, "created_at") + 60


@answer_fault("batch-window-of-an-hour", operations=_ONE)
def window_of_an_hour(body: JsonObject, request: AcceptedRequest) -> None:
    """The window of a batch is an hour, whatever was asked for."""
    del request
    body["completion_window"] = "1h"


@reply_fault("batch-created-with-202", operations=_CREATE)
def created_with_202(reply: Reply, request: IncomingRequest) -> None:
    """A new batch is answered with 202, which no description has."""
    del request
    if reply.status == 201:
        reply.status = 202


@answer_fault("batch-mistakes-untold", operations=_GET)
def mistakes_untold(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch that failed does not say why."""
    del request
    body.pop("errors", None)


@answer_fault("batch-mistakes-without-a-list", operations=_GET)
def mistakes_without_a_list(body: JsonObject, request: AcceptedRequest) -> None:
    """The mistakes in the input file stand in no list."""
    del request
    errors = body.get("errors")
    if isinstance(errors, dict) and errors.get("data"):
        body["errors"] = errors["data"]


@answer_fault("batch-invalid-lines-accepted", operations=_CREATE)
def invalid_lines_accepted(body: JsonObject, request: AcceptedRequest) -> None:
    """Lines with mistakes are left out instead of failing the batch."""
    _alter(request, body, lambda batch: setattr(batch, "lenient", True))


@answer_fault("batch-cancelled-completes", operations=_CANCEL)
def cancelled_completes(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch that is being cancelled goes on, and completes."""

    def go_on(batch: Batch) -> None:
        batch.status = "finalizing"

    _alter(request, body, go_on)


@answer_fault("batch-cancelled-still-validating", operations=_CANCEL)
def cancelled_still_validating(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch that was cancelled says that it is validating."""
    del request
    body["status"] = "validating"


def _alter(request: AcceptedRequest, body: JsonObject, change: Callable[[Batch], None]) -> None:
    """Change the batch itself, not what is told of it."""
    batch = _batch(request, body)
    if batch is not None:
        change(batch)


@acceptance_fault("batch-unknown-file-accepted", check="relations", operations=_CREATE)
def unknown_file_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A batch can be started from a file that is not there."""
    del request
    return _without(found, "input_file_id", "unknown")


@acceptance_fault("batch-any-window-accepted", check="schema", operations=_CREATE)
def any_window_in_schema(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A batch can be started with another window than 24h."""
    del request
    return _without(found, "completion_window", "enum")


@acceptance_fault("batch-any-window-accepted", check="relations", operations=_CREATE)
def any_window_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A batch can be started with another window than 24h."""
    del request
    return _without(found, "completion_window", "enum")


@acceptance_fault("batch-empty-file-id-accepted", check="schema", operations=_CREATE)
def empty_id_in_schema(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A batch can be started from a file with an empty id."""
    del request
    return _without(found, "input_file_id", "minLength")


@acceptance_fault("batch-empty-file-id-accepted", check="relations", operations=_CREATE)
def empty_id_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A batch can be started from a file with an empty id."""
    return _without(found, "input_file_id", "unknown") if request.sent.get("input_file_id") == "" else found


@acceptance_fault("batch-cancelled-after-its-end", check="relations", operations=_CANCEL)
def cancelled_after_its_end(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A batch that has ended can be cancelled."""
    del request
    return (refusal for refusal in found if refusal.param != "status")


@reply_fault("batch-unknown-found", operations=_GET | _CANCEL)
def unknown_found(reply: Reply, request: IncomingRequest) -> None:
    """An id that names no batch is answered with 200 and an empty object."""
    del request
    if reply.status == 404:
        reply.status, reply.body = 200, b"{}"


def _without(found: Iterable[Refusal], param: str, reason: str) -> Iterator[Refusal]:
    """Return the refusals but those of one field for one reason."""
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != (param, reason))
