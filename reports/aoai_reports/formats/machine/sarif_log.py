"""What all SARIF 2.1.0 logs of this project share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from aoai_reports.formats.machine.json_text import json_text

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif_text(driver: Mapping[str, Any], results: Sequence[Mapping[str, Any]], **further: Any) -> str:
    """A log with one run: its tool, its results and any further properties of the run."""
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", **further, "results": results}
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def location(document: str, place: str, line: int = 1) -> dict[str, Any]:
    """The place in a document as a location: the document as the file, the place as a logical location."""
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(document, safe="/:@.-_~%")},
            "region": {"startLine": line},
        },
        "logicalLocations": [{"fullyQualifiedName": place, "kind": "element"}],
    }


def accepted(justification: str) -> dict[str, Any]:
    """The suppression of a result that someone accepted."""
    return {"kind": "external", "status": "accepted", "justification": justification}
