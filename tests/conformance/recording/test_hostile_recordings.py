"""Hostile recordings: broken entries are named, the rest is judged, and nothing has side effects."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from traffic import MESSAGES, chat_url, entry, url

from aoai_conformance.cli import main
from aoai_conformance.recording.judging_files import _moment
from aoai_reports.formats.quantities import quantity
from aoai_reports.record.reader import read_record

SURROGATE = "\ud800"


def judge(tmp_path: Path, *entries: object, more: tuple[str, ...] = ()) -> Result:
    har = tmp_path / "t.har"
    har.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    return CliRunner().invoke(main, ["judge", str(har), "--out", str(tmp_path / "out"), *more])


def changed(**members: Any) -> dict[str, Any]:
    return entry() | members


def with_request(**members: Any) -> dict[str, Any]:
    made = entry()
    return made | {"request": made["request"] | members}


def with_response(**members: Any) -> dict[str, Any]:
    made = entry()
    return made | {"response": made["response"] | members}


BROKEN: dict[str, tuple[object, str]] = {
    "no object": (7, "not a JSON object"),
    "null": (None, "not a JSON object"),
    "no request": ({"response": {}}, "it lacks a request"),
    "a list as request": (changed(request=[]), "it lacks a request"),
    "no URL": (with_request(url="http://[::1"), "its URL is invalid"),
    "a number as URL": (with_request(url=7), "it matches no operation of the document"),
    "a status beyond HTTP": (with_response(status=10**30), "its status is not an HTTP status"),
    "base64 that is none": (
        with_response(content={"text": "%%%!", "encoding": "base64"}),
        "the base64 of a body is invalid",
    ),
    "a request nested beyond the stack": (
        entry(sent='{"messages":[{"role":"user","content":' + "[" * 500 + "]" * 500 + "}]}"),
        "its request body is nested deeper than 300 levels",
    ),
    "a request of brackets that are never closed": (
        entry(sent='{"a":' + "[" * 5000),
        "its request body is nested deeper than 300 levels",
    ),
    "an api-version of a thousand letters": (
        with_request(url=chat_url("2" * 1000)),
        f"no description of api-version {'2' * 60}… (1,000 characters) is selected",
    ),
}
ODD: dict[str, object] = {
    "no response": changed(response=None),
    "an endless time": changed(time=1e308),
    "no number": changed(time="soon", timings=[1]),
    "a negative time": changed(time=-5, timings={"wait": -1e308}),
    "a huge integer": changed(time=10**280),
    "a list of headers of numbers": with_request(headers=[1, None, {"name": 1, "value": [2]}]),
    "half a character in the body": with_response(content={"text": f'"{SURROGATE}"'}),
    "half a character in a header": with_response(headers=[{"name": "x", "value": SURROGATE}]),
    "half a character in the URL": with_request(url=entry()["request"]["url"] + f"&a={SURROGATE}"),
    "wrong types": with_request(cookies=3, queryString={}, bodySize="x", postData=[]),
    "the year 1": changed(startedDateTime="0001-01-01T00:00:00+14:00"),
    "the year 9999": changed(startedDateTime="9999-12-31T23:59:59-14:00"),
    "no date": changed(startedDateTime={"a": 1}),
    "brackets in a text": entry(sent={"messages": [{"role": "user", "content": '[{\\"' * 500}]}),
    "many small lists": entry(sent={**MESSAGES, "stop": [], "x": [[]] * 500}),
    "a file of brackets": entry(
        url("audio/transcriptions").replace("/audio", "/deployments/w/audio"),
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\n'
        f"{'[' * 400}\r\n--b--\r\n",
        {"text": "Oak."},
        request_headers={"Content-Type": "multipart/form-data; boundary=b"},
    ),
}


def together_and_alone(names: Iterable[str]) -> list[Any]:
    """Return parameters for one recording of all entries; `tox -e selftest` tries each of them alone, too."""
    names = list(names)
    alone = [pytest.param([name], id=name, marks=pytest.mark.whole_selftest) for name in names]
    return [pytest.param(names, id="all"), *alone]


@pytest.mark.parametrize("names", together_and_alone(BROKEN))
def test_names_broken_entries_and_judges_the_others(names: list[str], tmp_path: Path) -> None:
    result = judge(tmp_path, entry(), *(BROKEN[name][0] for name in names), entry())
    assert result.exit_code == 0, result.output
    assert "Traceback" not in result.output
    record = read_record(tmp_path / "out" / "record.ndjson")
    assert [line.case for line in record.exchanges] == ["entry-1", f"entry-{len(names) + 2}"]
    numbers: defaultdict[str, list[str]] = defaultdict(list)
    for number, name in enumerate(names, start=2):
        numbers[BROKEN[name][1]].append(str(number))
    page, summary = ((tmp_path / "out" / name).read_text() for name in ("report.html", "summary.md"))
    assert "number 2" in page  # it shortens long lists
    for why, broken in numbers.items():
        skipped = f"{quantity(len(broken), 'entry', 'entries')} skipped (number {', '.join(broken)})"
        assert f"{skipped}: {why}" in result.stderr
        assert skipped in summary


@pytest.mark.parametrize("names", together_and_alone(ODD))
def test_judges_entries_that_are_merely_unusual(names: list[str], tmp_path: Path) -> None:
    result = judge(tmp_path, *(ODD[name] for name in names), entry())
    assert "Traceback" not in result.output
    assert result.exit_code in (0, 1), result.output
    assert len(read_record(tmp_path / "out" / "record.ndjson").exchanges) == len(names) + 1


def test_names_a_few_of_many_broken_entries(tmp_path: Path) -> None:
    result = judge(tmp_path, *[None] * 9, entry())
    assert "9 entries skipped (number 1, 2, 3, 4, 5 and 4 more): not a JSON object." in result.stderr


def test_a_file_with_only_broken_entries_is_reported_in_one_sentence(tmp_path: Path) -> None:
    result = judge(tmp_path, {}, [])
    assert result.exit_code == 2
    assert "contains no request to an operation" in result.stderr


@pytest.mark.parametrize(
    "text", ['{"log": {"entries": ' + "[" * 100_000, '{"log": {"entries": [' + "9" * 10_000 + "]}}", "{"]
)
def test_a_file_that_is_not_har_is_reported_in_one_sentence(text: str, tmp_path: Path) -> None:
    har = tmp_path / "t.har"
    har.write_text(text)
    result = CliRunner().invoke(main, ["judge", str(har)])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) <= 2
    assert "Traceback" not in result.output


def test_a_file_of_too_many_values_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aoai_conformance.recording.traffic.files.MOST_VALUES", 100)
    result = judge(tmp_path, *[{}] * 200)
    assert result.exit_code == 2
    assert "more than 100 values" in result.stderr


@pytest.mark.parametrize("text", ["\x1b[2J\x1b]0;title\x07", "\u202etxt.exe", "\x9b31m", "\r\nOK"])
def test_nothing_in_a_recording_controls_the_terminal(text: str, tmp_path: Path) -> None:
    answer = {"id": text, "object": text, text: 1}
    hostile = with_response(
        status=200, content={"text": json.dumps(answer)}, headers=[{"name": "x", "value": text}]
    )
    result = judge(tmp_path, hostile, with_response(status=text), with_request(url=f"http://[{text}"))
    assert result.exit_code == 1
    assert not any(character in result.output for character in "\x1b\x07\u202e\x9b\r")


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "", "x", "\ud800"]
)
def test_a_time_outside_the_calendar_is_ignored(text: str) -> None:
    assert _moment(text, "otherwise") == "otherwise"


def test_removes_a_header_that_the_user_names_wherever_its_value_occurs(tmp_path: Path) -> None:
    secret = "value/of+mine"
    made = with_request(
        headers=[{"name": "X-Tenant", "value": secret}, {"name": "Content-Type", "value": "application/json"}]
    )
    echoing = with_response(
        headers=[{"name": "X-Echo", "value": "value%2Fof%2Bmine"}],
        content={"text": json.dumps({"e": secret}).replace("/", "\\/")},
    )
    judge(tmp_path, made, echoing, more=("--secret-header", "x-tenant"))
    kept = (tmp_path / "out" / "record.ndjson").read_text()
    assert '["X-Tenant", "***"]' in kept
    assert "mine" not in kept
    again = tmp_path / "again"
    named = (tmp_path / "out" / "record.ndjson", "--secret-header", "X-Echo", "--out", again)
    CliRunner().invoke(main, ["judge", *map(str, named)])
    assert '["X-Echo", "***"]' in (again / "record.ndjson").read_text()


def test_recognizes_headers_with_secrets_by_their_names(tmp_path: Path) -> None:
    values = {
        "Proxy-Authorization": "Basic dXNlcjpwYXNzd29yZC0wLW9mLW1pbmU=",
        "Ocp-Apim-Subscription-Key": "password-1-of-mine",
        "Cookie": "a=1; session=password-2-of-mine",
        "X-Auth-Token": "password-3-of-mine",
        "X-Client-Secret": "password-4-of-mine",
        "X-Hub-Signature": "password-5-of-mine",
    }
    entries: list[dict[str, Any]] = []
    for number, (name, value) in enumerate(values.items()):
        made = entry()
        made["request"]["headers"].append({"name": name, "value": value})
        echo = json.dumps({"echo": f"password-{number}-of-mine"})
        entries += [made, with_response(content={"text": echo})]
    judge(tmp_path, *entries)
    record = tmp_path / "out" / "record.ndjson"
    kept = record.read_text()
    assert [name for name, value in values.items() if value.rpartition(" ")[2] in kept] == []
    assert "of-mine" not in kept
    assert [line for line in read_record(record).exchanges if "***" not in repr(line)] == []


def test_keeps_headers_that_count_tokens(tmp_path: Path) -> None:
    judge(tmp_path, with_response(headers=[{"name": "x-ratelimit-remaining-tokens", "value": "119999"}]))
    assert "119999" in (tmp_path / "out" / "record.ndjson").read_text()


def test_recognizes_parameters_with_secrets_by_their_names(tmp_path: Path) -> None:
    names = ("sig", "subscription-key", "access_token", "client%5Fsecret", "X-Amz-Signature")
    url = entry()["request"]["url"]
    entries: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        entries.append(with_request(url=f"{url}&{name}=hidden%2F{number}-value&max_tokens=100&design=oak"))
        entries.append(with_response(content={"text": json.dumps({"e": f"hidden/{number}-value"})}))
    judge(tmp_path, *entries)
    kept = (tmp_path / "out" / "record.ndjson").read_text()
    assert "hidden" not in kept
    assert [name for name in names if f"{name}=***&max_tokens=100&design=oak" not in kept] == []


def test_a_number_in_a_cookie_does_not_mask_numbers_in_bodies(tmp_path: Path) -> None:
    made = entry()
    made["request"]["headers"].append({"name": "Cookie", "value": "seen=1735000000"})
    result = judge(tmp_path, made)
    assert result.exit_code == 0, result.output
    assert "seen" not in (tmp_path / "out" / "record.ndjson").read_text()
