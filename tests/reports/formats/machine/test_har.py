"""A run as a HAR file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft6Validator
from referencing import Registry
from referencing.jsonschema import DRAFT6

from aoai_conformance.recording.har_record import record_in
from aoai_conformance.recording.traffic.files import load_log
from aoai_model.exchange import Request, Response, WireDefect
from aoai_reports.formats.machine.har import EXTENSION, har_text
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import summarize
from aoai_specs.errors import ConformanceError

BINARY = b"\x89PNG\r\n\x1a\n\xff\xfe"


def har_of(record: Record) -> dict[str, Any]:
    text: dict[str, Any] = json.loads(har_text(summarize(record), record))
    return text


def restored(record: Record, tmp_path: Path) -> Record | None:
    path = tmp_path / "run.har"
    path.write_text(har_text(summarize(record), record), encoding="utf-8")
    return record_in(load_log(path), path)


def binary_record(build: Any) -> Record:
    """Bodies that are not text, are empty, or were cut off; and a request without a response."""
    png = Response(200, (("content-type", "image/png"),), BINARY, None, 0.25, 0.5)
    form = Request(
        "POST", "http://127.0.0.1/a?x=1&y=%20", (("content-type", "multipart/form-data"),), "é".encode()
    )
    cut = replace(png, body=b'{"a": ', complete=False, defects=(WireDefect("framing", "cut", b"\x00"),))
    empty = Request("GET", "http://127.0.0.1/a", (("accept", "*/*"), ("accept", "b")), b"")
    record: Record = build.record(
        build.exchange("png", response=png, request=form),
        build.exchange("cut", response=cut, request=replace(form, body=BINARY)),
        build.exchange("empty", request=empty, response=replace(png, body=b"")),
        build.failed("silent"),
        footer=build.footer(interrupted=True),
    )
    return record


@pytest.mark.parametrize("name", ["conformant", "nonconformant", "interrupted"])
def test_a_run_is_valid_har(build: Any, published: Callable[[str], Any], name: str) -> None:
    schemas = published("har-1.2.json")
    resources = [(f"{file}#", DRAFT6.create_resource(schema)) for file, schema in schemas.items()]
    resources += [(file, DRAFT6.create_resource(schema)) for file, schema in schemas.items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    validator = Draft6Validator(schemas["har.json"], registry=registry)
    assert list(validator.iter_errors(har_of(getattr(build, name)()))) == []
    assert list(validator.iter_errors({"log": {"version": "1.2", "entries": [{}]}})) != []


@pytest.mark.parametrize("name", ["conformant", "nonconformant", "interrupted"])
def test_a_record_survives_the_journey_through_har(build: Any, name: str, tmp_path: Path) -> None:
    record = getattr(build, name)()
    assert restored(record, tmp_path) == record


def test_bodies_that_are_not_text_survive_it(build: Any, tmp_path: Path) -> None:
    record = binary_record(build)
    assert restored(record, tmp_path) == record


def test_hostile_text_survives_it(poisoned: Record, tmp_path: Path) -> None:
    assert restored(poisoned, tmp_path) == poisoned


def test_a_body_that_is_not_text_is_base64(build: Any) -> None:
    entries = har_of(binary_record(build))["log"]["entries"]
    assert entries[0]["response"]["content"] == {
        "size": len(BINARY), "mimeType": "image/png", "text": "iVBORw0KGgr//g==", "encoding": "base64"
    }  # fmt: skip
    assert entries[0]["request"]["queryString"] == [
        {"name": "x", "value": "1"}, {"name": "y", "value": " "}
    ]  # fmt: skip


def test_a_stream_is_text_with_the_arrival_of_each_event(build: Any) -> None:
    (entry,) = har_of(build.record(build.streamed("s", ('{"a": 1}', "[DONE]"))))["log"]["entries"]
    assert entry["response"]["content"]["text"] == 'data: {"a": 1}\n\ndata: [DONE]\n\n'
    assert entry[EXTENSION]["response"]["arrived"] == [0.01, 0.014]
    assert (entry["time"], entry["timings"]["wait"]) == (200, 10)


def test_a_request_without_a_response_has_the_status_0_and_the_reason(build: Any) -> None:
    (entry,) = har_of(build.record(build.failed("silent")))["log"]["entries"]
    assert entry["response"]["status"] == 0
    assert entry["response"]["_error"] == "timeout: no answer within 60 s"


def test_an_entry_names_its_case_and_violations(build: Any) -> None:
    comments = [entry["comment"] for entry in har_of(build.nonconformant())["log"]["entries"]]
    assert "usage-1; USAGE-001: total_tokens is 13, but 9 + 4 is not 13" in comments


def test_a_file_of_another_tool_has_no_record(tmp_path: Path) -> None:
    assert record_in({"entries": []}, tmp_path) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda log: log["entries"][0].pop(EXTENSION), "entry 1: it lacks _aoaiConformance"),
        (lambda log: log["entries"].insert(0, "x"), "entry 1: it lacks _aoaiConformance"),
        (lambda log: log["entries"][0][EXTENSION].update(expect="perhaps"), "entry 1: /expect"),
        (lambda log: log["entries"][0][EXTENSION].update(type="footer"), "entry 1: "),
        (lambda log: log["entries"][0]["request"].update(method=None), "entry 1: /request/method"),
        (lambda log: log["entries"][0]["request"]["postData"].update(encoding="base64"), "base64"),
        (lambda log: log["entries"][0][EXTENSION]["response"].update(arrived=[1.0]), "times of arrival"),
        (lambda log: log["entries"][0][EXTENSION]["response"].update(arrived=[float("nan")] * 2), "entry 1"),
        (lambda log: log[EXTENSION].update(schema="aoai-conformance/har/v9"), "this version reads"),
        (lambda log: log[EXTENSION].update(header=None), "header: "),
        (lambda log: log[EXTENSION].update(header=log[EXTENSION]["footer"]), "header: "),
        (lambda log: log[EXTENSION].update(scenarios=[7]), "scenario 1: "),
        (lambda log: log[EXTENSION].update(footer=[]), "footer: "),
    ],
)
def test_an_incomplete_extension_is_reported_with_its_place(
    build: Any, change: Callable[[Any], object], sentence: str, tmp_path: Path
) -> None:
    log = har_of(build.record(build.streamed("s", ("a", "[DONE]"))))["log"]
    change(log)
    with pytest.raises(ConformanceError, match=sentence):
        record_in(log, tmp_path / "x.har")


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield from paths_in(value[key], (*path, key))


@pytest.mark.parametrize("junk", [None, -1, float("nan"), 10**400, "\ud800", [[]], {"a": 1}], ids=repr)
def test_a_damaged_export_is_read_or_rejected_in_a_sentence(build: Any, junk: Any, tmp_path: Path) -> None:
    log = har_of(build.record(build.streamed("s", ("a", "[DONE]")), build.failed("f")))["log"]
    written = json.dumps(log)
    for path in list(paths_in(log["entries"], ("entries",))):
        damaged = place = json.loads(written)
        for key in path[:-1]:
            place = place[key]
        if path != ("entries",):
            place[path[-1]] = junk
        with suppress(ConformanceError):
            record_in(damaged, tmp_path)
