"""Views of what the operations answer: chat, completions (streamed or not), embeddings, images, transcripts.

A streamed answer is assembled first, so that one rule judges both. Where a stream broke off (an error object,
a lost connection, an event that is no JSON) the assembled views raise Inconclusive: its end tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from aoai_conformance.formats.vectors import Vector, VectorError, vector_of
from aoai_conformance.json_access import dig, elements, members, objects, text, whole
from aoai_conformance.observation import cached_property, only_placing, watched
from aoai_conformance.rule import Place
from aoai_conformance.views.exchange_views import JsonAnswer, Stream, Success
from aoai_conformance.views.on_your_data_chunks import assemble_grounded
from aoai_conformance.views.stream_assembly import Assembled, Origin, assemble_chat, assemble_completion
from aoai_conformance.views.stream_events import nonempty_reason
from aoai_model.verdict import Violation


@dataclass(frozen=True, eq=False)
class Choice(Place):
    """One entry of `choices`. `place` is where it stands in the list; `origin` is set for streamed ones."""

    place: int
    raw: dict[str, Any]
    origin: Origin | None = None

    @property
    def index(self) -> int | None:
        """Its `index` where that is an integer."""
        return whole(self.raw.get("index"))

    @property
    def finish_reason(self) -> str | None:
        """Its `finish_reason` where that is a text that says something."""
        return nonempty_reason(self.raw.get("finish_reason"))

    @property
    def logprobs(self) -> dict[str, Any]:
        """Its `logprobs`; empty where they are null, absent or malformed."""
        return members(self.raw.get("logprobs"))

    def locate(self, violation: Violation) -> Violation:
        """Return a violation such as `/message/content` as one of the response.

        For a streamed choice that is the chunk that ended it, where a message is a delta.
        """
        path = violation.pointer
        if self.origin is None:
            return replace(violation, pointer=f"/choices/{self.place}{path}")
        if path.startswith("/message"):
            path = f"/delta{path.removeprefix('/message')}"
        return replace(violation, pointer=f"/choices/{self.origin.place}{path}", chunk=self.origin.chunk)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call of a message; what is missing or of a wrong type is None. `place` is where it stands."""

    place: int
    id: str | None
    type: str | None
    name: str | None
    arguments: str | None
    raw: dict[str, Any]


class ChatChoice(Choice):
    """One choice of a chat answer."""

    @property
    def message(self) -> dict[str, Any]:
        """The message; for a streamed choice all its deltas together."""
        return members(self.raw.get("message"))

    @property
    def content(self) -> str | None:
        """The text of the message; None where it is null or absent."""
        return text(self.message.get("content"))

    @property
    def refusal(self) -> str | None:
        """The refusal; None where it is null or absent."""
        return text(self.message.get("refusal"))

    @cached_property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tool calls that are objects, in order; none for null, absent or an empty list."""
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

    @property
    def function_call(self) -> dict[str, Any] | None:
        """The deprecated function call; None where there is none."""
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
        """The text; None where it is missing."""
        return text(self.raw.get("text"))


AnyChoice = TypeVar("AnyChoice", bound=Choice)


#: By which members of chunks the pieces of an answer are told apart.
_STRUCTURE = frozenset({"choices", "index", "delta", "finish_reason"})
#: How the chunks of each kind of operation that makes text are put together.
_JOINS = {
    "chat": assemble_chat,
    "completions": assemble_completion,
    "extension-chat": assemble_grounded,
}


class TextAnswer(Success):
    """What chat answers and text completions share: choices and usage, streamed or not.

    An answer to a request that should have been refused is none of these: it breaks the rule of that
    refusal, and may well break any promise that its senseless request would have meant.
    """

    def applies(self) -> bool:
        """Whether the operation makes text and the answer, once assembled, has a list of choices."""
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
        """The stream that this answer came as; None for an unstreamed one."""
        return Stream.of(self.exchange, self.operation)

    @property
    def streamed(self) -> bool:
        """Whether the answer came as a stream."""
        return self.stream is not None

    @cached_property
    def _assembled(self) -> Assembled:
        if self.stream is None:
            return Assembled(members(self.response.json), ())
        with only_placing(_STRUCTURE):
            joined = _JOINS[self.operation.kind](self.stream.answer_chunks)
            return replace(joined, body=watched(joined.body, id(self.response)))

    @property
    def body(self) -> dict[str, Any]:
        """The body in the shape of an unstreamed answer."""
        return self._assembled.body

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The choices that are objects, in the order of the list, or of their index when streamed."""
        return self._choices_as(Choice)

    def _choices_as(self, shown: type[AnyChoice]) -> tuple[AnyChoice, ...]:
        origins = self._assembled.origins
        return tuple(
            shown(place, raw, origins[place] if origins else None)
            for place, raw in objects(self.body.get("choices"))
        )

    @property
    def usage(self) -> dict[str, Any] | None:
        """The usage, from the body or from whichever chunk holds it, asked for or not; None without one."""
        usage = self.body.get("usage")
        return usage if isinstance(usage, dict) else None

    def tokens(self, name: str) -> int | None:
        """One count of the usage, such as `completion_tokens`; None where it is no integer."""
        return whole(dig(self.usage, f"/{name}"))

    @property
    def usage_place(self) -> Place:
        """The place that holds `usage`: the response, or the last chunk of a stream that has it."""
        chunks = self.stream.answer_chunks if self.stream else ()
        return next((chunk for chunk in reversed(chunks) if chunk.usage is not None), self)

    @cached_property
    def fingerprint(self) -> str | None:
        """The system fingerprint; None where there is none."""
        return text(self.body.get("system_fingerprint"))

    @cached_property
    def n(self) -> int | None:
        """How many choices were asked for each prompt; None where the request's `n` is itself invalid."""
        asked = self.sent.get("n")
        if asked is None:
            return 1
        count = whole(asked)
        return count if count is not None and 1 <= count <= 128 else None

    @cached_property
    def limit(self) -> int | None:
        """The number of tokens that the request allows each choice; None where it sets no valid limit."""
        for name in ("max_completion_tokens", "max_tokens"):
            limit = whole(self.sent.get(name))
            if limit is not None and limit >= 1:
                return limit
        return None

    @cached_property
    def stops(self) -> tuple[str, ...]:
        """The stop sequences asked for, empty ones left out."""
        stop = self.sent.get("stop")
        listed = [stop] if isinstance(stop, str) else elements(stop)
        return tuple(each for each in listed if isinstance(each, str) and each)


class ChatAnswer(TextAnswer):
    """A chat answer, from a JSON body or assembled from a stream."""

    def applies(self) -> bool:
        """Whether this is a chat answer with a list of choices."""
        return self.operation.kind == "chat" and super().applies()

    @cached_property
    def choices(self) -> tuple[ChatChoice, ...]:
        """The choices that are objects."""
        return self._choices_as(ChatChoice)

    @cached_property
    def tools(self) -> dict[str, dict[str, Any]]:
        """The functions among the `tools` of the request, by name."""
        functions = [members(tool.get("function")) for _, tool in objects(self.sent.get("tools"))]
        return {each["name"]: each for each in functions if isinstance(each.get("name"), str)}

    @cached_property
    def functions(self) -> dict[str, dict[str, Any]]:
        """The deprecated `functions` of the request, by name."""
        listed = [each for _, each in objects(self.sent.get("functions"))]
        return {each["name"]: each for each in listed if isinstance(each.get("name"), str)}

    @property
    def tool_choice(self) -> str | None:
        """`none`, `auto` or `required`, as sent or by default; None for a named or an invalid choice."""
        choice = self.sent.get("tool_choice")
        if choice is None:
            return "auto" if self.sent.get("tools") else "none"
        return choice if choice in ("none", "auto", "required") else None

    @property
    def named_tool(self) -> str | None:
        """The function that `tool_choice` forces, where it is one of the tools; else None."""
        name = text(dig(self.sent.get("tool_choice"), "/function/name"))
        return name if name in self.tools else None


class CompletionAnswer(TextAnswer):
    """A text completion, from a JSON body or assembled from a stream."""

    def applies(self) -> bool:
        """Whether this is a text completion with a list of choices."""
        return self.operation.kind == "completions" and super().applies()

    @cached_property
    def choices(self) -> tuple[CompletionChoice, ...]:
        """The choices that are objects."""
        return self._choices_as(CompletionChoice)

    @cached_property
    def prompts(self) -> tuple[str, ...] | None:
        """The prompts sent; None where they are not texts (tokens, null, absent)."""
        prompt = self.sent.get("prompt")
        if isinstance(prompt, str):
            return (prompt,)
        listed = elements(prompt)
        return tuple(listed) if listed and all(isinstance(each, str) for each in listed) else None

    @property
    def echoes(self) -> bool:
        """Whether the request asked for the prompt before its completion."""
        return self.sent.get("echo") is True


@dataclass(frozen=True, slots=True)
class Embedding:
    """One entry of an embeddings answer. `raw` is its `embedding` as it came, numbers or base64 text."""

    place: int
    index: int | None
    raw: Any

    @property
    def vector(self) -> Vector | None:
        """The numbers, decoded where they came as base64; None where they are malformed."""
        try:
            return vector_of(self.raw)
        except VectorError:
            return None


class EmbeddingsAnswer(JsonAnswer):
    """An embeddings answer with a list of data."""

    def applies(self) -> bool:
        """Whether this is an embeddings answer with a list of data."""
        return (
            self.operation.kind in ("embeddings", "image-embeddings")
            and super().applies()
            and isinstance(self.json.get("data"), list)
        )

    @cached_property
    def items(self) -> tuple[Embedding, ...]:
        """The entries of `data` that are objects."""
        return tuple(
            Embedding(place, whole(each.get("index")), each.get("embedding"))
            for place, each in objects(self.json.get("data"))
        )

    @cached_property
    def inputs(self) -> tuple[str, ...] | None:
        """The texts sent; None where they are no texts."""
        sent = self.sent.get("input")
        if isinstance(sent, str):
            return (sent,)
        listed = elements(sent)
        return tuple(listed) if listed and all(isinstance(each, str) for each in listed) else None

    @property
    def count(self) -> int | None:
        """How many inputs were sent, texts or images; None where they are neither."""
        images = elements(self.sent.get("input"))
        if images and all(isinstance(each, dict) for each in images):
            return len(images)
        return None if self.inputs is None else len(self.inputs)

    @property
    def encoding(self) -> str | None:
        """`float` or `base64`, as asked for or by default; None where something else was asked for."""
        asked = self.sent.get("encoding_format")
        if asked is None:
            return "float"
        return asked if asked in ("float", "base64") else None

    @property
    def dimensions(self) -> int | None:
        """The number of dimensions asked for; None where none was, or an invalid one."""
        asked = whole(self.sent.get("dimensions"))
        return asked if asked is not None and asked >= 1 else None


class ImagesAnswer(JsonAnswer):
    """An answer of image generation with a list of data."""

    def applies(self) -> bool:
        """Whether this is an images answer with a list of data."""
        return (
            self.operation.kind == "images" and super().applies() and isinstance(self.json.get("data"), list)
        )

    @cached_property
    def images(self) -> tuple[tuple[int, dict[str, Any]], ...]:
        """The images that are objects, each with its place."""
        return tuple(objects(self.json.get("data")))

    @property
    def format(self) -> str | None:
        """`url` or `b64_json`, as asked for or by default; None where something else was asked for."""
        asked = self.sent.get("response_format")
        if asked is None:
            return "url"
        return asked if asked in ("url", "b64_json") else None


class Transcript(Success):
    """What a transcription or a translation answers, in whichever format."""

    def applies(self) -> bool:
        """Whether this is a 2xx answer of an operation from audio to text."""
        return super().applies() and self.operation.kind in ("transcription", "translation")

    @property
    def format(self) -> str:
        """The response_format asked for; `json` by default."""
        asked = self.exchange.form.get("response_format")
        return asked if isinstance(asked, str) and asked else "json"

    @property
    def json(self) -> dict[str, Any]:
        """The body where it is a JSON object; else empty."""
        return members(self.response.json) if self.response.is_json else {}

    @property
    def text(self) -> str | None:
        """The transcribed words: the `text` of a JSON answer, the whole body of any other format."""
        if self.format in ("json", "verbose_json"):
            return text(self.json.get("text"))
        return self.response.text
