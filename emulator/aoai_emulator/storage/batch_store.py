"""The stored batches: state, times of earlier states, and counts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.storage.batch_lines import Line, Mistake

MOST_BATCHES = 500
MOST_ACTIVE = 50
#: The only supported window (https://github.com/mozilla-ai/any-llm/issues/1348), in seconds.
WINDOW = 24 * 3600

ENDED = frozenset({"completed", "failed", "cancelled", "expired"})
#: The times of a batch, in the order in which they can be set.
TIMES = (
    "in_progress_at",
    "finalizing_at",
    "cancelling_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelled_at",
)


@dataclass(slots=True)
class Batch:
    """One batch. `moved` is the time of its last step; `target` is the path for its lines.

    In `target`, {} stands for the model. `lines` are the requests that are left, `answers` and `failures` the
    results so far, as lines of JSON; all three are dropped at its end. With `lenient`, invalid lines are
    skipped instead of failing the batch.
    """

    id: str
    endpoint: str
    kind: str
    target: str
    input_file_id: str
    completion_window: str
    metadata: dict[str, str] | None
    created: float
    moved: float
    status: str = "validating"
    times: dict[str, int] = field(default_factory=dict)
    lines: deque[Line] = field(default_factory=deque)
    successes: list[bytes] = field(default_factory=list)
    failures: list[bytes] = field(default_factory=list)
    total: int = 0
    completed: int = 0
    failed: int = 0
    held: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    output_file_id: str | None = None
    error_file_id: str | None = None
    lenient: bool = False
    is_moving: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether the state is final."""
        return self.status in ENDED

    @property
    def expires(self) -> int:
        """When its window closes."""
        return int(self.created) + WINDOW

    def enter(self, status: str, now: float) -> None:
        """Set the state and its time."""
        self.status = status
        self.times[f"{status}_at"] = int(now)
        self.moved = now

    def keep(self, result: bytes, *, is_success: bool) -> None:
        """Store the result of a request."""
        (self.successes if is_success else self.failures).append(result)
        self.held += len(result)
        self.completed += is_success
        self.failed += not is_success

    def let_go(self) -> None:
        """Drop requests and results."""
        self.lines.clear()
        self.successes.clear()
        self.failures.clear()
        self.held = 0

    def described(self, *, with_nulls: bool) -> JsonObject:
        """Describe the batch; times not reached are null, as in the published examples, or left out."""
        description: dict[str, Any] = {
            "object": "batch",
            "id": self.id,
            "endpoint": self.endpoint,
            "errors": self._errors(with_nulls=with_nulls),
            "input_file_id": self.input_file_id,
            "completion_window": self.completion_window,
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": int(self.created),
            "expires_at": self.expires,
            **{name: self.times.get(name) for name in TIMES},
            "request_counts": {"total": self.total, "completed": self.completed, "failed": self.failed},
            "metadata": None if self.metadata is None else dict(self.metadata),
        }
        return description if with_nulls else _without_nulls(description)

    def _errors(self, *, with_nulls: bool) -> JsonObject | None:
        if not self.mistakes:
            return None
        data = [
            {"code": each.code, "message": each.message, "param": each.param, "line": each.line}
            for each in self.mistakes
        ]
        return {"object": "list", "data": data if with_nulls else [_without_nulls(each) for each in data]}


class Batches:
    """Every batch of one emulator by id, the oldest first."""

    def __init__(self) -> None:
        self.all: dict[str, Batch] = {}

    def active(self) -> Iterator[Batch]:
        """Return the batches that have not ended."""
        return (batch for batch in self.all.values() if not batch.has_ended)

    def newest(self) -> list[Batch]:
        """Return all batches, the newest first."""
        return list(reversed(self.all.values()))

    def begin(self, batch: Batch) -> None:
        """Add a batch, and forget the oldest that has ended if there are too many."""
        self.all[batch.id] = batch
        if len(self.all) > MOST_BATCHES:
            ended = next((each.id for each in self.all.values() if each.has_ended), None)
            if ended is not None:
                del self.all[ended]

    def held(self) -> int:
        """How many bytes of requests and results are stored."""
        return sum(batch.held for batch in self.active())


def _without_nulls(value: JsonObject) -> JsonObject:
    return {name: inner for name, inner in value.items() if inner is not None}
