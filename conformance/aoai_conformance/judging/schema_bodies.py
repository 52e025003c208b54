"""Views of a response beside what the document says of its body or of its chunks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aoai_conformance.json_access import members
from aoai_conformance.observation import cached_property, examined
from aoai_conformance.quirks.quirks import is_status_code_form, mended, mended_chunk, usual_object
from aoai_conformance.rule import Inconclusive
from aoai_conformance.views.drift import Drift, drift
from aoai_conformance.views.exchange_views import Reply, Stream
from aoai_conformance.views.stream_events import is_service_chunk
from aoai_specs.pointers import join
from aoai_specs.schemas.validators import Explained

if TYPE_CHECKING:
    from aoai_conformance.exchange import Exchange
    from aoai_specs.document import Operation
    from aoai_specs.schemas.validators import SchemaError, Validator

#: A stream that breaks its schema in every chunk is explained up to here; the rest breaks it likewise.
_MOST_EXPLAINED = 200
#: So many errors of one value are explained at most: to explain one takes the thousandfold of finding it.
MOST_ERRORS = 1000
#: A null that is taken out may leave a required field missing that is then put back, so often at most.
_MOST_ROUNDS = 8


@dataclass(frozen=True, eq=False)
class Part:
    """One JSON value that the document describes: a body, or the chunk with the index `chunk`."""

    value: Any
    validator: Validator
    schema_pointer: str
    chunk: int | None = None

    @cached_property
    def _judged(self) -> tuple[Explained, list[str]]:
        if self.validator.is_valid(self.value):
            return Explained(()), []
        explained = self._explained(self.value)
        nulls = _null_members(self.value)
        if not nulls:
            return explained, []
        required: set[str] = set()
        for _ in range(_MOST_ROUNDS):
            remaining = self._explained(_without(self.value, nulls - required))
            missed = {each.pointer for each in remaining.errors if each.keyword == "required"}
            missed &= nulls - required
            if not missed:
                break
            required |= missed
        excused = (nulls - required) & {each.pointer for each in explained.errors}
        return replace(remaining, cut_short=explained.cut_short or remaining.cut_short), sorted(excused)

    def _explained(self, value: Any) -> Explained:
        return self.validator.explain(value, at_most=MOST_ERRORS)

    @property
    def has_more_errors(self) -> bool:
        """Whether the value has so many errors that not all of them were explained."""
        return self._judged[0].cut_short

    @property
    def errors(self) -> tuple[SchemaError, ...]:
        """Where the value breaks its schema, a null in place of an optional member aside."""
        return self._judged[0].errors

    @property
    def undeclared_nulls(self) -> list[str]:
        """Pointers of optional members that are null where their schema has no null."""
        return self._judged[1]


class SchemaBody(Reply):
    """A response with a body, or chunks, that the document describes by a schema."""

    def applies(self) -> bool:
        """Whether there is anything to hold to a schema."""
        return bool(self.parts)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The body, or each chunk; those that the service adds by habit without what they lack by habit."""
        return _PARTS.of(self)

    @cached_property
    def drift(self) -> tuple[tuple[Part, Drift], ...]:
        """What each part holds beyond its description, in order."""
        document = self.operation.document
        examined(any(members(part.value) for part in self.parts))
        return tuple(
            (part, each) for part in self.parts for each in drift(document, part.schema_pointer, part.value)
        )

    def described_parts(self) -> tuple[Part, ...]:
        """The parts, worked out anew."""
        stream = Stream.of(self.exchange, self.operation)
        return self._chunks(stream) if stream is not None else self._body()

    def _body(self) -> tuple[Part, ...]:
        media_type = self.response.media_type
        described = self.operation.response_for(self.response.status)
        if described is None or (self.response.status < 300 and described.status == "default"):
            return ()  # a success that is not declared is another rule's, and no error
        validator = self.operation.response_validator(self.response.status, media_type)
        media = described.media_for(media_type)
        is_text = not (media_type == "application/json" or media_type.endswith("+json"))
        if validator is None or media is None or media.schema_pointer is None or is_text:
            return ()
        if not self.response.is_json:
            return ()
        body = self.response.json
        if is_status_code_form(self.response.status, body):
            return ()  # the service's own form of a 401, which other rules know
        if isinstance(body, dict):
            body = self._renamed(mended(body), streamed=False)
        return (Part(body, validator, media.schema_pointer),)

    def _chunks(self, stream: Stream) -> tuple[Part, ...]:
        validator = self.operation.item_validator(self.response.status)
        described = self.operation.response_for(self.response.status)
        media = described.media_for("text/event-stream") if described is not None else None
        if validator is None or media is None or media.item_schema_pointer is None:
            return ()
        pointer = media.item_schema_pointer
        own = [chunk for chunk in stream.answer_chunks if not is_service_chunk(chunk)]
        added = [chunk for chunk in stream.answer_chunks if own and is_service_chunk(chunk)]
        chat = self.operation.kind == "chat"
        parts = [
            Part(self._renamed(chunk.json, streamed=True), validator, pointer, chunk.index) for chunk in own
        ]
        parts.extend(
            Part(mended_chunk(chunk, own[0].json, chat=chat), validator, pointer, chunk.index)
            for chunk in added
        )
        return tuple(parts)

    def _renamed(self, body: dict[str, Any], *, streamed: bool) -> dict[str, Any]:
        """The body with the `object` of the document, where the service is known to use another name."""
        name = body.get("object")
        usual = usual_object(name, self.operation, streamed=streamed)
        if usual == name or not self._may_be_renamed(name):
            return body
        return {**body, "object": usual}

    def _may_be_renamed(self, name: object) -> bool:
        """Whether the request asks for what has the other name; one that was not recorded may have."""
        if not str(name).startswith("extensions."):
            return True
        try:
            return bool(self.sent.get("data_sources"))
        except Inconclusive:
            return True

    def broken_parts(self) -> list[Part]:
        """The parts that their validator refuses, in order, up to a number that says it all."""
        examined(any(members(part.value) for part in self.parts))
        broken: list[Part] = []
        for part in self.parts:
            if not part.validator.is_valid(part.value):
                broken.append(part)
                if len(broken) == _MOST_EXPLAINED:
                    break
        return broken


class _LatestParts:
    """The parts of the exchange that was looked at last.

    Its views come one after the other, and holding a part to its schema costs more than all else.
    """

    def __init__(self) -> None:
        self._latest: tuple[Exchange, Operation, tuple[Part, ...]] | None = None

    def of(self, view: SchemaBody) -> tuple[Part, ...]:
        """The parts that a view shows, the very ones that another view of the same exchange has shown."""
        latest = self._latest
        if latest is None or latest[0] is not view.exchange or latest[1] is not view.operation:
            latest = self._latest = (view.exchange, view.operation, view.described_parts())
        return latest[2]


_PARTS = _LatestParts()


class SchemaJsonBody(SchemaBody):
    """A response whose whole body the document describes."""

    def applies(self) -> bool:
        """Whether there is such a body."""
        return super().applies() and self.parts[0].chunk is None


class SchemaStream(SchemaBody):
    """A response whose chunks the document describes."""

    def applies(self) -> bool:
        """Whether there are such chunks."""
        return super().applies() and self.parts[0].chunk is not None


def _null_members(value: Any) -> set[str]:
    """The pointers of all members of objects that are null."""
    found: set[str] = set()
    waiting = [("", value)]
    while waiting:
        pointer, held = waiting.pop()
        if isinstance(held, dict):
            children = [(join(pointer, name), each) for name, each in held.items()]
            found.update(place for place, each in children if each is None)
            waiting.extend(children)
        elif isinstance(held, list):
            waiting.extend((f"{pointer}/{place}", each) for place, each in enumerate(held))
    return found


def _without(value: Any, pointers: set[str], pointer: str = "") -> Any:
    """A plain copy of JSON without the members at some pointers."""
    if isinstance(value, dict):
        places = [(join(pointer, name), name, each) for name, each in dict.items(value)]
        return {
            name: _without(each, pointers, place) for place, name, each in places if place not in pointers
        }
    if isinstance(value, list):
        return [_without(each, pointers, f"{pointer}/{place}") for place, each in enumerate(value)]
    return value
