"""Flows of uploads: parts in any order, joined in the given order, and requests to an ended upload."""

from __future__ import annotations

import hashlib

from aoai_model.serialization import Json
from aoai_strategies.flows.steps import Flow, Step, absent, of
from aoai_strategies.requests.editing import file_value
from aoai_strategies.requests.jsonl_files import PART, SECOND_PART
from aoai_strategies.requests.media import MediaFile

UNKNOWN_UPLOAD = "upload_00000000000000000000000000000000"
_FOREIGN_PART = "part_00000000000000000000000000000000"
_WHOLE = PART + SECOND_PART
_MD5 = hashlib.md5(_WHOLE, usedforsecurity=False).hexdigest()
_OTHER_MD5 = hashlib.md5(SECOND_PART + PART, usedforsecurity=False).hexdigest()


def _create(size: int, name: str = "create") -> Step:
    announced: Json = {
        "filename": "training.jsonl",
        "purpose": "fine-tune",
        "bytes": size,
        "mime_type": "application/jsonl",
    }
    return Step(name, "upload-create", json=announced)


def _part(name: str, content: bytes, upload: str = "create") -> Step:
    data = file_value(MediaFile(name, "application/octet-stream", content))
    return Step(name, "upload-part", of(upload), form={"data": data})


def _complete(*parts: str, name: str = "complete", md5: str | None = None) -> Step:
    given: dict[str, Json] = {"part_ids": list(parts)}
    return Step(name, "upload-complete", of("create"), json=given if md5 is None else {**given, "md5": md5})


def _cancel(name: str = "cancel") -> Step:
    return Step(name, "upload-cancel", of("create"))


_ENDED = "An upload that has ended accepts no part."
_FIRST, _SECOND = of("first-part"), of("second-part")

FLOWS: tuple[Flow, ...] = (
    Flow(
        "whole",
        "flow.uploads",
        "The parts are joined in the order given at completion.",
        (
            _create(len(_WHOLE)),
            _part("second-part", SECOND_PART),
            _part("first-part", PART),
            _complete(_FIRST, _SECOND, md5=_MD5),
            Step("get-file", "file-get", of("complete", "/file/id")).if_available(),
            Step("content", "file-content", of("complete", "/file/id")).if_available(),
            Step("list-files", "file-list").if_available(),
            _part("late-part", PART).expect_rejection("part:after-completion", _ENDED),
            _complete(_FIRST, _SECOND, name="complete-again").expect_rejection(
                "upload:completed-twice", "An upload can be completed only once."
            ),
            _cancel().expect_rejection(
                "upload:cancel-after-completion", "A completed upload cannot be cancelled."
            ),
        ),
    ),
    Flow(
        "cancelled",
        "flow.uploads",
        "A cancelled upload accepts no part and cannot be completed.",
        (
            _create(len(PART)),
            _part("first-part", PART),
            _cancel(),
            _part("late-part", PART).expect_rejection("part:after-cancel", _ENDED),
            _complete(_FIRST, name="complete-cancelled").expect_rejection(
                "upload:complete-after-cancel", "A cancelled upload cannot be completed."
            ),
            _cancel("cancel-again").expect_any("upload:cancelled-twice", "A client cancels an upload again."),
        ),
    ),
    Flow(
        "wrong-size",
        "flow.uploads",
        "Parts with fewer bytes than announced are not joined.",
        (
            _create(len(_WHOLE)),
            _part("first-part", PART),
            _complete(_FIRST).expect_rejection(
                "upload:wrong-size", "The parts have fewer bytes than announced."
            ),
        ),
    ),
    Flow(
        "wrong-md5",
        "flow.uploads",
        "An upload with a wrong checksum is not completed.",
        (
            _create(len(_WHOLE)),
            _part("first-part", PART),
            _part("second-part", SECOND_PART),
            _complete(_FIRST, _SECOND, md5=_OTHER_MD5).expect_rejection(
                "upload:wrong-md5", "The checksum does not match the parts in this order."
            ),
        ),
    ),
    Flow(
        "unknown-part",
        "flow.uploads",
        "An unknown part is not joined.",
        (
            _create(len(PART)),
            _part("first-part", PART),
            _complete(_FOREIGN_PART).expect_rejection("part:not-sent", "No part has this id."),
            _complete(_FIRST, _FOREIGN_PART, name="complete-with-foreign").expect_rejection(
                "part:one-not-sent", "One of the parts is unknown."
            ),
        ),
    ),
    Flow(
        "part-of-another",
        "flow.uploads",
        "A part of another upload is not joined.",
        (
            _create(len(PART)),
            _create(len(PART), "create-other"),
            _part("other-part", PART, "create-other"),
            _complete(of("other-part")).expect_rejection(
                "part:of-another-upload", "The part belongs to another upload."
            ),
        ),
    ),
    Flow(
        "same-part-twice",
        "flow.uploads",
        "A part that is listed twice is joined twice or rejected, never joined once.",
        (
            _create(2 * len(PART)),
            _part("first-part", PART),
            _complete(_FIRST, _FIRST).expect_any("part:twice", "The same part is listed twice."),
            Step("content", "file-content", of("complete", "/file/id")).expect_any().if_available(),
        ),
    ),
    Flow(
        "absent",
        "flow.uploads",
        "An upload that does not exist is not found.",
        (
            Step("file-upload", "file-upload").if_available(),
            *absent(
                ("upload-part", "upload-complete", "upload-cancel"), "upload", UNKNOWN_UPLOAD, "file-upload"
            ),
        ),
    ),
)
