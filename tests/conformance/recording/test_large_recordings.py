"""Recordings that are too large to hold: their entries stay in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aoai_conformance.recording.traffic import stored_entries
from aoai_conformance.recording.traffic.files import load_log
from aoai_conformance.recording.traffic.har import traffic_in
from aoai_conformance.recording.traffic.stored_entries import StoredEntries
from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import ConformanceError

_URL = "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21"


def entry(number: int, **more: Any) -> dict[str, Any]:
    key = {"name": "api-key", "value": "key-of-mine-0001"}
    sent = {"messages": [{"role": "user", "content": f'{number} \u00e9\U0001f600 \\ " key-of-mine-0001'}]}
    return {
        "startedDateTime": "2026-01-01T00:00:00Z",
        "request": {"method": "POST", "url": _URL, "headers": [key], "postData": {"text": json.dumps(sent)}},
        "response": {"status": 200, "headers": [], "content": {"text": "{}" * number}},
        **more,
    }


def stored(path: Path) -> Any:
    return load_log(path, most_held=0)


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path


HAR = {"log": {"version": "1.2", "entries": [entry(0), 5, entry(2, time=1e400), {}], "pages": [[]]}, "a": 1}
FILES = (
    json.dumps(HAR),
    json.dumps(HAR, indent=1, ensure_ascii=False),
    "\ufeff" + json.dumps(HAR).replace("[[]]", '[NaN, "\\ud800", -1.5e3]'),
    json.dumps(
        {"interactions": [{"request": {"method": "GET", "uri": _URL}, "response": {"status": 200}}, 1]}
    ),
    json.dumps({"http_interactions": []}),
    json.dumps({"Entries": [{"RequestMethod": "GET", "RequestUri": _URL, "StatusCode": 200}] * 3}),
)


@pytest.mark.parametrize("piece", [1, 7, 1024])
@pytest.mark.parametrize("text", FILES)
def test_a_large_file_has_the_entries_of_a_small_one(
    text: str, piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_entries, "_PIECE", piece)
    path = write(tmp_path / "t.har", text)
    held, large = load_log(path), stored(path)
    assert isinstance(large["entries"], StoredEntries)
    assert len(large["entries"]) == len(held["entries"])
    assert repr({**large, "entries": list(large["entries"])}) == repr(dict(held))


def test_the_exchanges_of_a_large_file_are_those_of_a_small_one(tmp_path: Path) -> None:
    path = write(tmp_path / "t.har", json.dumps(HAR))
    documents = [Catalogue.packaged().load("azure-openai@2024-10-21")]
    small, large = (traffic_in(log, documents) for log in (load_log(path), stored(path)))
    assert tuple(large.exchanges) == small.exchanges
    assert large.exchanges[-1] == small.exchanges[-1]
    assert (large.remarks, large.started) == (small.remarks, small.started)
    assert "key-of-mine" not in repr(tuple(large.exchanges))


BROKEN = (
    '{"log":{"entries":[1,]}}',
    '{"log":{"entries":[1',
    '{"log":',
    "{",
    '{"a":1}',
    '{"a" 1}',
    '{"log":{"entries":[]}}x',
    '{"log":{"entries":["\x01"]}}',
    '{"log":{"entries":[' + "[" * 100_000,
    '{1:{"entries":[]}}',
    "",
)


@pytest.mark.parametrize("text", BROKEN)
def test_a_large_file_that_is_no_recording_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConformanceError, match="neither a record nor a HAR file"):
        stored(write(tmp_path / "t.har", text))


def test_a_file_that_changes_is_refused(tmp_path: Path) -> None:
    log = stored(write(tmp_path / "t.har", json.dumps(HAR)))
    write(tmp_path / "t.har", "{}")
    with pytest.raises(ConformanceError, match="was changed while it was read"):
        list(log["entries"])


def test_the_entries_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_entries, "_PIECE", 16)
    monkeypatch.setattr(stored_entries, "_LARGEST_ENTRY", 100)
    with pytest.raises(ConformanceError, match="more than 100 characters"):
        stored(write(tmp_path / "t.har", json.dumps(HAR)))
