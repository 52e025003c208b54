"""Views of a response with the schemas that the document declares for its body or its chunks."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from aoai_conformance.json_access import members
from aoai_conformance.observation import cached_property, examined
from aoai_conformance.quirks.quirks import correct_body, correct_chunk, declared_object, is_status_code_form
from aoai_conformance.rule import Inconclusive
from aoai_conformance.views.drift import Drift, drift
from aoai_conformance.views.exchange_views import Chunk, Reply, Stream
from aoai_conformance.views.free_values import is_free_number, is_free_text
from aoai_conformance.views.stream_events import is_service_chunk
from aoai_specs.pointers import join
from aoai_specs.schemas.validators import Explained

if TYPE_CHECKING:
    from aoai_conformance.exchange import Exchange
    from aoai_model.event_forms import EventForm
    from aoai_specs.document import Operation
    from aoai_specs.schemas.validators import SchemaError, Validator

#: Number of invalid chunks that are explained.
_MOST_EXPLAINED = 200
#: Number of errors that are explained for one value: explaining one takes 1,000 times as long as finding it.
MOST_ERRORS = 1000
#: Number of rounds of restoring removed nulls whose absence violates `required`.
_MOST_ROUNDS = 8


@dataclass(frozen=True, eq=False)
class Part:
    """One JSON value that the document describes: a body, or the chunk with the index `chunk`.

    It stands for all chunks that differ from it only in texts about which the document says nothing, and in
    numbers that it treats alike.
    """

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
        """Whether the value has more errors than were explained."""
        return self._judged[0].cut_short

    @property
    def errors(self) -> tuple[SchemaError, ...]:
        """Return the errors of the value, without those for null in place of an optional member."""
        return self._judged[0].errors

    @property
    def undeclared_nulls(self) -> list[str]:
        """Return the pointers of optional members that are null although their schema has no null."""
        return self._judged[1]


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a response. `numbers` has the number in `distinct` of each part, in order."""

    distinct: Sequence[Part] = ()
    numbers: Sequence[int] = ()

    def where(self, condition: Callable[[Part], object]) -> Iterator[Part]:
        """Yield each part that meets a condition; the condition is tested once for each distinct part."""
        tested: dict[int, object] = {}
        for number in self.numbers:
            if number not in tested:
                tested[number] = condition(self.distinct[number])
            if tested[number]:
                yield self.distinct[number]


class SchemaBody(Reply):
    """A response with a body, or chunks, for which the document declares a schema."""

    def applies(self) -> bool:
        """Whether there is anything to validate."""
        return bool(self.parts.distinct)

    @cached_property
    def parts(self) -> Parts:
        """Return the body, or each chunk; known quirks of chunks that the service adds are corrected."""
        return _PARTS.of(self)

    @property
    def drift(self) -> Iterator[tuple[Part, Drift]]:
        """Yield the undeclared fields and values of each distinct part, in order."""
        found = self._distinct_drift
        for number in dict.fromkeys(self.parts.numbers):
            part = self.parts.distinct[number]
            yield from ((part, each) for each in found[part])

    @cached_property
    def _distinct_drift(self) -> dict[Part, tuple[Drift, ...]]:
        document = self.operation.document
        examined(any(members(part.value) for part in self.parts.distinct))
        return {part: tuple(drift(document, part.schema_pointer, part.value)) for part in self.parts.distinct}

    @cached_property
    def invalid_in_request(self) -> frozenset[str]:
        """The pointers at which the body of the request violates its own schema."""
        validator = self.operation.request_validator()
        if validator is None or not self.sent or validator.is_valid(self.sent):
            return frozenset()
        return frozenset(each.pointer for each in validator.explain(self.sent, at_most=MOST_ERRORS).errors)

    def build_parts(self) -> Parts:
        """Return the parts without using the cache."""
        stream = Stream.of(self.exchange, self.operation)
        if stream is not None:
            return self._chunks(stream)
        body = self._body()
        return Parts(body, range(len(body)))

    def _body(self) -> tuple[Part, ...]:
        media_type = self.response.media_type
        described = self.operation.response_for(self.response.status)
        if described is None or (self.response.status < 300 and described.status == "default"):
            return ()  # another rule reports an undeclared success, which is not an error
        validator = self.operation.response_validator(self.response.status, media_type)
        media = described.media_for(media_type)
        is_text = not (media_type == "application/json" or media_type.endswith("+json"))
        if validator is None or media is None or media.schema_pointer is None or is_text:
            return ()
        if not self.response.is_json:
            return ()
        body = self.response.json
        if is_status_code_form(self.response.status, body):
            return ()  # a known quirk of the service: its form of a 401
        if isinstance(body, dict):
            body = self._renamed(correct_body(body), streamed=False)
        return (Part(body, validator, media.schema_pointer),)

    def _chunks(self, stream: Stream) -> Parts:
        validator = self.operation.item_validator(self.response.status)
        described = self.operation.response_for(self.response.status)
        media = described.media_for("text/event-stream") if described is not None else None
        if validator is None or media is None or media.item_schema_pointer is None:
            return Parts()
        pointer = media.item_schema_pointer
        chunks, index = stream.response_chunks, stream.response_chunks.known
        added = {index.form_number(chunk.index): is_service_chunk(chunk) for chunk in chunks.distinct}
        head = next((each for each in chunks.distinct if not added[index.form_number(each.index)]), None)
        if head is None:
            return Parts()
        distinct: list[Part] = []
        known: dict[int, int] = {}
        own, further = array("L"), array("L")
        for position, at in enumerate(chunks.places):
            form = index.form_number(at)
            number = known.get(form)
            if number is None:
                number = len(distinct)
                chunk = index.read_chunk(position)
                value = self._corrected(chunk, head.json) if added[form] else self._own(chunk)
                distinct.append(Part(value, validator, pointer, at))
                if self._is_for_all(index.form(at), pointer):
                    known[form] = number
            (further if added[form] else own).append(number)
        return Parts(distinct, own + further)

    def _is_for_all(self, form: EventForm, schema_pointer: str) -> bool:
        """Whether all chunks of a form have the same errors, except for the values that these quote."""
        document = self.operation.document
        return all(
            is_free_text(document, schema_pointer, slot.pointer)
            if slot.kind == "text"
            else is_free_number(document, schema_pointer, slot.pointer, form.spreads[slot.pointer])
            for slot in form.slots
        )

    def _own(self, chunk: Chunk) -> dict[str, Any]:
        return self._renamed(chunk.json, streamed=True)

    def _corrected(self, chunk: Chunk, head: dict[str, Any]) -> dict[str, Any]:
        return correct_chunk(chunk, head, chat=self.operation.kind == "chat")

    def _renamed(self, body: dict[str, Any], *, streamed: bool) -> dict[str, Any]:
        """Return the body with the `object` of the document if the service is known to use another value."""
        name = body.get("object")
        usual = declared_object(name, self.operation, streamed=streamed)
        if usual == name or not self._may_be_renamed(name):
            return body
        return {**body, "object": usual}

    def _may_be_renamed(self, name: object) -> bool:
        """Whether the other value is known for this request, or the request was not recorded."""
        if not str(name).startswith("extensions."):
            return True
        try:
            return bool(self.sent.get("data_sources"))
        except Inconclusive:
            return True

    def invalid_parts(self) -> list[Part]:
        """Return the parts that violate their schema, in order, up to a limit."""
        examined(any(members(part.value) for part in self.parts.distinct))
        broken = self.parts.where(lambda part: not part.validator.is_valid(part.value))
        return list(islice(broken, _MOST_EXPLAINED))


class _LatestParts:
    """The parts of the last exchange.

    Its views are built one after the other, and validation costs more than everything else.
    """

    def __init__(self) -> None:
        self._latest: tuple[Exchange, Operation, Parts] | None = None

    def of(self, view: SchemaBody) -> Parts:
        """Return the parts of a view, shared with other views of the same exchange."""
        latest = self._latest
        if latest is None or latest[0] is not view.exchange or latest[1] is not view.operation:
            latest = self._latest = (view.exchange, view.operation, view.build_parts())
        return latest[2]


_PARTS = _LatestParts()


class SchemaJsonBody(SchemaBody):
    """A response with a schema for the whole body."""

    def applies(self) -> bool:
        """Whether the response has such a body."""
        return super().applies() and self.parts.distinct[0].chunk is None


class SchemaStream(SchemaBody):
    """A response with a schema for its chunks."""

    def applies(self) -> bool:
        """Whether the response has such chunks."""
        return super().applies() and self.parts.distinct[0].chunk is not None


def _null_members(value: Any) -> set[str]:
    """Return the pointers of all members of objects that are null."""
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
    """Return a plain copy of JSON without the members at some pointers."""
    if isinstance(value, dict):
        places = [(join(pointer, name), name, each) for name, each in dict.items(value)]
        return {
            name: _without(each, pointers, place) for place, name, each in places if place not in pointers
        }
    if isinstance(value, list):
        return [_without(each, pointers, f"{pointer}/{place}") for place, each in enumerate(value)]
    return value
