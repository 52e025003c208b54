"""Uploads: files that are sent in parts and joined in the requested order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aoai_conformance.json_access import elements, members, text, whole
from aoai_conformance.rule import STORED, Inconclusive, NotApplicable, rule
from aoai_conformance.views.flows import CreatedResource, Flow, ResourceHistory, Step
from aoai_conformance.views.resource_identity import (
    find_changes,
    require_requested_id,
    require_requested_values,
)
from aoai_conformance.views.timestamps import Lifetime, require_times_in_unix_seconds
from aoai_model.verdict import Violation

CREATED = frozenset({"upload-create"})
ABOUT_ONE = frozenset({"upload-create", "upload-complete", "upload-cancel"})

_DOCUMENT = "azure-openai@2025-01-01-preview"
_UPLOADS = f"{_DOCUMENT}#/paths/~1uploads"
_UPLOAD = f"{_DOCUMENT}#/components/schemas/Upload/properties"
_ENDED = frozenset({"completed", "cancelled", "expired"})
_KEPT = ("filename", "bytes", "purpose")
_TIMES = ("created_at", "expires_at")
#: An upload expires one hour after its creation; a few minutes are allowed for clocks and queues.
#: `_LIFETIMES` has the documents that say otherwise.
_LIFETIME = Lifetime(
    *_TIMES,
    seconds=3600,
    leeway=600,
    expired_message="The upload expires at or before its creation.",
    length_message="The upload does not expire one hour after its creation.",
)
_LIFETIMES = {
    "azure-openai@2024-10-21": replace(
        _LIFETIME,
        seconds=7200,
        length_message="The upload does not expire two hours after its creation.",
    )
}


class UploadFlow(Flow):
    """The requests for uploads, in order."""

    kinds = frozenset({"flow.uploads"})

    def histories(self) -> tuple[ResourceHistory, ...]:
        """Return the responses about each upload of the flow."""
        return ResourceHistory.of(self, ABOUT_ONE)

    def parts(self, upload: str) -> dict[str, bytes]:
        """Return the accepted parts of an upload, by id."""
        return {
            step.id: step.file
            for step in self.done("upload-part")
            if step.resource == upload and step.id is not None and step.file is not None
        }


def _order(step: Step) -> list[str]:
    return [each for each in elements(step.sent.get("part_ids")) if isinstance(each, str)]


@rule(
    "UPLOADS-001",
    must="return the name, size and purpose of a new upload as requested",
    clause=f"{_UPLOADS}/post/requestBody",
    operations=CREATED,
)
def upload_has_requested_properties(reply: CreatedResource) -> Iterator[Violation]:
    """Compares the name, size and purpose with those of the request."""
    yield from require_requested_values(reply, "upload", {name: reply.sent.get(name) for name in _KEPT})


@rule(
    "UPLOADS-002",
    must="create uploads with the status pending",
    clause=f"{_UPLOAD}/status",
    operations=CREATED,
)
def new_upload_is_pending(reply: CreatedResource) -> Iterator[Violation]:
    """A new upload has no parts and has not expired."""
    status = text(reply.json.get("status"))
    if status in _ENDED:
        yield reply.violates("/status", "A new upload is not pending.", expected="pending", actual=status)


@rule(
    "UPLOADS-003",
    must="return an expiry time of an upload that is after its creation",
    clause=f"{_UPLOAD}/expires_at",
    operations=CREATED,
    note="The description says one hour later, in 2024-10-21 two; another period is a SHOULD violation.",
)
def upload_expires_in_time(reply: CreatedResource) -> Iterator[Violation]:
    """Both times are in Unix seconds."""
    yield from _LIFETIMES.get(str(reply.operation.document.name), _LIFETIME).broken(reply)


@rule(
    "UPLOADS-004",
    must="return an id and the id of the upload for each part",
    clause=f"{_UPLOADS}~1{{upload_id}}~1parts/post/responses/200",
    operations=frozenset({"upload-part"}),
)
def part_belongs_to_its_upload(reply: CreatedResource) -> Iterator[Violation]:
    """`upload_id` is the id in the path."""
    yield from require_requested_id(reply, "`upload_id` is not the id of the upload.", name="upload_id")


@rule(
    "UPLOADS-013",
    must="return the time of creation of a part in Unix seconds",
    clause=f"{_UPLOADS}~1{{upload_id}}~1parts/post/responses/200",
    operations=frozenset({"upload-part"}),
)
def returns_the_part_creation_time(reply: CreatedResource) -> Iterator[Violation]:
    """The usual mistakes are milliseconds and 0."""
    yield from require_times_in_unix_seconds(reply, ["created_at"])


@rule(
    "UPLOADS-005",
    must="give each part of an upload a different id",
    clause=f"{_UPLOADS}~1{{upload_id}}~1parts/post/responses/200",
    operations=STORED,
)
def part_ids_are_unique(flow: UploadFlow) -> Iterator[Violation]:
    """The completion request orders the parts by their ids."""
    seen: set[str] = set()
    for step in flow.done("upload-part"):
        if step.id is not None and step.id in seen:
            yield step.violates("/id", "Two parts have the same id", actual=step.id)
        seen.add(step.id or "")


@rule(
    "UPLOADS-006",
    must="return the file of an upload on completion",
    clause=f"{_UPLOADS}~1{{upload_id}}~1complete/post/responses/200",
    operations=frozenset({"upload-complete"}),
)
def completes_with_a_file(reply: CreatedResource) -> Iterator[Violation]:
    """The status is completed, and the response contains the file with an id."""
    status = text(reply.json.get("status"))
    if status is not None and status != "completed":
        yield reply.violates(
            "/status",
            "The status of a completed upload is not completed.",
            expected="completed",
            actual=status,
        )
    file = members(reply.json.get("file"))
    if text(file.get("id")) is None:
        yield reply.violates("/file", "The completed upload has no file.", reason="no file")
        return
    for name in ("filename", "purpose"):
        expected, actual = text(reply.json.get(name)), text(file.get(name))
        if expected is not None and actual is not None and expected != actual:
            yield reply.violates(
                f"/file/{name}",
                f"`{name}` of the file differs from that of its upload.",
                expected=expected,
                actual=actual,
                reason=name,
            )


@rule(
    "UPLOADS-007",
    must="return the requested upload on completion and cancellation",
    clause=f"{_UPLOADS}~1{{upload_id}}~1complete/post",
    operations=frozenset({"upload-complete", "upload-cancel"}),
)
def is_the_requested_upload(reply: CreatedResource) -> Iterator[Violation]:
    """Compares the id in the path with the id in the response."""
    yield from require_requested_id(reply, "The response is about another upload.")


@rule(
    "UPLOADS-008",
    must="return the status cancelled for a cancelled upload",
    clause=f"{_UPLOADS}~1{{upload_id}}~1cancel/post",
    operations=frozenset({"upload-cancel"}),
)
def reports_the_cancellation(reply: CreatedResource) -> Iterator[Violation]:
    """A cancelled upload is not pending."""
    status = text(reply.json.get("status"))
    if status is not None and status != "cancelled":
        yield reply.violates(
            "/status",
            "The status of a cancelled upload is not cancelled.",
            expected="cancelled",
            actual=status,
        )


@rule(
    "UPLOADS-009",
    must="join the parts in the order of the completion request",
    clause=f"{_UPLOADS}~1{{upload_id}}~1complete/post/requestBody",
    operations=STORED,
)
def joins_parts_in_order(flow: UploadFlow) -> Iterator[Violation]:
    """Compares the downloaded content with the parts in the requested order."""
    expected: dict[str, tuple[bytes, list[bytes]]] = {}
    for step in flow.done("upload-complete"):
        parts = flow.parts(step.resource or "")
        file, order = text(members(step.json.get("file")).get("id")), _order(step)
        if file is not None and order and all(part in parts for part in order):
            expected[file] = (b"".join(parts[part] for part in order), list(parts.values()))
    read_back = [step for step in flow.done("file-content") if step.resource in expected]
    if not read_back:
        raise NotApplicable
    for step in read_back:
        joined, arrived = expected[step.resource or ""]
        body = step.content
        if body == joined:
            continue
        if not step.response.complete:
            raise Inconclusive("the connection ended before the end of the content")
        by_arrival = body == b"".join(arrived)
        yield step.violates(
            "",
            "The parts are joined in the order in which they were uploaded"
            if by_arrival
            else "The content of the file is not the content of the joined parts",
            expected=f"{len(joined)} bytes in the order named",
            actual=f"{len(body)} bytes",
            reason="order" if by_arrival else "bytes",
        )


@rule(
    "UPLOADS-010",
    must="return the total size of the parts as the size of a completed upload",
    clause=f"{_UPLOADS}~1{{upload_id}}~1complete/post",
    operations=STORED,
    note="The number of uploaded bytes must equal the announced size, so both are the size of the file.",
)
def counts_what_was_sent(flow: UploadFlow) -> Iterator[Violation]:
    """Compares the sizes of the upload and of the file with the parts."""
    for step in flow.done("upload-complete"):
        parts, order = flow.parts(step.resource or ""), _order(step)
        if not order or not all(part in parts for part in order):
            continue
        size = sum(len(parts[part]) for part in order)
        for pointer, holder in (("/bytes", step.json), ("/file/bytes", members(step.json.get("file")))):
            actual = whole(holder.get("bytes"))
            if actual is not None and actual != size:
                yield step.violates(
                    pointer,
                    "The size differs from the total size of the parts",
                    expected=size,
                    actual=actual,
                    reason=pointer,
                )


@rule(
    "UPLOADS-011",
    must="not change an upload after it has ended",
    clause=f"{_UPLOAD}/status",
    operations=STORED,
)
def does_not_change_after_the_end(flow: UploadFlow) -> Iterator[Violation]:
    """An upload ends when it is completed, cancelled or expired."""
    for line in flow.histories():
        for (_, _, before), (step, at, after) in line.pairs():
            old, new = text(before.get("status")), text(after.get("status"))
            if old in _ENDED and new is not None and new != old:
                yield step.violates(
                    f"{at}/status", "The upload changes after its end", expected=old, actual=new
                )


@rule(
    "UPLOADS-012",
    must="return the same properties of an upload in every response",
    clause=f"{_DOCUMENT}#/components/schemas/Upload",
    operations=STORED,
)
def properties_do_not_change(flow: UploadFlow) -> Iterator[Violation]:
    """Name, size, purpose and times do not change after the creation."""
    yield from find_changes(flow.histories(), (*_KEPT, *_TIMES), "`{name}` of the upload changes")
