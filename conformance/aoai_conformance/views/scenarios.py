"""Views of scenarios: several exchanges that are judged together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from aoai_conformance.exchange import Exchange
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import Inconclusive
from aoai_conformance.views.answers import ChatAnswer, CompletionAnswer, EmbeddingsAnswer, TextAnswer
from aoai_conformance.views.exchange_views import Reply

if TYPE_CHECKING:
    from aoai_specs.document import Operation

AnyReply = TypeVar("AnyReply", bound=Reply)


@dataclass(frozen=True, eq=False)
class ScenarioView:
    """The exchanges of one scenario by the names of their steps.

    A subclass names the kinds of scenario that it shows. Its properties raise Inconclusive where a step has
    no answer to compare: it was not sent, it failed on its way, or it was refused.
    """

    kinds: ClassVar[frozenset[str]] = frozenset()
    #: Whether the rules of the view judge steps without a response, too.
    judges_failures: ClassVar[bool] = False
    kind: str
    steps: Mapping[str, Exchange]
    operation: Operation

    @classmethod
    def of_scenario(cls, kind: str, steps: Mapping[str, Exchange], operation: Operation) -> Self | None:
        """Show a scenario; None where it is of another kind."""
        return cls(kind, steps, operation) if kind in cls.kinds else None

    def step(self, name: str, view: type[AnyReply]) -> AnyReply:
        """One step as `view`. Raises Inconclusive where the step has no such thing."""
        exchange = self.steps.get(name)
        if exchange is None:
            raise Inconclusive(f"the step {name!r} was not sent")
        shown = view.of(exchange, self.operation)
        if shown is None:
            raise Inconclusive(f"the step {name!r} has no answer to compare")
        return shown


class ChatStreamAgainstPlain(ScenarioView):
    """The same chat request, once plain and once streamed."""

    kinds = frozenset({"chat.stream-against-plain"})

    @cached_property
    def plain(self) -> ChatAnswer:
        """The unstreamed answer."""
        return self.step("plain", ChatAnswer)

    @cached_property
    def stream(self) -> ChatAnswer:
        """The streamed answer, assembled."""
        return self.step("stream", ChatAnswer)


class CompletionsStreamAgainstPlain(ScenarioView):
    """The same completions request, once plain and once streamed."""

    kinds = frozenset({"completions.stream-against-plain"})

    @cached_property
    def plain(self) -> CompletionAnswer:
        """The unstreamed answer."""
        return self.step("plain", CompletionAnswer)

    @cached_property
    def stream(self) -> CompletionAnswer:
        """The streamed answer, assembled."""
        return self.step("stream", CompletionAnswer)


class TextStreamAgainstPlain(ScenarioView):
    """The same chat or completions request, once plain and once streamed."""

    kinds = ChatStreamAgainstPlain.kinds | CompletionsStreamAgainstPlain.kinds

    @cached_property
    def plain(self) -> TextAnswer:
        """The unstreamed answer."""
        return self.step("plain", TextAnswer)

    @cached_property
    def stream(self) -> TextAnswer:
        """The streamed answer, assembled."""
        return self.step("stream", TextAnswer)


class TextSameSeed(ScenarioView):
    """The same chat or completions request with the same seed, twice."""

    kinds = frozenset({"chat.same-seed", "completions.same-seed"})

    @cached_property
    def first(self) -> TextAnswer:
        """The answer to the first request."""
        return self.step("first", TextAnswer)

    @cached_property
    def second(self) -> TextAnswer:
        """The answer to the second request."""
        return self.step("second", TextAnswer)


class EmbeddingsFloatAgainstBase64(ScenarioView):
    """The same inputs, once as float and once as base64."""

    kinds = frozenset({"embeddings.float-against-base64"})

    @cached_property
    def floats(self) -> EmbeddingsAnswer:
        """The answer asked for as float."""
        return self.step("float", EmbeddingsAnswer)

    @cached_property
    def base64(self) -> EmbeddingsAnswer:
        """The answer asked for as base64."""
        return self.step("base64", EmbeddingsAnswer)


class EmbeddingsRepeated(ScenarioView):
    """The same inputs, twice."""

    kinds = frozenset({"embeddings.repeated"})

    @cached_property
    def first(self) -> EmbeddingsAnswer:
        """The answer to the first request."""
        return self.step("first", EmbeddingsAnswer)

    @cached_property
    def second(self) -> EmbeddingsAnswer:
        """The answer to the second request."""
        return self.step("second", EmbeddingsAnswer)


class EmbeddingsAloneAgainstBatch(ScenarioView):
    """One input alone, and the same input as one of several."""

    kinds = frozenset({"embeddings.alone-against-batch"})

    @cached_property
    def alone(self) -> EmbeddingsAnswer:
        """The answer to the input alone."""
        return self.step("alone", EmbeddingsAnswer)

    @cached_property
    def batch(self) -> EmbeddingsAnswer:
        """The answer to the batch that holds it."""
        return self.step("batch", EmbeddingsAnswer)
