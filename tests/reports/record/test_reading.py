"""Records are read as far as they are whole; what is broken is named."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aoai_model.case import Derivation
from aoai_reports.record.evidence import RecordError
from aoai_reports.record.reader import read_record
from aoai_reports.record.writer import RecordWriter, line_bytes
from aoai_specs.errors import ConformanceError


@pytest.fixture
def written(build: Any, path: Path) -> Path:
    with RecordWriter(path, build.header()) as writer:
        for number in range(4):
            writer.write_exchange(build.exchange(f"case-{number}"))
    return path


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_a_missing_footer_is_an_interrupted_run(written: Path) -> None:
    written.write_bytes(b"".join(lines_of(written)[:-1]))
    record = read_record(written)
    assert record.truncated
    assert record.interrupted
    assert len(record.exchanges) == 4


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_file_truncated_anywhere_gives_the_complete_lines_before(
    build: Any, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = [line_bytes(build.header()), line_bytes(build.exchange("é")), line_bytes(build.footer())]
    text = b"".join(whole)
    cut = data.draw(st.integers(len(whole[0]), len(text)))
    path = tmp_path_factory.mktemp("cut") / "record.ndjson"
    path.write_bytes(text[:cut])
    record = read_record(path)
    # A line that lost nothing but its line end is whole.
    assert record.truncated == (cut < len(text) - 1)
    assert len(record.exchanges) == (cut >= len(whole[0]) + len(whole[1]) - 1)


def test_a_file_without_a_complete_line_is_not_a_record(path: Path) -> None:
    for content in (b"", b'{"type":"header","sch'):
        path.write_bytes(content)
        with pytest.raises(RecordError, match="no complete line"):
            read_record(path)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (b"{nonsense\n", "not JSON"),
        (b"[1, 2]\n", "not a JSON object"),
        (b"\n", "empty"),
        (b'{"type":"surprise"}\n', "header, exchange, scenario, footer"),
        (b'{"type":[]}\n', "its type is"),
        (b'{"a": NaN}\n', "NaN"),
        (b'{"a": "\xff"}\n', "not UTF-8"),
        (b"[" * 100_000 + b"\n", "nested too deeply"),
        (
            b'{"type":"footer","ended":"2025-11-20T21:00:00Z","seconds":1e999,"interrupted":false,"requests":1,"tokens":{"prompt":0,"completion":0},"rules":{}}\n',
            "line 3",
        ),
    ],
    ids=["json", "array", "empty", "type", "type-array", "nan", "utf-8", "deep", "infinity"],
)
def test_a_broken_line_is_named_by_its_number(written: Path, broken: bytes, says: str) -> None:
    lines = lines_of(written)
    lines[2] = broken
    written.write_bytes(b"".join(lines))
    with pytest.raises(RecordError) as caught:
        read_record(written)
    assert f"{written}, line 3: " in str(caught.value)
    assert says in str(caught.value)
    assert isinstance(caught.value, ConformanceError)
    assert caught.value.exit_code == 2


def test_a_wrong_value_is_named_by_its_place(written: Path) -> None:
    lines = lines_of(written)
    exchange = json.loads(lines[3])
    exchange["response"]["status"] = "fine"
    lines[3] = json.dumps(exchange).encode() + b"\n"
    written.write_bytes(b"".join(lines))
    with pytest.raises(RecordError, match=r"line 4: /response/status: .*'fine'"):
        read_record(written)


@pytest.mark.parametrize("body", [{"base64": "%%%"}, {"base64": "a"}])
def test_a_body_that_cannot_be_decoded_is_a_broken_line(written: Path, body: dict[str, str]) -> None:
    lines = lines_of(written)
    exchange = json.loads(lines[1])
    exchange["request"]["body"] = body
    lines[1] = json.dumps(exchange).encode() + b"\n"
    written.write_bytes(b"".join(lines))
    with pytest.raises(RecordError, match="line 2: a body in it cannot be decoded"):
        read_record(written)


def test_a_lone_surrogate_in_a_line_is_replaced(written: Path) -> None:
    lines = lines_of(written)
    exchange = json.loads(lines[1])
    exchange["request"]["body"] = {"text": "a\ud800b"}
    lines[1] = json.dumps(exchange).encode() + b"\n"
    written.write_bytes(b"".join(lines))
    assert read_record(written).exchanges[0].request.body.decode() not in ("a\ud800b", "")


def test_the_order_of_lines_is_enforced(build: Any, written: Path) -> None:
    header, *rest, footer = lines_of(written)
    for lines, says in (
        ([*rest, footer], "line 1: the header must come first"),
        ([header, header, footer], "line 2: a record has one header"),
        ([header, footer, rest[0]], "line 3: nothing may follow the footer"),
    ):
        written.write_bytes(b"".join(lines))
        with pytest.raises(RecordError, match=says):
            read_record(written)


@pytest.mark.parametrize(
    ("case", "origin", "derived"),
    [
        ("chat/ready", "scenario", None),
        ("chat/ready/again-02", "scenario", ("chat/ready", "repeated")),
        ("chat/ready/busy", "throttled", ("chat/ready", "throttled")),
        ("chat/ready/again-02/busy", "throttled", ("chat/ready", "throttled")),
        ("chat/packed-1/2", "packed", ("chat/packed-1", "half")),
        ("chat/n:at/1", "point", None),
        ("chat/generated-01/simpler-03", "generated", ("chat/generated-01", "simplified")),
        ("chat/c5/alone/request-1", "point", ("chat/c5", "trial")),
    ],
)
def test_a_record_of_version_1_is_converted(
    build: Any, tmp_path: Path, case: str, origin: str, derived: tuple[str, str] | None
) -> None:
    line = replace(build.exchange(case), origin=origin)
    path = tmp_path / "record.ndjson"
    header = line_bytes(build.header()).replace(b"record/v2", b"record/v1")
    path.write_bytes(header + line_bytes(line) + line_bytes(build.footer()))
    record = read_record(path)
    assert record.header.schema == "aoai-conformance/record/v2"
    assert record.header.converted_from == "aoai-conformance/record/v1"
    (found,) = record.exchanges
    assert found == replace(line, derived=None if derived is None else Derivation(*derived))  # type: ignore[arg-type]


def test_a_record_of_version_1_has_no_members_of_version_2(build: Any, tmp_path: Path) -> None:
    path = tmp_path / "record.ndjson"
    header = line_bytes(build.header()).replace(b"record/v2", b"record/v1")
    line = replace(build.exchange(), derived=Derivation("chat/ready", "repeated"))
    path.write_bytes(header + line_bytes(line))
    with pytest.raises(RecordError, match=r"line 2: .*derived"):
        read_record(path)


def test_a_record_of_another_version_is_rejected(written: Path) -> None:
    written.write_bytes(written.read_bytes().replace(b"record/v2", b"record/v9"))
    with pytest.raises(RecordError, match=r"line 1: /schema: .*aoai-conformance/record/v2"):
        read_record(written)


def test_an_endless_line_is_rejected_without_being_buffered(written: Path) -> None:
    written.write_bytes(lines_of(written)[0] + b"x" * 20_000)
    with pytest.raises(RecordError, match="line 2: it is longer than 9,000 bytes"):
        read_record(written, longest_line=9_000)


def test_a_missing_file_is_reported_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=f"cannot be read: {os.strerror(errno.ENOENT)}"):
        read_record(tmp_path / "none.ndjson")
    with pytest.raises(RecordError, match="cannot be read"):
        read_record(tmp_path)


def test_separators_that_are_not_line_ends_stay_inside_a_line(build: Any, path: Path) -> None:
    with RecordWriter(path, build.header()) as writer:
        writer.write_exchange(build.exchange(notes=("a\u2028b\u2029c\x85d\x0be\rf\ng",)))
    assert read_record(path).exchanges[0].notes == ("a\u2028b\u2029c\x85d\x0be\rf\ng",)
