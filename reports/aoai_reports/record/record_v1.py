"""Convert the lines of a record of version 1 to version 2."""

from __future__ import annotations

import re
from typing import Any

from aoai_model.case import DerivationKind
from aoai_reports.record.lines import RECORD_SCHEMA

RECORD_V1_SCHEMA = "aoai-conformance/record/v1"
#: How version 1 encoded in the id of a case from which other case it was derived.
_SAME_REQUEST = re.compile(r"(?:/again-\d+)?(/busy)?\Z")
_DERIVED: tuple[tuple[re.Pattern[str], DerivationKind], ...] = (
    (re.compile(r"/simpler-\d+\Z"), "simplified"),
    (re.compile(r"/(?:alone|responding)/[^/]+\Z"), "trial"),
    (re.compile(r"/[12]\Z"), "half"),
)


def convert_line(line: dict[str, Any]) -> dict[str, Any]:
    """Return a valid line of version 1 as a line of version 2.

    What a case takes from earlier responses is not in such a record; the header says so with
    `converted_from`.
    """
    match line["type"]:
        case "header":
            return {**line, "schema": RECORD_SCHEMA, "converted_from": RECORD_V1_SCHEMA}
        case "exchange":
            derived = _read_derivation(line["case"], line["origin"])
            return line if derived is None else {**line, "derived": derived}
        case _:
            return line


def _read_derivation(case: str, origin: str) -> dict[str, str] | None:
    suffix = _SAME_REQUEST.search(case)
    if suffix is not None and suffix[0]:
        return {"case": case[: suffix.start()], "kind": "throttled" if suffix[1] else "repeated"}
    for pattern, kind in _DERIVED:
        found = pattern.search(case)
        if found is not None and (kind != "half" or origin == "packed"):
            return {"case": case[: found.start()], "kind": kind}
    return None
