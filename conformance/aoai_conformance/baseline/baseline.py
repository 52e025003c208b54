"""Read baselines: the accepted violations, each with who accepted it, why and until when.

A baseline is a YAML list of entries, each of which hides exactly one defect:

    - rule: BOUNDARY-001
      operation: ChatCompletions_Create
      place: temperature.maximum:above    # a point, a pointer such as /choices/*/message, or header:NAME
      reason: accepted                    # distinguishes different defects at one place
      why: the gateway clamps instead, ticket 1234
      who: ops                            # optional, as are the fields below
      since: 2026-11-30
      until: 2027-01-31                   # after this day the entry hides nothing and fails the gate
      state: flaky                        # failing (default), or flaky: may be absent from a run

An entry with `places` or `cause` instead of `place` hides a group of defects:

    - rule: SCHEMA-001
      operation: ChatCompletions_Create   # optional in a group, as is reason
      places: /choices/*/message/…        # `…` or `...` stands for any text; `*` is an array index
      why: the gateway drops null fields, ticket 77
      most: 12                            # optional: the gate fails if the group covers more
    - cause: accepts-invalid              # as in summary.json; rule is optional then
      why: the gateway validates nothing, ticket 78

A place in a streamed response begins with `stream:`, because streams may differ from other responses.
`aoai-conformance baseline update` writes such entries. An older form is still read: without `why`, `reason`
is the explanation, `point` or `pointer` is the place, and operation and place are optional. If such an
entry matches several defects, the gate reports that and fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from aoai_conformance.rule import rule_named
from aoai_reports.results.baseline import Accepted, Baseline
from aoai_reports.results.findings import generalise
from aoai_specs.errors import ConformanceError
from aoai_specs.plain_yaml import error_line, load_yaml

__all__ = ["Accepted", "Baseline", "baseline_text", "read_accepted", "read_baseline", "read_baseline_text"]

_GROUP_FIELDS = frozenset({"places", "cause", "most"})
_FIELDS = _GROUP_FIELDS | frozenset(
    {"rule", "operation", "place", "reason", "why", "who", "since", "until", "state", "point", "pointer"}
)
_DAYS = ("since", "until")
_STATES = ("failing", "flaky")
_LARGEST = 4 * 1024 * 1024


def read_accepted(path: Path | None) -> Baseline:
    """Read the baseline in a file as of today in UTC; empty without a file. Raises like `read_baseline`."""
    return Baseline() if path is None else read_baseline(path, datetime.now(UTC).date())


def read_baseline(path: str | Path, today: date) -> Baseline:
    """Read a baseline file. Raises ConformanceError, with the entry, if it is invalid."""
    path = Path(path)
    entries = read_baseline_text(path, baseline_text(path))
    valid = tuple(entry for entry in entries if entry.until is None or today <= entry.until)
    return Baseline(valid, tuple(entry for entry in entries if entry not in valid), str(path))


def baseline_text(path: Path) -> str:
    """Return the text of a baseline file. Raises ConformanceError if it is unreadable or too large."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConformanceError(f"Cannot read the baseline {path}: {error.strerror or error}.") from error
    if len(raw) > _LARGEST:
        raise ConformanceError(f"The baseline {path} is larger than {_LARGEST:,} bytes.")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ConformanceError(f"The baseline {path} is not YAML: it is not valid UTF-8.") from error


def read_baseline_text(path: Path, text: str) -> tuple[Accepted, ...]:
    """Parse the entries of a baseline, in order. Raises ConformanceError, with `path`, if one is invalid."""
    try:
        loaded = load_yaml(text)
    except (yaml.YAMLError, RecursionError) as error:
        line = error_line(error, text)
        at = "" if line is None else f", line {line}"
        raise ConformanceError(f"The baseline {path}{at} is not YAML.") from error
    except ValueError as error:
        raise ConformanceError(
            f"The baseline {path} has an invalid value, such as a date that does not exist."
        ) from error
    if loaded is None:
        loaded = []
    if not isinstance(loaded, list):
        raise ConformanceError(f"The baseline {path} is not a list of entries.")
    return tuple(_entry(path, number, each) for number, each in enumerate(loaded, 1))


def _entry(path: Path, number: int, data: object) -> Accepted:
    where = f"The baseline {path}, entry {number}"
    if not isinstance(data, dict):
        raise ConformanceError(f"{where}, must be a mapping with rule and reason.")
    unknown = sorted(str(name) for name in data if name not in _FIELDS)
    if unknown:
        raise ConformanceError(f"{where}, has the unknown field {unknown[0]!r}.")
    since, until = (_day(where, name, data.get(name)) for name in _DAYS)
    most = _most(where, data.get("most"))
    texts = {
        name: value
        for name, value in data.items()
        if name not in _DAYS and name != "most" and value is not None
    }
    is_group = "places" in texts or "cause" in texts
    blank = {"place", "reason"} if "why" in texts else set()
    for name, value in texts.items():
        if not isinstance(value, str) or not (value.strip() or name in blank):
            raise ConformanceError(f"{where}: {name} must be a string that is not empty.")
    for name in _required(texts):
        if name not in texts:
            raise ConformanceError(f"{where}, has no {name}.")
    if most is not None and not is_group:
        raise ConformanceError(f"{where}, has most, but neither places nor cause.")
    state = texts.pop("state", _STATES[0])
    if state not in _STATES:
        raise ConformanceError(f"{where}: state must be {' or '.join(_STATES)}.")
    texts["rule"] = rule_named(texts["rule"]).id if "rule" in texts else ""
    if is_group:
        texts = _group(where, texts)
    else:
        texts = _current(where, texts) if "why" in texts else _older(where, texts)
    return Accepted(**texts, since=since, until=until, flaky=state == "flaky", most=most)


def _required(texts: Mapping[str, object]) -> tuple[str, ...]:
    """The fields that an entry must have."""
    if "cause" in texts:
        return ("why",)
    return ("rule", "why") if "places" in texts else ("rule", "reason")


def _most(where: str, value: object) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise ConformanceError(f"{where}: most must be a whole number of at least 1.")
    return value


def _group(where: str, texts: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an entry that accepts a group of defects."""
    for name in ("place", "point", "pointer"):
        if name in texts:
            raise ConformanceError(f"{where}: a group has places or cause instead of {name}.")
    if "places" in texts and not re.sub(r"…|\.\.\.", "", texts["places"]).strip("/"):
        raise ConformanceError(f"{where}: places must name more than any place.")
    return texts


def _day(where: str, name: str, value: object) -> date | None:
    """Return a date; YAML parses it itself unless it is quoted."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ConformanceError(f"{where}: {name} must be a date such as 2027-01-31.") from None
    if value is not None and type(value) is not date:
        raise ConformanceError(f"{where}: {name} must be a date such as 2027-01-31.")
    return value


def _current(where: str, texts: dict[Any, Any]) -> dict[str, Any]:
    """Return the fields of an entry that names exactly one defect."""
    for name in ("operation", "place"):
        if name not in texts:
            raise ConformanceError(f"{where}, has why but no {name}: an entry must name exactly one defect.")
    for name in ("point", "pointer"):
        if name in texts:
            raise ConformanceError(f"{where}, has why and {name}: use place instead of {name}.")
    texts["place"] = generalise(texts["place"])
    return texts


def _older(where: str, texts: dict[Any, Any]) -> dict[str, Any]:
    """Return the fields of an entry of the older form, whose reason is the explanation."""
    texts["why"] = texts.pop("reason")
    places = [texts.pop(name) for name in ("place", "point", "pointer") if name in texts]
    if len(places) > 1:
        raise ConformanceError(f"{where}, has several of place, point and pointer.")
    return texts | {"place": generalise(places[0]) if places else None}
