from __future__ import annotations

import asyncio
import errno
import json
import os
import resource
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aoai_model.case import Derivation, DerivationKind, Placeholder, Point, PollCondition, ScenarioStep
from aoai_model.exchange import Event, FailureKind, Request, Response, TransportFailure
from aoai_model.verdict import Tokens, Violation
from aoai_reports.record.evidence import RecordError
from aoai_reports.record.lines import (
    ExchangeLine,
    Footer,
    Header,
    Planned,
    QuirkFacts,
    RuleCounts,
    RuleFacts,
    ScenarioLine,
)
from aoai_reports.record.reader import read_record
from aoai_reports.record.schema import RECORD, RECORD_V1, schema_text
from aoai_reports.record.writer import RecordWriter, line_bytes, utc_text
from aoai_specs.errors import ConformanceError, OutputError

# -- lines -----------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
COUNTS = st.integers(0, 10**12)
SECONDS = st.floats(0, 10**6)
INSTANTS = st.datetimes(timezones=st.just(UTC)).map(utc_text)
LEVELS = st.sampled_from(["must", "should", "may"])
EXPECTATIONS = st.sampled_from(["accept", "reject", "any"])
JSONS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
HEADERS = st.lists(st.tuples(NAMES, TEXTS), max_size=3).map(tuple)
VERDICTS = st.dictionaries(NAMES, st.sampled_from(["pass", "violation", "inconclusive"]), max_size=3)


def tuples(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(inner, max_size=3).map(tuple)


TOKENS = st.builds(Tokens, COUNTS, COUNTS)
POINTS = st.builds(
    lambda name, **facts: Point(name, name.partition(":")[0], **facts),
    NAMES,
    expect=EXPECTATIONS,
    level=LEVELS,
    clause=TEXTS,
)
VIOLATIONS = st.builds(
    Violation,
    TEXTS,
    TEXTS,
    JSONS,
    JSONS,
    TEXTS,
    st.none() | TEXTS,
    st.none() | COUNTS,
    LEVELS,
    rule=NAMES,
)
EVENTS = st.builds(
    Event,
    TEXTS,
    st.binary(max_size=20),
    SECONDS,
    st.booleans(),
    TEXTS,
    st.none() | TEXTS,
    st.none() | COUNTS,
)


def numbered(events: tuple[Event, ...]) -> tuple[Event, ...]:
    return tuple(replace(event, index=index) for index, event in enumerate(events))


RESPONSES = st.builds(
    Response,
    st.integers(-1, 999),
    HEADERS,
    st.binary(max_size=40),
    st.none() | tuples(EVENTS).map(numbered),
    SECONDS,
    SECONDS,
    st.booleans(),
)
EXCHANGES = st.builds(
    ExchangeLine,
    case=NAMES,
    document=TEXTS,
    operation=TEXTS,
    kind=TEXTS,
    origin=TEXTS,
    expect=EXPECTATIONS,
    scenario=st.none() | st.builds(ScenarioStep, TEXTS, TEXTS, TEXTS),
    points=tuples(POINTS),
    takes=tuples(st.builds(Placeholder, TEXTS, TEXTS, TEXTS)),
    until=st.none() | st.builds(PollCondition, TEXTS, tuples(TEXTS), COUNTS),
    derived=st.none() | st.builds(Derivation, NAMES, st.sampled_from(get_args(DerivationKind))),
    request=st.builds(Request, TEXTS, TEXTS, HEADERS, st.binary(max_size=40)),
    response=st.none() | RESPONSES,
    failure=st.none() | st.builds(TransportFailure, st.sampled_from(get_args(FailureKind)), TEXTS),
    attempts=COUNTS,
    verdicts=VERDICTS,
    violations=tuples(VIOLATIONS),
    notes=tuples(TEXTS),
    quirks=tuples(TEXTS),
    curl=TEXTS,
    tokens=TOKENS,
)
SCENARIOS = st.builds(
    ScenarioLine,
    scenario=NAMES,
    kind=TEXTS,
    document=TEXTS,
    operation=TEXTS,
    cases=tuples(TEXTS),
    verdicts=VERDICTS,
    violations=tuples(VIOLATIONS),
    notes=tuples(TEXTS),
)
HEADER_LINES = st.builds(
    Header,
    tool=NAMES,
    started=INSTANTS,
    target=NAMES,
    documents=tuples(TEXTS),
    surface=TEXTS,
    profile=TEXTS,
    seed=st.integers(-(10**15), 10**15),
    options=st.dictionaries(TEXTS, JSONS, max_size=3),
    rules=st.dictionaries(NAMES, st.builds(RuleFacts, LEVELS, TEXTS, TEXTS, TEXTS), max_size=3),
    planned=st.builds(Planned, COUNTS, st.dictionaries(TEXTS, tuples(TEXTS), max_size=3)),
    not_configured=tuples(TEXTS),
    quirks=st.dictionaries(NAMES, st.builds(QuirkFacts, TEXTS, TEXTS), max_size=2),
)
FOOTERS = st.builds(
    Footer,
    ended=INSTANTS,
    seconds=SECONDS,
    interrupted=st.booleans(),
    requests=COUNTS,
    tokens=TOKENS,
    rules=st.dictionaries(NAMES, st.builds(RuleCounts, COUNTS, COUNTS, COUNTS, COUNTS), max_size=3),
)


@pytest.mark.parametrize("count", [60, pytest.param(400, marks=pytest.mark.whole_selftest)])
def test_a_line_reads_back_as_it_was_written(count: int) -> None:
    @settings(max_examples=count, deadline=None)
    @given(st.one_of(HEADER_LINES, EXCHANGES, SCENARIOS, FOOTERS))
    def reads_back(line: Any) -> None:
        raw = line_bytes(line)
        assert raw.count(b"\n") == 1
        data = json.loads(raw)
        assert type(line).from_json(data) == line
        assert line_bytes(type(line).from_json(data)) == raw

    reads_back()


@settings(max_examples=40, deadline=None)
@given(st.one_of(HEADER_LINES, EXCHANGES, SCENARIOS, FOOTERS))
def test_a_line_is_valid_under_the_published_schema_as_a_whole(line: Any) -> None:
    jsonschema.Draft202012Validator(json.loads(schema_text(RECORD))).validate(json.loads(line_bytes(line)))


def test_the_published_schemas_are_schemas() -> None:
    for name in (RECORD, RECORD_V1, "summary-v1.json"):
        jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(name)))


def test_the_exchange_line_has_the_published_members(build: Any) -> None:
    line = json.loads(line_bytes(build.exchange()))
    assert list(line) == [
        "type",
        "case",
        "document",
        "operation",
        "kind",
        "origin",
        "expect",
        "scenario",
        "points",
        "request",
        "response",
        "failure",
        "attempts",
        "verdicts",
        "violations",
        "notes",
        "quirks",
        "curl",
        "tokens",
    ]
    assert list(json.loads(line_bytes(build.header()))) == [
        "type",
        "schema",
        "tool",
        "started",
        "target",
        "documents",
        "surface",
        "profile",
        "seed",
        "options",
        "rules",
        "planned",
        "not_configured",
    ]
    assert list(json.loads(line_bytes(build.footer()))) == [
        "type",
        "ended",
        "seconds",
        "interrupted",
        "requests",
        "tokens",
        "rules",
    ]
    assert list(Violation("/id", "no id", clause="c").to_json()) == [
        "rule",
        "level",
        "pointer",
        "message",
        "expected",
        "actual",
        "reason",
        "point",
        "chunk",
        "clause",
    ]


def test_bytes_that_are_not_text_are_stored_in_base64(build: Any) -> None:
    request = replace(build.exchange().request, body=b"\xff\x00\xfe")
    line = replace(build.exchange(), request=request)
    assert json.loads(line_bytes(line))["request"]["body"] == {"base64": "/wD+"}
    assert ExchangeLine.from_json(json.loads(line_bytes(line))).request.body == b"\xff\x00\xfe"


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "\ud800", {"\udfff": ["\ud800"]}, 10**300], ids=repr
)
def test_values_that_json_cannot_represent_do_not_stop_a_run(build: Any, value: Any) -> None:
    line = build.broken("c", build.violation(actual=value))
    assert ExchangeLine.from_json(json.loads(line_bytes(line))).case == "c"


def test_a_nesting_bomb_does_not_stop_a_run(build: Any) -> None:
    bomb: Any = []
    for _ in range(50_000):
        bomb = [bomb]
    assert b"nested too deeply" in line_bytes(build.broken("c", build.violation(actual=bomb)))


def test_a_line_that_violates_the_schema_is_not_written(build: Any) -> None:
    with pytest.raises(RecordError, match="/expect"):
        line_bytes(build.exchange(expect="perhaps"))


# -- writing ---------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "record.ndjson"


def clock(*seconds: float) -> Any:
    moments = iter([datetime(2025, 11, 20, 21, tzinfo=UTC) + timedelta(seconds=second) for second in seconds])
    return lambda: next(moments)


def test_each_line_is_in_the_file_as_soon_as_it_is_written(build: Any, path: Path) -> None:
    with RecordWriter(path, build.header()) as writer:
        assert path.read_bytes().count(b"\n") == 1
        writer.write_exchange(build.exchange())
        assert path.read_bytes().count(b"\n") == 2


def test_a_record_reads_back_as_it_was_written(build: Any, path: Path) -> None:
    record = build.nonconformant()
    with RecordWriter(path, record.header) as writer:
        for line in record.exchanges:
            writer.write_exchange(line)
        for scenario in record.scenarios:
            writer.write_scenario(scenario)
        writer.close(record.footer)
    assert read_record(path) == record


def test_the_writer_adds_up_the_footer(build: Any, path: Path) -> None:
    with RecordWriter(path, build.header(), clock=clock(2.5)) as writer:
        writer.write_exchange(build.exchange("a", attempts=3), not_applicable=["EMB-002"])
        writer.write_exchange(
            build.exchange("b", verdicts={"USAGE-001": "violation"}), not_applicable=["EMB-002"]
        )
    footer = read_record(path).footer
    assert footer is not None
    assert (footer.requests, footer.tokens, footer.seconds, footer.interrupted) == (
        4,
        Tokens(18, 8),
        2.5,
        False,
    )
    assert footer.rules["USAGE-001"] == RuleCounts(1, 1, 0, 0)
    assert footer.rules["EMB-002"] == RuleCounts(0, 0, 0, 2)
    assert footer.rules["IMAGES-004"] == RuleCounts()


@pytest.mark.parametrize("error", [KeyboardInterrupt, asyncio.CancelledError, RuntimeError])
def test_a_run_that_ends_with_an_exception_is_marked_interrupted(
    build: Any, path: Path, error: type[BaseException]
) -> None:
    def run() -> None:
        with RecordWriter(path, build.header()) as writer:
            writer.write_exchange(build.exchange())
            raise error

    with pytest.raises(error):
        run()
    record = read_record(path)
    assert record.interrupted
    assert not record.truncated
    assert len(record.exchanges) == 1


def test_a_record_never_overwrites_another(build: Any, path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(OutputError, match="exists already"):
        RecordWriter(path, build.header())
    assert path.read_text() == "precious"


def test_a_missing_folder_is_named(build: Any, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"nowhere.*cannot be created"):
        RecordWriter(tmp_path / "nowhere" / "record.ndjson", build.header())


def test_a_full_disk_leaves_whole_lines_and_one_clear_error(build: Any, path: Path) -> None:
    # A limit on the size of files fails a write half-way, as a full disk does.
    before, limits = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.getrlimit(resource.RLIMIT_FSIZE)

    def run() -> None:
        with RecordWriter(path, build.header()) as writer:
            writer.write_exchange(build.exchange("whole"))
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 50, limits[1]))
            writer.write_exchange(build.exchange("cut"))

    try:
        with pytest.raises(OutputError, match="cannot be written"):
            run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert path.read_bytes().endswith(b"\n")
    record = read_record(path)
    assert record.truncated
    assert [line.case for line in record.exchanges] == ["whole"]


def test_nothing_is_written_after_the_footer(build: Any, path: Path) -> None:
    writer = RecordWriter(path, build.header())
    writer.close()
    with pytest.raises(OutputError, match="is closed"):
        writer.write_exchange(build.exchange())


# -- reading ---------------------------------------------------------------------------------------


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
