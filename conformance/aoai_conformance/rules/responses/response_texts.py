"""Streamed texts: the deltas join to what the events after them and the response at the end contain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aoai_conformance.json_access import dig, members, text, whole
from aoai_conformance.rule import RESPONSE_STREAMS, NotApplicable, rule
from aoai_conformance.views.exchange_views import Chunk
from aoai_conformance.views.response_streams import ResponseStream, StreamedItem, StreamedText, event_type
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@v1#/components/schemas"
_DELTA = f"{_SCHEMAS}/OpenAI.ResponseTextDeltaEvent/properties/delta"
_ITEMS = "https://www.openresponses.org/specification#items-are-streamable"


@dataclass(frozen=True, slots=True)
class _Text:
    """One streamed text with its item and the pointer of the text in that item."""

    item: StreamedItem
    streamed: StreamedText
    pointer: str
    index: int | None

    @property
    def joined(self) -> str:
        """Return the deltas, joined."""
        return "".join(text(event.json.get("delta")) or "" for event in self.streamed.deltas)

    @property
    def whole(self) -> str | None:
        """Return the text in the event that ends the text; None without one."""
        done = self.streamed.done
        return text(done[-1].json.get(self.streamed.kind.member)) if done else None

    @property
    def best(self) -> str | None:
        """Return the text by its last event, else by its deltas; None if nothing streamed it."""
        if self.whole is not None:
            return self.whole
        return self.joined if self.streamed.deltas else None


def _texts(stream: ResponseStream) -> tuple[_Text, ...]:
    found = []
    for item in stream.items:
        for (_, (parts, index)), streamed in item.texts.items():
            kind = streamed.kind
            pointer = f"/{kind.member}" if parts is None else f"/{parts}/{index}/{kind.member}"
            found.append(_Text(item, streamed, pointer, index))
    return tuple(found)


def _is_whole(stream: ResponseStream) -> bool:
    """Whether the stream begins with its first event."""
    return stream.is_whole


def _differs(event: Chunk, pointer: str, message: str, expected: str, actual: str) -> Violation:
    return event.violates(pointer, message, expected=expected, actual=actual, reason="differs")


@rule(
    "TEXTS-001",
    must="end each streamed text with the text that its deltas join to",
    clause=_DELTA,
    operations=RESPONSE_STREAMS,
    evidence=_texts,
    when=_is_whole,
    note="This covers output text, refusals, reasoning, arguments of calls and code. A text without any "
    "delta is a SHOULD: it reaches clients all at once.",
)
def deltas_join_to_the_text(texts: tuple[_Text, ...]) -> Iterator[Violation]:
    """Clients that show deltas and clients that wait for the whole must show the same text."""
    for each in texts:
        if each.whole is None:
            continue
        last = each.streamed.done[-1]
        if each.joined != each.whole:
            member = each.streamed.kind.member
            yield last.violates(
                f"/{member}",
                f"`{member}` differs from the deltas before it."
                if each.streamed.deltas
                else f"`{member}` has text, but no delta does.",
                expected=each.joined,
                actual=each.whole,
                reason="differs" if each.streamed.deltas else "no deltas",
                level=None if each.streamed.deltas else "should",
            )


@rule(
    "TEXTS-002",
    must="end each streamed text once, after its deltas",
    clause=_ITEMS,
    operations=RESPONSE_STREAMS,
    evidence=_texts,
)
def ends_each_text_once(stream: ResponseStream, texts: tuple[_Text, ...]) -> Iterator[Violation]:
    """A text that was cut off with its response may be left open, which is not judged."""
    is_completed = stream.final.get("status") == "completed"
    for each in texts:
        deltas, done = each.streamed.deltas, each.streamed.done
        if deltas and not done and is_completed:
            yield deltas[-1].violates(
                "/type",
                "No event ends the text after its deltas.",
                expected=f"{each.streamed.kind.prefix}.done",
                reason="missing",
            )
        elif deltas and done and deltas[-1].index > done[0].index:
            message = "A delta follows the event that ends the text."
            yield deltas[-1].violates("/type", message, actual=event_type(deltas[-1]), reason="late delta")
        for again in done[1:]:
            yield again.violates(
                "/type", "The text ends a second time.", actual=event_type(again), reason="twice"
            )


@rule(
    "TEXTS-003",
    must="show the streamed text in the part that is closed after it",
    clause=_ITEMS,
    operations=RESPONSE_STREAMS,
    evidence=_texts,
    when=_is_whole,
)
def part_has_the_text(texts: tuple[_Text, ...]) -> Iterator[Violation]:
    """Compares the part in response.content_part.done with the text before."""
    for each in texts:
        kind = each.streamed.kind
        if kind.parts is None or each.best is None:
            continue
        part = each.item.parts.get((kind.parts, each.index))
        for event in [] if part is None else part.done[-1:]:
            actual = text(members(event.json.get("part")).get(kind.member))
            if actual is not None and actual != each.best:
                message = "The text of the closed part differs from the streamed text."
                yield _differs(event, f"/part/{kind.member}", message, each.best, actual)


@rule(
    "TEXTS-004",
    must="show the streamed texts in the item that is closed after them",
    clause=_ITEMS,
    operations=RESPONSE_STREAMS,
    evidence=_texts,
    when=_is_whole,
    note="Also for the arguments of function calls, which have no parts.",
)
def item_has_the_texts(texts: tuple[_Text, ...]) -> Iterator[Violation]:
    """Compares the item in response.output_item.done with the texts before."""
    for each in texts:
        for event in each.item.done[-1:]:
            actual = dig(members(event.json.get("item")), each.pointer)
            if each.best is None or (actual is not None and not isinstance(actual, str)):
                continue
            if actual is None and each.streamed.kind.parts is None:
                continue
            if (actual or "") != each.best:
                message = "The text in the closed item differs from the streamed text."
                yield _differs(event, f"/item{each.pointer}", message, each.best, actual or "")


@rule(
    "TEXTS-005",
    must="show in the response at the end the texts that were streamed",
    clause=f"{_SCHEMAS}/OpenAI.Response/properties/output",
    operations=RESPONSE_STREAMS,
    evidence=_texts,
    when=_is_whole,
)
def response_has_the_texts(stream: ResponseStream, texts: tuple[_Text, ...]) -> Iterator[Violation]:
    """Compares the items of the last event with the texts before."""
    if stream.end is None:
        raise NotApplicable
    for each in texts:
        shown = stream.final_item(each.item)
        actual = dig(shown, each.pointer)
        if not shown or each.best is None or not isinstance(actual, str):
            continue
        if actual != each.best:
            message = "The text in the response at the end differs from the streamed text."
            pointer = f"/response/output/{each.item.index}{each.pointer}"
            yield _differs(stream.end, pointer, message, each.best, actual)


@rule(
    "TEXTS-006",
    must="number the annotations of a text from 0, and show them in the closed item",
    clause=f"{_SCHEMAS}/OpenAI.ResponseOutputTextAnnotationAddedEvent/properties/annotation_index",
    operations=RESPONSE_STREAMS,
    when=_is_whole,
)
def numbers_annotations(stream: ResponseStream) -> Iterator[Violation]:
    """The closed item has at least as many annotations as were streamed."""
    for item in stream.items:
        counts: dict[int | None, int] = {}
        for event in item.events:
            if event_type(event) != "response.output_text.annotation.added":
                continue
            part, index = whole(event.json.get("content_index")), whole(event.json.get("annotation_index"))
            expected = counts.get(part, 0)
            if index is not None and index != expected:
                message = f"The annotation added as number {expected} has the index {index}."
                yield event.violates(
                    "/annotation_index", message, expected=expected, actual=index, reason="order"
                )
                return
            counts[part] = expected + 1
        for part, count in counts.items():
            shown = dig(item.final, f"/content/{part}/annotations")
            if item.done and isinstance(shown, list) and len(shown) < count:
                yield item.done[-1].violates(
                    f"/item/content/{part}/annotations",
                    "The closed item lacks annotations that were streamed.",
                    expected=count,
                    actual=len(shown),
                    reason="missing",
                )
