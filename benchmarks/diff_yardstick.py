"""How many of the changes that another differ finds are found here, with direction and verdict.

    python benchmarks/diff_yardstick.py PAIRS [--missed] [--needed 0.95]

PAIRS holds one pair of descriptions a line, as NDJSON: `base`, `revision`, and `expect`, a list of changes
with `id`, `level` (error, warning, info), `direction`, `op` and `path`. An expected change at error or
warning is found where a change of ours reaches that operation in that direction with a verdict at least as
grave, and, in the stricter of the two figures, is of the kind that the expected id names. Exit code 1 when
the stricter figure is below what is needed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aoai_specs.comparison import Change, compare, described

LEVELS = {"error": "breaking", "warning": "warning", "info": "info"}
GRAVITY = ("breaking", "warning", "info")
#: By the end of an expected id, the kinds of ours that are the same change, as patterns; the first counts.
KINDS: tuple[tuple[str, str], ...] = (
    (r"sunset", r"sunset-.*|path-removed|operation-removed"),
    (r"stability", r"stability-.*"),
    (r"api-.*removed|path-removed", r"path-removed|operation-removed"),
    (r"status-removed", r"status-removed"),
    (r"response-header-removed", r"header-removed"),
    (r"media-type-name", r"media-type-.*"),
    (r"body-removed", r"body-removed"),
    (r"new-required-request-parameter", r"parameter-added"),
    (r"new-required-request.*", r"property-added|property-required"),
    (r"request-parameter-removed", r"parameter-removed|parameter-moved"),
    (r"property-removed", r"property-removed|type-changed"),
    (r"(parameter|body)-became-required", r"(parameter|body)-required"),
    (r"became-required", r"property-required"),
    (r"became-optional", r"property-optional|header-optional|parameter-optional"),
    (r"nullable", r"nullable-.*|type-changed"),
    (r"enum-value|became-enum", r"enum-.*"),
    (r"const", r"const-.*|enum-.*"),
    (r"content-schema", r"content-schema-.*|schema-.*"),
    (r"default-value", r"default-.*"),
    (r"one-of|any-of|all-of", r"union-.*|property-removed|type-changed"),
    (r"list-of-types|type-(changed|generalized|specialized)", r"type-changed|union-.*|format-.*"),
    (r"prefix-items", r"prefix-items-.*"),
    (r"(exclusive-)?max-.*", r"maximum-.*"),
    (r"(exclusive-)?min-(?!length|items|contains|properties).*", r"minimum-.*"),
)
_SAME_NAME = """
    max-length min-length max-items min-items max-contains min-contains max-properties min-properties
    pattern content-encoding content-media-type dependent-required dependent-schema property-names contains
    unevaluated-items unevaluated-properties else then if
""".split()  # noqa: SIM905 - a list of words reads better as such


def kind_of(expected: str) -> str:
    """The pattern of our kinds for an expected id."""
    for name in _SAME_NAME:
        if re.search(rf"-{name}(-|$)", expected):
            return rf"{name}s?-.*"
    for pattern, kinds in KINDS:
        if re.search(pattern, expected):
            return kinds
    return "$nothing"


@dataclass(slots=True)
class Figure:
    """What was expected at error or warning, how much of it was found, and what was missed."""

    pairs: int = 0
    expected: int = 0
    found: int = 0
    loosely: int = 0
    seconds: float = 0.0
    kinds: set[str] = field(default_factory=set)
    missed: list[tuple[str, dict[str, Any], tuple[Change, ...]]] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.found / self.expected

    def __str__(self) -> str:
        return (
            f"{self.pairs} pairs in {self.seconds:.2f} s; of {self.expected} changes expected at error or "
            f"warning, {self.found} are found with kind, direction and verdict ({self.share:.1%}), "
            f"{self.loosely} by direction and verdict alone."
        )


def measure(lines: Iterable[str], folder: Path) -> Figure:
    """The figure for pairs as NDJSON; `folder` is for files on the way."""
    figure = Figure()
    for line in lines:
        pair = json.loads(line)
        begin = time.perf_counter()
        changes = changes_of(pair, folder)
        figure.seconds += time.perf_counter() - begin
        figure.pairs += 1
        figure.kinds |= {change.id for change in changes}
        for wanted in pair["expect"]:
            if wanted["level"] == "info":
                continue
            figure.expected += 1
            figure.loosely += any(found(wanted, change, strictly=False) for change in changes)
            if any(found(wanted, change, strictly=True) for change in changes):
                figure.found += 1
            else:
                figure.missed.append((pair["pair"], wanted, changes))
    return figure


def changes_of(pair: dict[str, Any], folder: Path) -> tuple[Change, ...]:
    names = []
    for side in ("base", "revision"):
        file = folder / f"{side}.json"
        file.write_text(json.dumps(pair[side]), encoding="utf-8")
        names.append(str(file))
    return compare(*(described(name, as_published=True) for name in names)).changes


def found(wanted: dict[str, Any], change: Change, *, strictly: bool) -> bool:
    """Whether a change is the one that is wanted."""
    place = f"{wanted['op']} {wanted['path']}" if "op" in wanted else None
    level = GRAVITY.index(LEVELS[wanted["level"]])
    reached = any(
        (place is None or each.operation == place)
        and each.direction == wanted["direction"]
        and GRAVITY.index(each.verdict) <= level
        for each in change.operations
    )
    return reached and (not strictly or re.fullmatch(kind_of(wanted["id"]), change.id) is not None)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("pairs", type=Path)
    arguments.add_argument("--missed", action="store_true", help="print what was not found")
    arguments.add_argument("--needed", type=float, default=0.95)
    chosen = arguments.parse_args()
    data = chosen.pairs.read_bytes()
    text = (gzip.decompress(data) if chosen.pairs.suffix == ".gz" else data).decode()
    with tempfile.TemporaryDirectory() as folder:
        figure = measure(text.splitlines(), Path(folder))
    for name, wanted, changes in figure.missed if chosen.missed else ():
        print(name, wanted)
        for change in changes:
            print(
                "     ",
                change.id,
                [(each.operation, each.direction, each.verdict) for each in change.operations],
            )
    print(figure)
    return 0 if figure.share >= chosen.needed else 1


if __name__ == "__main__":
    sys.exit(main())
