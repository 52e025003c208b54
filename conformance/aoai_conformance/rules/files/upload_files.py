"""The file of an upload and its parts: when they exist, and consistent descriptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import members, objects, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import STORED, rule
from aoai_conformance.rules.files.file_lists import has_entries_with_ids
from aoai_conformance.views.flows import CreatedResource, Flow, ResourceHistory, Step
from aoai_conformance.views.resource_identity import find_changes, find_regressions
from aoai_conformance.views.timestamps import is_unix_seconds
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@2025-01-01-preview"
_UPLOAD = f"{_DOCUMENT}#/components/schemas/Upload/properties"
_PART = f"{_DOCUMENT}#/components/schemas/UploadPart/properties"
_NO_FILE_YET = frozenset({"pending", "cancelled", "expired"})
_RANKS = {"uploaded": 0, "pending": 1, "running": 2, "processed": 3, "error": 3}
#: Seconds by which the clocks of a service's machines may differ.
_LEEWAY = 300

ResourceView = tuple[Step, str, dict[str, Any]]


def _incomplete_status(flow: CreatedResource) -> tuple[str, ...]:
    """Return the status if it is one of these."""
    status = text(flow.json.get("status"))
    return (status,) if status in _NO_FILE_YET else ()


@rule(
    "UPLOADS-014",
    must="include a file in an upload only after its completion",
    clause=f"{_UPLOAD}/file",
    operations=frozenset({"upload-create", "upload-cancel"}),
    evidence=_incomplete_status,
)
def has_no_early_file(reply: CreatedResource, statuses: tuple[str, ...]) -> Iterator[Violation]:
    """Until then, `file` is absent, null or without an id."""
    file = text(members(reply.json.get("file")).get("id"))
    if file:
        yield reply.violates("/file", f"The upload is {statuses[0]} but has a file.", actual=file)


class UploadFlow(Flow):
    """The requests for uploads, in order."""

    kinds = frozenset({"flow.uploads"})

    @cached_property
    def made(self) -> tuple[tuple[Step, dict[str, Any]], ...]:
        """Return each completion with its file."""
        done = ((step, members(step.json.get("file"))) for step in self.done("upload-complete"))
        return tuple((step, file) for step, file in done if text(file.get("id")))


def _file_histories(flow: UploadFlow) -> tuple[ResourceHistory, ...]:
    """Return the descriptions of each such file, in order."""
    lines = (_file_history(flow, step, file) for step, file in flow.made)
    return tuple(line for line in lines if len(line.shown) > 1)


def _file_history(flow: UploadFlow, completion: Step, file: dict[str, Any]) -> ResourceHistory:
    shown: list[ResourceView] = [(completion, "/file", file)]
    for step in flow.later(completion):
        if not step.succeeded:
            continue
        if step.kind == "file-get" and step.resource == file["id"]:
            shown.append((step, "", step.json))
        elif step.kind == "file-list":
            entries = objects(step.json.get("data"))
            shown += [(step, f"/data/{at}", each) for at, each in entries if each.get("id") == file["id"]]
    return ResourceHistory(file["id"], tuple(shown))


@rule(
    "UPLOADS-015",
    must="return the same properties of an upload's file when the file is retrieved",
    clause=f"{_UPLOAD}/file",
    operations=STORED,
    evidence=_file_histories,
    note="Other rules check missing sizes and the unit of times.",
)
def describes_its_file_consistently(histories: tuple[ResourceHistory, ...]) -> Iterator[Violation]:
    """Compares name, purpose, time and status of the nested file with those of the file under its id."""
    yield from find_changes(
        [_readable(line) for line in histories],
        ("filename", "purpose", "created_at"),
        "`{name}` of the upload's file changes",
    )
    yield from find_regressions(
        histories, "The file of the upload returns to an earlier status", _RANKS, reason="status"
    )


def _readable(line: ResourceHistory) -> ResourceHistory:
    """Return the history without times that are not Unix seconds."""
    shown = [
        (
            step,
            at,
            {name: value for name, value in entry.items() if name != "created_at" or is_unix_seconds(value)},
        )
        for step, at, entry in line.shown
    ]
    return ResourceHistory(line.id, tuple(shown))


def _times_within(flow: UploadFlow) -> tuple[tuple[int, int, Step, str, int], ...]:
    """Return the start and end of an upload with each time that must be between: step, pointer and value."""
    found: list[tuple[int, int, Step, str, int]] = []
    for step in flow.done("upload-create"):
        begin, end = _time(step.json, "created_at"), _time(step.json, "expires_at")
        if begin is None or end is None or step.id is None:
            continue
        for later in flow.later(step):
            moment, pointer = _moment(later)
            if moment is not None and later.resource == step.id:
                found.append((begin, end, later, pointer, moment))
    return tuple(found)


def _moment(step: Step) -> tuple[int | None, str]:
    if step.succeeded and step.kind == "upload-part":
        return _time(step.json, "created_at"), "/created_at"
    if step.succeeded and step.kind == "upload-complete":
        return _time(members(step.json.get("file")), "created_at"), "/file/created_at"
    return None, ""


def _time(holder: dict[str, Any], name: str) -> int | None:
    value = whole(holder.get(name))
    return value if value is not None and is_unix_seconds(value) else None


@rule(
    "UPLOADS-016",
    must="create the parts and the file of an upload between its creation and its expiry",
    clause=f"{_PART}/created_at",
    operations=STORED,
    evidence=_times_within,
    note="Five minutes are allowed for clocks that differ.",
)
def created_during_the_upload(times: tuple[tuple[int, int, Step, str, int], ...]) -> Iterator[Violation]:
    """Compares `created_at` of each part and of the file with the times of the upload."""
    for begin, end, step, pointer, moment in times:
        if end > begin and not begin - _LEEWAY <= moment <= end + _LEEWAY:
            yield step.violates(
                pointer,
                "`created_at` is before the creation or after the expiry of the upload",
                expected=f"{begin} to {end}",
                actual=moment,
                reason="outside",
            )


def _parts_with_block(flow: UploadFlow) -> tuple[Step, ...]:
    """Return the parts with an azure_block_id, in order."""
    named = [step for step in flow.done("upload-part") if text(step.json.get("azure_block_id"))]
    uploads = [step.resource for step in named]
    return tuple(step for step in named if uploads.count(step.resource) > 1)


@rule(
    "UPLOADS-017",
    should="give each part of an upload a different azure_block_id",
    clause=f"{_PART}/azure_block_id",
    operations=STORED,
    evidence=_parts_with_block,
)
def block_ids_are_unique(parts: tuple[Step, ...]) -> Iterator[Violation]:
    """Two parts with one block overwrite each other."""
    seen: set[tuple[str | None, str]] = set()
    for step in parts:
        block = (step.resource, step.json["azure_block_id"])
        if block in seen:
            yield step.violates("/azure_block_id", "Two parts have the same azure_block_id", actual=block[1])
        seen.add(block)


def _later_lists(flow: UploadFlow) -> tuple[tuple[str, Step], ...]:
    """Return the id of each file of a completed upload with each later complete list."""
    return tuple(
        (file["id"], step)
        for completion, file in flow.made
        for step in flow.later(completion)
        if step.kind == "file-list" and step.succeeded and _is_whole(step, text(file.get("purpose")))
    )


def _is_whole(step: Step, purpose: str | None) -> bool:
    if not has_entries_with_ids(step.json.get("data")) or step.json.get("has_more") is True:
        return False
    return not {"limit", "after"} & step.query.keys() and step.query.get("purpose", purpose) == purpose


@rule(
    "UPLOADS-018",
    must="list the file of a completed upload",
    clause=f"{_DOCUMENT}#/paths/~1files/get",
    operations=STORED,
    evidence=_later_lists,
    note="Lists with has_more, or for another purpose, are skipped.",
)
def lists_the_uploaded_file(lists: tuple[tuple[str, Step], ...]) -> Iterator[Violation]:
    """Lists include files from uploads."""
    for id_, step in lists:
        if id_ not in {each.get("id") for _, each in objects(step.json["data"])}:
            yield step.violates("/data", "The file of a completed upload is not listed", expected=id_)
