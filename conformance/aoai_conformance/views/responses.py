"""Views of successful responses: chat, completions (streamed or not), embeddings, images.

A streamed response is assembled first, so that one rule judges both. If a stream is incomplete (an error
object, a lost connection, an event that is not JSON), the assembled views raise Inconclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from aoai_conformance.formats.vectors import Vector, VectorError, parse_vector
from aoai_conformance.json_access import dig, elements, members, objects, text, whole
from aoai_conformance.observation import cached_property, only_placing, watched
from aoai_conformance.rule import Place
from aoai_conformance.views.assembly.bodies import Assembled, Origin, assemble_chat, assemble_completion
from aoai_conformance.views.exchange_views import JsonReply, Stream, Success
from aoai_conformance.views.log_probabilities import LogProbabilities
from aoai_conformance.views.on_your_data_chunks import assemble_grounded
from aoai_conformance.views.stream_events import nonempty_reason
from aoai_model.verdict import Violation


@dataclass(frozen=True, eq=False)
class Choice(Place):
    """One entry of `choices`. `place` is its position in the list; `origin` is set for streamed ones."""

    place: int
    raw: dict[str, Any]
    origin: Origin | None = None

    @property
    def index(self) -> int | None:
        """Return the `index` if it is an integer, else None."""
        return whole(self.raw.get("index"))

    @property
    def finish_reason(self) -> str | None:
        """Return the `finish_reason` if it is a non-empty string, else None."""
        return nonempty_reason(self.raw.get("finish_reason"))

    @property
    def logprobs(self) -> dict[str, Any]:
        """Return the `logprobs`, empty if they are null, absent or malformed."""
        return members(self.raw.get("logprobs"))

    def locate(self, violation: Violation) -> Violation:
        """Return a violation inside the choice as a violation of the response.

        For a streamed choice, it is located in the chunk that ended the choice, where a message is a delta.
        """
        path = violation.pointer
        if self.origin is None:
            return replace(violation, pointer=f"/choices/{self.place}{path}")
        if path.startswith("/message"):
            path = f"/delta{path.removeprefix('/message')}"
        return replace(violation, pointer=f"/choices/{self.origin.place}{path}", chunk=self.origin.chunk)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call of a message; missing or mistyped values are None. `place` is its position."""

    place: int
    id: str | None
    type: str | None
    name: str | None
    arguments: str | None
    raw: dict[str, Any]


class ChatChoice(Choice):
    """One choice of a chat response."""

    @property
    def message(self) -> dict[str, Any]:
        """Return the message; for a streamed choice, all its deltas joined."""
        return members(self.raw.get("message"))

    @property
    def content(self) -> str | None:
        """Return the text of the message; None if it is null or absent."""
        return text(self.message.get("content"))

    @property
    def refusal(self) -> str | None:
        """Return the refusal; None if it is null or absent."""
        return text(self.message.get("refusal"))

    @cached_property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """Return the tool calls that are objects, in order."""
        return tuple(
            ToolCall(
                place,
                text(call.get("id")),
                text(call.get("type")),
                text(dig(call, "/function/name")),
                text(dig(call, "/function/arguments")),
                call,
            )
            for place, call in objects(self.message.get("tool_calls"))
        )

    @cached_property
    def listed(self) -> LogProbabilities:
        """Return the tokens that `logprobs` lists."""
        return LogProbabilities(self.logprobs)

    @property
    def function_call(self) -> dict[str, Any] | None:
        """Return the deprecated function call, if any."""
        call = self.message.get("function_call")
        return call if isinstance(call, dict) else None

    @property
    def called(self) -> bool:
        """Whether the message calls a tool or a function."""
        return bool(self.tool_calls) or self.function_call is not None


class CompletionChoice(Choice):
    """One choice of a text completion."""

    @property
    def text(self) -> str | None:
        """Return the text; None if it is missing."""
        return text(self.raw.get("text"))


AnyChoice = TypeVar("AnyChoice", bound=Choice)


#: The members that identify the choice or call to which a part of a chunk belongs.
_STRUCTURE = frozenset({"choices", "index", "delta", "finish_reason"})
#: How the chunks of each kind of operation that generates text are assembled.
_JOINS = {
    "chat": assemble_chat,
    "completions": assemble_completion,
    "extension-chat": assemble_grounded,
}


class TextReply(Success):
    """Base of chat responses and text completions: choices and usage, streamed or not.

    A response to a request that should have been rejected is excluded: another rule reports the missing
    rejection, and the other requirements do not apply to an invalid request.
    """

    def applies(self) -> bool:
        """Whether the operation generates text and the assembled response has a list of choices."""
        if not super().applies() or self.operation.kind not in _JOINS:
            return False
        if self.case.expect == "reject":
            return False
        stream = self.stream
        if stream is not None:
            stream.require_whole()
            return True
        return self.response.is_json and isinstance(dig(self.response.json, "/choices"), list)

    @cached_property
    def stream(self) -> Stream | None:
        """Return the stream of a streamed response, else None."""
        return Stream.of(self.exchange, self.operation)

    @property
    def streamed(self) -> bool:
        """Whether the response was streamed."""
        return self.stream is not None

    @cached_property
    def _assembled(self) -> Assembled:
        if self.stream is None:
            return Assembled(members(self.response.json), ())
        return self.observed.shared.share(
            f"assembled {self.operation.kind}", partial(self._join, self.stream)
        )

    def _join(self, stream: Stream) -> Assembled:
        with only_placing(_STRUCTURE):
            joined = _JOINS[self.operation.kind](stream.response_chunks)
            return replace(joined, body=watched(joined.body, id(self.response)))

    @property
    def body(self) -> dict[str, Any]:
        """Return the body in the shape of an unstreamed response."""
        return self._assembled.body

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """Return the choices that are objects, in the order of the list, or by index if streamed."""
        return self._choices_as(Choice)

    def _choices_as(self, shown: type[AnyChoice]) -> tuple[AnyChoice, ...]:
        origins = self._assembled.origins
        return tuple(
            shown(place, raw, origins[place] if origins else None)
            for place, raw in objects(self.body.get("choices"))
        )

    @property
    def usage(self) -> dict[str, Any] | None:
        """Return the usage from the body or from any chunk, requested or not; None if there is none."""
        usage = self.body.get("usage")
        return usage if isinstance(usage, dict) else None

    def tokens(self, name: str) -> int | None:
        """Return one count of the usage, such as `completion_tokens`; None if it is not an integer."""
        return whole(dig(self.usage, f"/{name}"))

    @property
    def usage_place(self) -> Place:
        """Return the place of `usage`: the response, or the last chunk of a stream that has it."""
        stream = self.stream
        last = stream.response_chunks.last_where(lambda chunk: chunk.usage is not None) if stream else None
        return last or self

    @cached_property
    def fingerprint(self) -> str | None:
        """Return the system fingerprint, if any."""
        return text(self.body.get("system_fingerprint"))

    @cached_property
    def n(self) -> int | None:
        """Return the requested number of choices for each prompt; None if `n` is invalid."""
        requested = self.sent.get("n")
        if requested is None:
            return 1
        count = whole(requested)
        return count if count is not None and 1 <= count <= 128 else None

    @cached_property
    def limit(self) -> int | None:
        """Return the number of tokens that the request allows each choice; None without a valid limit."""
        for name in ("max_completion_tokens", "max_tokens"):
            limit = whole(self.sent.get(name))
            if limit is not None and limit >= 1:
                return limit
        return None

    @cached_property
    def stops(self) -> tuple[str, ...]:
        """Return the requested stop sequences without empty ones."""
        stop = self.sent.get("stop")
        listed = [stop] if isinstance(stop, str) else elements(stop)
        return tuple(each for each in listed if isinstance(each, str) and each)


class ChatReply(TextReply):
    """A chat response, from a JSON body or assembled from a stream."""

    def applies(self) -> bool:
        """Whether this is a chat response with a list of choices."""
        return self.operation.kind == "chat" and super().applies()

    @cached_property
    def choices(self) -> tuple[ChatChoice, ...]:
        """Return the choices that are objects."""
        return self._choices_as(ChatChoice)

    @cached_property
    def tools(self) -> dict[str, dict[str, Any]]:
        """Return the functions among the `tools` of the request, by name."""
        functions = [members(tool.get("function")) for _, tool in objects(self.sent.get("tools"))]
        return {each["name"]: each for each in functions if isinstance(each.get("name"), str)}

    @cached_property
    def functions(self) -> dict[str, dict[str, Any]]:
        """Return the deprecated `functions` of the request, by name."""
        listed = [each for _, each in objects(self.sent.get("functions"))]
        return {each["name"]: each for each in listed if isinstance(each.get("name"), str)}

    @property
    def tool_choice(self) -> str | None:
        """Return `none`, `auto` or `required`, as sent or by default; None for a named or invalid choice."""
        choice = self.sent.get("tool_choice")
        if choice is None:
            return "auto" if self.sent.get("tools") else "none"
        return choice if choice in ("none", "auto", "required") else None

    @property
    def named_tool(self) -> str | None:
        """Return the function that `tool_choice` names if it is one of the tools, else None."""
        name = text(dig(self.sent.get("tool_choice"), "/function/name"))
        return name if name in self.tools else None


class CompletionReply(TextReply):
    """A text completion, from a JSON body or assembled from a stream."""

    def applies(self) -> bool:
        """Whether this is a text completion with a list of choices."""
        return self.operation.kind == "completions" and super().applies()

    @cached_property
    def choices(self) -> tuple[CompletionChoice, ...]:
        """Return the choices that are objects."""
        return self._choices_as(CompletionChoice)

    @cached_property
    def prompts(self) -> tuple[str, ...] | None:
        """Return the prompts; None if they are not strings (tokens, null, absent)."""
        prompt = self.sent.get("prompt")
        if isinstance(prompt, str):
            return (prompt,)
        listed = elements(prompt)
        return tuple(listed) if listed and all(isinstance(each, str) for each in listed) else None

    @property
    def echoes(self) -> bool:
        """Whether the request sets `echo`."""
        return self.sent.get("echo") is True


@dataclass(frozen=True, slots=True)
class Embedding:
    """One entry of an embeddings response. `raw` is its `embedding` as received, numbers or base64."""

    place: int
    index: int | None
    raw: Any

    @property
    def vector(self) -> Vector | None:
        """Return the numbers, decoded if they are base64; None if they are malformed."""
        try:
            return parse_vector(self.raw)
        except VectorError:
            return None


class EmbeddingsReply(JsonReply):
    """An embeddings response with a list of data."""

    def applies(self) -> bool:
        """Whether this is an embeddings response with a list of data."""
        return (
            self.operation.kind in ("embeddings", "image-embeddings")
            and super().applies()
            and isinstance(self.json.get("data"), list)
        )

    @cached_property
    def items(self) -> tuple[Embedding, ...]:
        """Return the entries of `data` that are objects."""
        return tuple(
            Embedding(place, whole(each.get("index")), each.get("embedding"))
            for place, each in objects(self.json.get("data"))
        )

    @cached_property
    def inputs(self) -> tuple[str, ...] | None:
        """Return the inputs; None if they are not strings."""
        sent = self.sent.get("input")
        if isinstance(sent, str):
            return (sent,)
        listed = elements(sent)
        return tuple(listed) if listed and all(isinstance(each, str) for each in listed) else None

    @property
    def count(self) -> int | None:
        """Return the number of inputs, texts or images; None if they are neither."""
        images = elements(self.sent.get("input"))
        if images and all(isinstance(each, dict) for each in images):
            return len(images)
        return None if self.inputs is None else len(self.inputs)

    @property
    def encoding(self) -> str | None:
        """Return `float` or `base64`, as requested or by default; None for any other value."""
        requested = self.sent.get("encoding_format")
        if requested is None:
            return "float"
        return requested if requested in ("float", "base64") else None

    @property
    def dimensions(self) -> int | None:
        """Return the requested number of dimensions; None if it is absent or invalid."""
        requested = whole(self.sent.get("dimensions"))
        return requested if requested is not None and requested >= 1 else None


class ImagesReply(JsonReply):
    """An image generation response with a list of data."""

    def applies(self) -> bool:
        """Whether this is an images response with a list of data."""
        return (
            self.operation.kind == "images" and super().applies() and isinstance(self.json.get("data"), list)
        )

    @cached_property
    def images(self) -> tuple[tuple[int, dict[str, Any]], ...]:
        """Return the images that are objects, each with its position."""
        return tuple(objects(self.json.get("data")))

    @property
    def format(self) -> str | None:
        """Return `url` or `b64_json`, as requested or by default; None for any other value."""
        requested = self.sent.get("response_format")
        if requested is None:
            return "url"
        return requested if requested in ("url", "b64_json") else None
