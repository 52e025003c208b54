"""Views of scenarios: several exchanges that are judged together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from aoai_conformance.exchange import Exchange
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import Inconclusive
from aoai_conformance.views.exchange_views import Reply
from aoai_conformance.views.responses import ChatReply, CompletionReply, EmbeddingsReply, TextReply

if TYPE_CHECKING:
    from aoai_specs.document import Operation


AnyReply = TypeVar("AnyReply", bound=Reply)


@dataclass(frozen=True, eq=False)
class ScenarioView:
    """The exchanges of one scenario by the names of their steps.

    A subclass names its kinds of scenario. Its properties raise Inconclusive if a step has no response to
    compare: it was not sent, it failed in transit, or it was rejected.
    """

    kinds: ClassVar[frozenset[str]] = frozenset()
    #: Whether the rules of the view also judge steps without a response.
    judges_failures: ClassVar[bool] = False
    kind: str
    steps: Mapping[str, Exchange]
    operation: Operation

    @classmethod
    def of_scenario(cls, kind: str, steps: Mapping[str, Exchange], operation: Operation) -> Self | None:
        """Return the view of a scenario; None if it is of another kind."""
        return cls(kind, steps, operation) if kind in cls.kinds else None

    def step(self, name: str, view: type[AnyReply]) -> AnyReply:
        """Return one step as `view`. Raises Inconclusive if the step does not offer it."""
        exchange = self.steps.get(name)
        if exchange is None:
            raise Inconclusive(f"the step {name!r} was not sent")
        shown = view.of(exchange, self.operation)
        if shown is None:
            raise Inconclusive(f"the step {name!r} has no response to compare")
        return shown


class ChatStreamAgainstPlain(ScenarioView):
    """The same chat request, once plain and once streamed."""

    kinds = frozenset({"chat.stream-against-plain"})

    @cached_property
    def plain(self) -> ChatReply:
        """Return the unstreamed response."""
        return self.step("plain", ChatReply)

    @cached_property
    def stream(self) -> ChatReply:
        """Return the streamed response, assembled."""
        return self.step("stream", ChatReply)


class CompletionsStreamAgainstPlain(ScenarioView):
    """The same completions request, once plain and once streamed."""

    kinds = frozenset({"completions.stream-against-plain"})

    @cached_property
    def plain(self) -> CompletionReply:
        """Return the unstreamed response."""
        return self.step("plain", CompletionReply)

    @cached_property
    def stream(self) -> CompletionReply:
        """Return the streamed response, assembled."""
        return self.step("stream", CompletionReply)


class TextStreamAgainstPlain(ScenarioView):
    """The same chat or completions request, once plain and once streamed."""

    kinds = ChatStreamAgainstPlain.kinds | CompletionsStreamAgainstPlain.kinds

    @cached_property
    def plain(self) -> TextReply:
        """Return the unstreamed response."""
        return self.step("plain", TextReply)

    @cached_property
    def stream(self) -> TextReply:
        """Return the streamed response, assembled."""
        return self.step("stream", TextReply)


class TextSameSeed(ScenarioView):
    """The same chat or completions request with the same seed, twice."""

    kinds = frozenset({"chat.same-seed", "completions.same-seed"})

    @cached_property
    def first(self) -> TextReply:
        """Return the response to the first request."""
        return self.step("first", TextReply)

    @cached_property
    def second(self) -> TextReply:
        """Return the response to the second request."""
        return self.step("second", TextReply)


class EmbeddingsFloatAgainstBase64(ScenarioView):
    """The same inputs, once as float and once as base64."""

    kinds = frozenset({"embeddings.float-against-base64"})

    @cached_property
    def floats(self) -> EmbeddingsReply:
        """Return the response to the request for float."""
        return self.step("float", EmbeddingsReply)

    @cached_property
    def base64(self) -> EmbeddingsReply:
        """Return the response to the request for base64."""
        return self.step("base64", EmbeddingsReply)


class EmbeddingsRepeated(ScenarioView):
    """The same inputs, twice."""

    kinds = frozenset({"embeddings.repeated"})

    @cached_property
    def first(self) -> EmbeddingsReply:
        """Return the response to the first request."""
        return self.step("first", EmbeddingsReply)

    @cached_property
    def second(self) -> EmbeddingsReply:
        """Return the response to the second request."""
        return self.step("second", EmbeddingsReply)


class EmbeddingsAloneAgainstBatch(ScenarioView):
    """One input alone, and the same input as one of several."""

    kinds = frozenset({"embeddings.alone-against-batch"})

    @cached_property
    def alone(self) -> EmbeddingsReply:
        """Return the response to the input alone."""
        return self.step("alone", EmbeddingsReply)

    @cached_property
    def batch(self) -> EmbeddingsReply:
        """Return the response to the batch that contains it."""
        return self.step("batch", EmbeddingsReply)


#: The kind of scenario of a rejected request and its two accepted halves.
BISECTED = "packed.taken-apart"
#: Statuses unrelated to the content of the request: key, address, load, or an intermediary.
_SILENT = frozenset({401, 403, 404, 408, 409, 425, 429, 502, 503, 504})


def is_refused(exchange: Exchange) -> bool:
    """Whether the server rejected the content of the request, or failed to process it."""
    response = exchange.response
    return response is not None and response.status >= 400 and response.status not in _SILENT


def is_accepted(exchange: Exchange) -> bool:
    """Whether the status is 2xx."""
    return exchange.response is not None and 200 <= exchange.response.status < 300


class BisectedRequest(ScenarioView):
    """A packed request that was rejected while both of its halves were accepted."""

    kinds: ClassVar[frozenset[str]] = frozenset({BISECTED})

    @property
    def whole(self) -> Exchange:
        """Return the exchange with all the points."""
        return self.steps["whole"]

    @property
    def point_ids(self) -> tuple[str, ...]:
        """Return the ids of the points that are only accepted separately."""
        return tuple(point.id for point in self.whole.case.points)


#: The kind of scenario that identifies the request that makes a server stop responding.
STOPPED_RESPONDING = "operation.stopped-responding"
#: The steps of one trial: the minimal request, the suspected request, and the minimal request again while
#: the suspected one has no response or right after its response.
BEFORE, REQUEST, AFTER = "before", "request", "after"
#: Failures that show that a server has stopped responding.
SILENT = frozenset({"timeout", "connect", "protocol"})


def is_silent(exchange: Exchange) -> bool:
    """Whether a request was sent and the server did not respond to it."""
    return exchange.failure is not None and exchange.failure.kind in SILENT and exchange.attempts > 0


def trial_steps(trial: int) -> tuple[str, str, str]:
    """Return the names of the steps of one trial, counted from 1."""
    return f"{REQUEST}-{trial}", f"{BEFORE}-{trial}", f"{AFTER}-{trial}"


class StoppedResponding(ScenarioView):
    """One request, sent alone to a responding server, or the requests before a server stopped responding."""

    kinds: ClassVar[frozenset[str]] = frozenset({STOPPED_RESPONDING})
    judges_failures: ClassVar[bool] = True

    @property
    def trials(self) -> tuple[Mapping[str, Exchange], ...]:
        """Return the complete trials: the request, and the minimal request before and after it."""
        found: list[Mapping[str, Exchange]] = []
        while all(step in self.steps for step in trial_steps(len(found) + 1)):
            names = trial_steps(len(found) + 1)
            found.append(
                dict(zip((REQUEST, BEFORE, AFTER), (self.steps[name] for name in names), strict=True))
            )
        return tuple(found)

    @property
    def suspects(self) -> tuple[str, ...]:
        """Return the ids of the requests without a response if none could be sent alone."""
        return tuple(each.case.id for each in self.steps.values() if each.case.origin != "check")
