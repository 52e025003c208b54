"""Views of the response object of the Responses API, from a JSON body or from the end of a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aoai_conformance.json_access import dig, elements, members, objects, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import RESPONSE_OBJECTS, Place
from aoai_conformance.views.exchange_views import Chunk, Success
from aoai_conformance.views.response_streams import ResponseStream
from aoai_model.verdict import Violation

#: The statuses of a response that does not change any more.
ENDED = frozenset({"completed", "failed", "incomplete", "cancelled"})
#: Items by which the model calls a tool that the client runs.
CLIENT_CALLS: Mapping[str, str] = {
    "function_call": "function",
    "custom_tool_call": "custom",
    "computer_call": "computer_use_preview",
    "local_shell_call": "local_shell",
    "shell_call": "shell",
    "apply_patch_call": "apply_patch",
}
#: Items by which the model calls a tool that the server runs, with the prefix of the tool's type.
HOSTED_CALLS: Mapping[str, str] = {
    "web_search_call": "web_search",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_interpreter",
    "image_generation_call": "image_generation",
    "mcp_call": "mcp",
}


def is_by_program(item: Mapping[str, Any]) -> bool:
    """Whether an item is a call by a program that the service runs, rather than by the model."""
    return members(item.get("caller")).get("type") == "program"


@dataclass(frozen=True, slots=True, eq=False)
class OutputItem(Place):
    """One item of a response's `output`. `place` is its position there."""

    reply: ResponseReply
    place: int
    raw: dict[str, Any]

    @property
    def type(self) -> str:
        """Return its type; empty if it is not a string."""
        return text(self.raw.get("type")) or ""

    @property
    def status(self) -> str | None:
        """Return its status, if any."""
        return text(self.raw.get("status"))

    @property
    def name(self) -> str | None:
        """Return the name of the function or tool that it calls, if any."""
        return text(self.raw.get("name"))

    @property
    def is_by_program(self) -> bool:
        """Whether a program that the service runs makes the call, and waits for its output."""
        return is_by_program(self.raw)

    @property
    def parts(self) -> list[tuple[int, dict[str, Any]]]:
        """Return the content parts that are objects, with their positions."""
        return objects(self.raw.get("content"))

    def locate(self, violation: Violation) -> Violation:
        """Return the violation at its pointer in the whole response."""
        return self.reply.locate(replace(violation, pointer=f"/output/{self.place}{violation.pointer}"))


class ResponseReply(Success):
    """A 2xx with a response object. For a stream it is the response in the event that ends the stream."""

    def applies(self) -> bool:
        """Whether there is a response object.

        Raises Inconclusive if a stream was interrupted or ended with an error.
        """
        if not super().applies() or self.operation.kind not in RESPONSE_OBJECTS:
            return False
        if self.case.expect == "reject":
            return False
        if self.stream is not None:
            self.stream.require_end()
            return self.stream.end is not None
        body = members(self.response.json) if self.response.is_json else {}
        return "output" in body or "status" in body

    @cached_property
    def stream(self) -> ResponseStream | None:
        """Return the stream of a streamed response, else None."""
        return ResponseStream.of(self.exchange, self.operation)

    @property
    def _end(self) -> Chunk | None:
        return None if self.stream is None else self.stream.end

    @property
    def body(self) -> dict[str, Any]:
        """Return the response object."""
        return members(self.response.json) if self._end is None else members(self._end.json.get("response"))

    def locate(self, violation: Violation) -> Violation:
        """Return a violation inside the response object as one of the body, or of the last event."""
        if self._end is None:
            return violation
        return replace(violation, pointer=f"/response{violation.pointer}", chunk=self._end.index)

    @property
    def state(self) -> str | None:
        """Return the status of the response, such as `completed`."""
        return text(self.body.get("status"))

    @property
    def has_ended(self) -> bool:
        """Whether the response is in one of its last statuses."""
        return self.state in ENDED

    @cached_property
    def items(self) -> tuple[OutputItem, ...]:
        """Return the items of `output` that are objects, in order."""
        return tuple(OutputItem(self, place, raw) for place, raw in objects(self.body.get("output")))

    @cached_property
    def texts(self) -> tuple[tuple[OutputItem, str, str], ...]:
        """Return the output texts of all messages: the item, the pointer inside it, and the text."""
        return tuple(
            (item, f"/content/{place}/text", written)
            for item in self.items
            if item.type == "message"
            for place, part in item.parts
            if part.get("type") == "output_text" and (written := text(part.get("text"))) is not None
        )

    @property
    def has_refusal(self) -> bool:
        """Whether a message has a refusal."""
        return any(part.get("type") == "refusal" for item in self.items for _, part in item.parts)

    @property
    def usage(self) -> dict[str, Any]:
        """Return the usage, empty if there is none."""
        return members(self.body.get("usage"))

    def tokens(self, pointer: str) -> int | None:
        """Return one count of the usage, such as `/input_tokens`; None if it is not an integer."""
        return whole(dig(self.usage, pointer))

    @cached_property
    def calls(self) -> tuple[OutputItem, ...]:
        """Return the items that call a tool of the client or of the server."""
        return tuple(item for item in self.items if item.type in CLIENT_CALLS or item.type in HOSTED_CALLS)


class CreatedResponse(ResponseReply):
    """A response to the request that creates it, which is compared with that request."""

    def applies(self) -> bool:
        """Whether the request creates a response."""
        return self.operation.kind == "response-create" and super().applies()

    @cached_property
    def tools(self) -> tuple[dict[str, Any], ...]:
        """Return the tools of the request that are objects."""
        return tuple(tool for _, tool in objects(self.sent.get("tools")))

    @cached_property
    def functions(self) -> dict[str, dict[str, Any]]:
        """Return the functions among the tools of the request, by name."""
        return {
            tool["name"]: tool
            for tool in self.tools
            if tool.get("type") == "function" and isinstance(tool.get("name"), str)
        }

    @property
    def tool_choice(self) -> Any:
        """Return `none`, `auto` or `required`, as sent or by default, or the object that was sent."""
        choice = self.sent.get("tool_choice")
        return "auto" if choice is None else choice

    @property
    def format(self) -> dict[str, Any]:
        """Return the text format that the request asks for, empty by default."""
        return members(dig(self.sent, "/text/format"))

    @cached_property
    def included(self) -> frozenset[str]:
        """Return the further data that the request asks for."""
        return frozenset(each for each in elements(self.sent.get("include")) if isinstance(each, str))

    def allowed_calls(self) -> Iterator[tuple[OutputItem, bool]]:
        """Yield each call with whether `tool_choice` allows it."""
        choice = self.tool_choice
        for item in self.calls:
            yield item, _allows(choice, item)


def _allows(choice: Any, item: OutputItem) -> bool:
    if choice == "none":
        return False
    kind = text(members(choice).get("type"))
    if kind is None:
        return True
    if kind == "allowed_tools":
        return any(_names(tool, item) for _, tool in objects(choice.get("tools")))
    return _names(members(choice), item)


def _names(tool: dict[str, Any], item: OutputItem) -> bool:
    """Whether a reference to a tool, by type and perhaps by name, fits a call."""
    kind, name = text(tool.get("type")) or "", text(tool.get("name"))
    called = CLIENT_CALLS.get(item.type) or HOSTED_CALLS.get(item.type) or ""
    if item.type in ("function_call", "custom_tool_call"):
        return kind == called and name in (None, item.name)
    return kind.startswith(called) or called.startswith(kind)
