"""Views of chat responses from data sources: unstreamed, streamed, and both for the same request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aoai_conformance.json_access import members, objects, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.views.exchange_views import Chunk, Stream
from aoai_conformance.views.on_your_data_chunks import (
    BodyPart,
    Piece,
    collect_pieces,
    context_messages,
    find_role,
    join_content,
    joined,
)
from aoai_conformance.views.responses import TextReply
from aoai_conformance.views.scenarios import ScenarioView
from aoai_conformance.views.stream_events import is_service_chunk
from aoai_model.json_parsing import parse_strictly

EXTENSION_CHAT = frozenset({"extension-chat"})
#: The source that only adds image analysis: it is never cited.
_VISION = "AzureComputerVision"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a choice. A streamed one has no `end_turn`; its pieces have it."""

    place: BodyPart
    message: dict[str, Any]

    @property
    def role(self) -> str | None:
        """Return the role of the message."""
        return text(self.message.get("role"))

    @property
    def content(self) -> str | None:
        """Return the content of the message."""
        return text(self.message.get("content"))


@dataclass(frozen=True, slots=True)
class Turn:
    """The messages of one choice; those of a context come before the message that has the context."""

    place: BodyPart
    messages: tuple[Message, ...]

    @property
    def tool(self) -> Message | None:
        """Return the first message of a tool."""
        return next(
            (each for each in self.messages if each.role == "tool" and each.content is not None), None
        )

    @property
    def tool_json(self) -> Any:
        """Return the content of the tool's message as JSON; None if it is not JSON."""
        try:
            return parse_strictly((self.tool.content if self.tool else None) or "")
        except ValueError:
            return None

    @property
    def citations(self) -> list[Any] | None:
        """Return the tool's list of citations, if any."""
        listed = members(self.tool_json).get("citations")
        return listed if isinstance(listed, list) else None

    @property
    def assistant_text(self) -> str:
        """Return the joined content of the assistant's messages."""
        return "".join(each.content or "" for each in self.messages if each.role == "assistant")


def _is_about_data(sent: dict[str, Any]) -> bool:
    kinds = {text(source.get("type")) for _, source in objects(sent.get("dataSources"))}
    return bool(kinds - {_VISION, None})


class OnYourData(TextReply):
    """A response from data sources, streamed or not, to a request inside the contract."""

    def applies(self) -> bool:
        """Whether the request has data sources other than for vision."""
        return self.operation.kind in EXTENSION_CHAT and _is_about_data(self.sent) and super().applies()

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """Return the messages of each choice."""
        if self.stream is not None:
            return tuple(
                Turn(
                    message[0][0].choice_at,
                    tuple(
                        Message(each[0].message_at, {"role": find_role(each), "content": join_content(each)})
                        for each in message
                    ),
                )
                for message in joined(collect_pieces(self.stream.response_chunks)).values()
            )
        return tuple(_turn(place, choice) for place, choice in objects(self.body.get("choices")))


def _turn(place: int, choice: dict[str, Any]) -> Turn:
    at = f"/choices/{place}"
    messages = [Message(BodyPart(f"{at}/messages/{n}"), each) for n, each in objects(choice.get("messages"))]
    message = members(choice.get("message"))
    if message:
        inner = context_messages(message.get("context"))
        messages += [Message(BodyPart(f"{at}/message/context{where}"), each) for where, each in inner]
        messages.append(Message(BodyPart(f"{at}/message"), message))
    return Turn(BodyPart(at), tuple(messages))


class OnYourDataResponse(OnYourData):
    """An unstreamed response from data sources."""

    def applies(self) -> bool:
        """Whether the response was not streamed."""
        return super().applies() and not self.streamed


class LimitedReply(OnYourData):
    """A response to a request that sets the number of documents for each data source."""

    def applies(self) -> bool:
        """Whether every number is present and not negative."""
        return super().applies() and self.most is not None and self.most >= 0

    @cached_property
    def most(self) -> int | None:
        """Return the maximum number of documents in total; None if one source sets no number."""
        sources = [source for _, source in objects(self.sent.get("dataSources"))]
        asked = [whole(members(source.get("parameters")).get("topNDocuments")) for source in sources]
        known = [number for number in asked if number is not None]
        return sum(known) if asked and len(known) == len(asked) else None


class OnYourDataStream(Stream):
    """A streamed response from data sources."""

    def applies(self) -> bool:
        """Whether the request has data sources other than for vision."""
        return self.case.expect != "reject" and super().applies() and _is_about_data(self.sent)

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """Return the pieces of messages in the chunks."""
        return collect_pieces(self.response_chunks)

    @cached_property
    def own_chunks(self) -> tuple[Chunk, ...]:
        """Return the chunks without those that the service adds."""
        return tuple(chunk for chunk in self.response_chunks if not is_service_chunk(chunk))


class OnYourDataPair(ScenarioView):
    """The same question to the same data sources, once plain and once streamed."""

    kinds = frozenset({"extension-chat.stream-against-plain"})

    @cached_property
    def plain(self) -> OnYourData:
        """Return the unstreamed response."""
        return self.step("plain", OnYourData)

    @cached_property
    def stream(self) -> OnYourData:
        """Return the streamed response, assembled."""
        return self.step("stream", OnYourData)
