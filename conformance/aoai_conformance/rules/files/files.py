"""Files: descriptions that match the upload, and deletion."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import objects, text, whole
from aoai_conformance.rule import STORED, Inconclusive, NotApplicable, rule
from aoai_conformance.views.flows import CreatedResource, Flow, ResourceHistory, ResourceView, Step
from aoai_conformance.views.resource_identity import (
    find_changes,
    find_regressions,
    require_requested_id,
    require_requested_values,
)
from aoai_conformance.views.timestamps import require_times_in_unix_seconds
from aoai_model.verdict import Violation

UPLOADED = frozenset({"file-upload"})
ABOUT_ONE = frozenset({"file-upload", "file-get"})
DELETED = frozenset({"file-delete"})
LISTED = frozenset({"file-list"})

_DOCUMENT = "azure-openai@2025-01-01-preview"
_FILES = f"{_DOCUMENT}#/paths/~1files"
_FILE = f"{_DOCUMENT}#/paths/~1files~1{{fileId}}"
#: The order of the statuses of a file; processed and failed files stay so until they are deleted.
_RANKS = {"uploaded": 0, "pending": 1, "running": 2, "processed": 3, "error": 3, "deleting": 4, "deleted": 5}
_ENDED = frozenset({"processed", "error"})
_NEVER_CHANGES = ("id", "object", "filename", "purpose", "created_at", "bytes")
_GONE = frozenset({404, 410})


class FileFlow(Flow):
    """The requests for files, in order."""

    kinds = frozenset({"flow.files", "flow.uploads", "flow.batches", "flow.lists"})

    def histories(self) -> tuple[ResourceHistory, ...]:
        """Return the responses about each file of the flow, including those in lists."""
        return ResourceHistory.of(self, ABOUT_ONE, LISTED)


def deletions(flow: Flow) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """Return each deleted id with the steps after its deletion."""
    for step in flow.done("file-delete"):
        if step.resource is not None and step.json.get("deleted") is not False:
            yield step.resource, flow.later(step)


@rule(
    "FILES-001",
    must="return a file's content byte for byte",
    clause=f"{_FILE}~1content/get",
    operations=STORED,
)
def content_matches_the_upload(flow: FileFlow) -> Iterator[Violation]:
    """Compares the uploaded content with the downloaded content."""
    contents = {step.id: step.file for step in flow.done("file-upload") if step.file is not None}
    read_back = [step for step in flow.done("file-content") if contents.get(step.resource) is not None]
    if not read_back:
        raise NotApplicable
    for step in read_back:
        uploaded, body = contents[step.resource], step.content
        if body == uploaded:
            continue
        if not step.response.complete:
            raise Inconclusive("the connection ended before the end of the content")
        reason = "length" if len(body) != len(uploaded) else "bytes"
        first = next(
            (at for at, (one, other) in enumerate(zip(body, uploaded, strict=False)) if one != other), 0
        )
        yield step.violates(
            "",
            "The content differs from the uploaded content",
            expected=f"{len(uploaded)} bytes as they were sent",
            actual=f"{len(body)} bytes, the first difference at byte {first}",
            reason=reason,
        )


@rule(
    "FILES-002",
    must="return the size of a file in bytes",
    clause=f"{_FILES}/post/responses/200",
    operations=UPLOADED,
    note="Skipped while a file is being processed and has no size.",
)
def returns_the_size_in_bytes(reply: CreatedResource) -> Iterator[Violation]:
    """The size is that of the content, without the multipart form."""
    actual = whole(reply.json.get("bytes"))
    if reply.file is not None and actual is not None and actual != len(reply.file[1]):
        yield reply.violates(
            "/bytes",
            "The size of the file differs from the uploaded content.",
            expected=len(reply.file[1]),
            actual=actual,
        )


@rule(
    "FILES-003",
    must="return the name and purpose with which a file was uploaded",
    clause=f"{_FILES}/post/parameters",
    operations=UPLOADED,
    note="Where the form has a field filename, that is the name; else it is the file part's own.",
)
def returns_name_and_purpose(reply: CreatedResource) -> Iterator[Violation]:
    """Users and batches find a file by its name and purpose."""
    if reply.file is None:
        return
    requested = {"filename": reply.field("filename") or reply.file[0], "purpose": reply.field("purpose")}
    yield from require_requested_values(reply, "file", requested, read_as=lambda _, value: text(value))


@rule(
    "FILES-004",
    must="return the requested file",
    clause=f"{_FILE}/get",
    operations=frozenset({"file-get"}),
)
def is_the_requested_file(reply: CreatedResource) -> Iterator[Violation]:
    """Compares the id in the path with the id in the response."""
    yield from require_requested_id(reply, "The response is about another file.")


@rule(
    "FILES-005",
    must="confirm the deletion of the requested file",
    clause=f"{_FILE}/delete/responses/200",
    operations=DELETED,
)
def confirms_the_deletion(reply: CreatedResource) -> Iterator[Violation]:
    """`deleted` is true, and the id is the one in the path."""
    if reply.json.get("deleted") is False:
        yield reply.violates(
            "/deleted", "The status is 2xx, but `deleted` is not true.", expected=True, actual=False
        )
    yield from require_requested_id(
        reply, "The response confirms the deletion of another file.", reason="another file"
    )


@rule(
    "FILES-006",
    must="return 404 or 410 for a deleted file",
    clause=f"{_FILE}/delete",
    operations=STORED,
)
def deleted_resource_does_not_exist(flow: FileFlow) -> Iterator[Violation]:
    """Neither the file nor its content can be retrieved."""
    for deleted, later in deletions(flow):
        for step in later:
            if step.resource == deleted and step.kind in ("file-get", "file-content", "file-delete"):
                if step.status in (408, 425, 429) or step.status >= 500:
                    raise Inconclusive(f"a {step.status} does not show whether the file exists")
                if step.kind == "file-get" and step.json.get("status") in ("deleting", "deleted"):
                    continue
                if step.status not in _GONE:
                    yield step.violates(
                        "", "The deleted file still exists", expected="404", actual=step.status
                    )


@rule(
    "FILES-007",
    must="list each file from its upload until its deletion",
    clause=f"{_FILES}/get",
    operations=STORED,
    note="Lists with has_more, or with another purpose, are skipped.",
)
def lists_existing_files(flow: FileFlow) -> Iterator[Violation]:
    """Checks the lists of the flow for the files of the flow."""
    there: dict[str, str | None] = {}
    for step in flow.sequence:
        if step.kind == "file-upload" and step.succeeded and step.id is not None:
            there[step.id] = text(step.json.get("purpose"))
        elif step.kind == "file-delete" and step.succeeded:
            there.pop(step.resource or "", None)
        elif step.kind == "file-list" and step.succeeded and isinstance(step.json.get("data"), list):
            listed = {text(each.get("id")): each for _, each in objects(step.json["data"])}
            filter_ = step.query.get("purpose")
            whole_list = step.json.get("has_more") is not True and not {"limit", "after"} & step.query.keys()
            for id_, purpose in there.items():
                if id_ not in listed and whole_list and filter_ in (None, purpose):
                    yield step.violates("/data", "The uploaded file is not listed", expected=id_)
    for deleted, later in deletions(flow):
        for step in later:
            for place, each in objects(step.json.get("data")) if step.kind == "file-list" else ():
                if each.get("id") == deleted and each.get("status") not in ("deleting", "deleted"):
                    yield step.violates(
                        f"/data/{place}", "The deleted file is still listed", actual=deleted, reason="deleted"
                    )


@rule(
    "FILES-008",
    must="list only files with the requested purpose",
    clause=f"{_FILES}/get/parameters",
    operations=LISTED,
)
def lists_only_the_requested_purpose(reply: CreatedResource) -> Iterator[Violation]:
    """Each file in the list has the purpose of the query."""
    expected = reply.query.get("purpose")
    for place, each in objects(reply.json.get("data")):
        purpose = text(each.get("purpose"))
        if expected and purpose is not None and purpose != expected:
            yield reply.violates(
                f"/data/{place}/purpose",
                "The list contains a file with another purpose.",
                expected=expected,
                actual=purpose,
            )
            return


@rule(
    "FILES-009",
    must="never return a file to an earlier status",
    clause=f"{_DOCUMENT}#/components/schemas/FileState",
    operations=STORED,
)
def status_does_not_regress(flow: FileFlow) -> Iterator[Violation]:
    """Processed and failed files stay so."""
    yield from find_regressions(
        flow.histories(), "The file returns to an earlier status", _RANKS, ends=_ENDED
    )


@rule(
    "FILES-010",
    must="return the same properties of a file in every response",
    clause=f"{_DOCUMENT}#/components/schemas/OpenAIFile",
    operations=STORED,
)
def properties_do_not_change(flow: FileFlow) -> Iterator[Violation]:
    """Compares the name, purpose, time and size with those of the upload."""
    yield from find_changes(flow.histories(), _NEVER_CHANGES, "`{name}` of the file changes")


@rule(
    "FILES-011",
    must="return the time of creation of a file in Unix seconds",
    clause=f"{_DOCUMENT}#/components/schemas/OpenAIFile/properties/created_at",
    operations=ABOUT_ONE | LISTED | frozenset({"upload-complete"}),
)
def returns_the_creation_time(reply: CreatedResource) -> Iterator[Violation]:
    """Also checks lists and the files of uploads. The usual mistakes are milliseconds and 0."""
    for file in _files_in(reply):
        wrong = list(require_times_in_unix_seconds(file, ["created_at"]))
        if wrong:
            yield from wrong
            return


def _files_in(reply: CreatedResource) -> tuple[ResourceView, ...]:
    if reply.operation.kind in LISTED:
        return ResourceView.listed(reply)
    return (
        ResourceView.all(reply) if reply.operation.kind in ABOUT_ONE else ResourceView.inside(reply, "file")
    )


@rule(
    "FILES-012",
    should="return the URL of an uploaded file in the Location header",
    clause=f"{_FILES}/post/responses/201/headers/Location",
    operations=UPLOADED,
    note="One description of 2025-01-01-preview has 201 with Location, the other 200 without it, so the "
    "header is required only with a 201.",
)
def returns_the_location(reply: CreatedResource) -> Iterator[Violation]:
    """A 201 identifies the new resource (RFC 9110, section 15.3.2)."""
    location, id_ = reply.header("location"), text(reply.json.get("id"))
    if reply.response.status == 201 and location is not None and id_ is not None and id_ not in location:
        yield reply.violates(
            "header:Location", "Location is not the URL of the new file.", expected=id_, actual=location
        )
    elif reply.response.status == 201 and location is None:
        yield reply.violates("header:Location", "The 201 response has no Location header.", reason="missing")
