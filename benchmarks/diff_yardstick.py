"""Compare the changes found here with those of another diff tool.

    python benchmarks/diff_yardstick.py PAIRS [--missed] [--needed 0.97]

PAIRS has one pair of descriptions per line, as NDJSON: `base`, `revision`, and `expect`, a list of changes
with `id`, `level` (error, warning, info), `direction`, `op` and `path`. An expected change of level error or
warning is found if one of ours affects that operation in that direction with a verdict at least as severe;
the stricter of the two figures also requires the kind of the expected id. The exit code is 1 if the stricter
figure is below the required share.
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
SEVERITY = ("breaking", "warning", "info")
#: Patterns of expected ids, and of our kinds for the same change; the first match counts.
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
    (r"one-of|any-of|all-of", r"all-of-.*|union-.*|property-removed|type-changed"),
    (r"list-of-types|type-(changed|generalized|specialized)", r"type-changed|union-.*|format-.*"),
    (r"prefix-items", r"prefix-items-.*"),
    (r"(exclusive-)?max-.*", r"maximum-.*"),
    (r"(exclusive-)?min-(?!length|items|contains|properties).*", r"minimum-.*"),
)
_SAME_NAME = """
    max-length min-length max-items min-items max-contains min-contains max-properties min-properties
    pattern content-encoding content-media-type dependent-required dependent-schema property-names contains
    unevaluated-items unevaluated-properties else then if
""".split()  # noqa: SIM905 - a list of words is easier to read


def kind_of(expected: str) -> str:
    """Return the pattern of our kinds for an expected id."""
    for name in _SAME_NAME:
        if re.search(rf"-{name}(-|$)", expected):
            return rf"{name}s?-.*"
    for pattern, kinds in KINDS:
        if re.search(pattern, expected):
            return kinds
    return "$nothing"


@dataclass(slots=True)
class Figure:
    """The expected changes of level error or warning, and how many of them were found or missed."""

    pairs: int = 0
    expected: int = 0
    found: int = 0
    without_kind: int = 0
    seconds: float = 0.0
    kinds: set[str] = field(default_factory=set)
    #: Pairs with an operation that only ours calls broken in a direction, and the kinds of change.
    alone: dict[str, set[str]] = field(default_factory=dict)
    missed: list[tuple[str, dict[str, Any], tuple[Change, ...]]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The share of expected changes that were found."""
        return self.found / self.expected

    def __str__(self) -> str:
        return (
            f"{self.pairs} pairs in {self.seconds:.2f} s; of {self.expected} expected changes of level error "
            f"or warning, {self.found} were found with kind, direction and verdict ({self.share:.1%}), "
            f"{self.without_kind} with direction and verdict only."
        )


def measure(lines: Iterable[str], folder: Path) -> Figure:
    """Measure the pairs of an NDJSON file; `folder` is for temporary files."""
    figure = Figure()
    for line in lines:
        pair = json.loads(line)
        begin = time.perf_counter()
        changes = changes_of(pair, folder)
        figure.seconds += time.perf_counter() - begin
        figure.pairs += 1
        figure.kinds |= {change.id for change in changes}
        alone = kinds_alone(pair["expect"], changes)
        if alone:
            figure.alone[pair["pair"]] = alone
        for expected in pair["expect"]:
            if expected["level"] == "info":
                continue
            figure.expected += 1
            figure.without_kind += any(is_found(expected, change, strictly=False) for change in changes)
            if any(is_found(expected, change, strictly=True) for change in changes):
                figure.found += 1
            else:
                figure.missed.append((pair["pair"], expected, changes))
    return figure


def kinds_alone(expected: list[dict[str, Any]], changes: Iterable[Change]) -> set[str]:
    """Return the kinds that are breaking where no change of level error or warning is expected."""
    serious = {
        (f"{each['op']} {each['path']}" if "op" in each else None, each["direction"])
        for each in expected
        if each["level"] != "info"
    }
    return {
        change.id
        for change in changes
        for each in change.operations
        if each.verdict == "breaking"
        and (each.operation, each.direction) not in serious
        and (None, each.direction) not in serious
    }


def changes_of(pair: dict[str, Any], folder: Path) -> tuple[Change, ...]:
    """Return the changes of a pair."""
    names = []
    for side in ("base", "revision"):
        file = folder / f"{side}.json"
        file.write_text(json.dumps(pair[side]), encoding="utf-8")
        names.append(str(file))
    return compare(*(described(name, as_published=True) for name in names)).changes


def is_found(expected: dict[str, Any], change: Change, *, strictly: bool) -> bool:
    """Whether a change is the expected one."""
    place = f"{expected['op']} {expected['path']}" if "op" in expected else None
    level = SEVERITY.index(LEVELS[expected["level"]])
    reached = any(
        (place is None or each.operation == place)
        and each.direction == expected["direction"]
        and SEVERITY.index(each.verdict) <= level
        for each in change.operations
    )
    return reached and (not strictly or re.fullmatch(kind_of(expected["id"]), change.id) is not None)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("pairs", type=Path)
    arguments.add_argument("--missed", action="store_true", help="print the changes that were not found")
    arguments.add_argument("--needed", type=float, default=0.97)
    chosen = arguments.parse_args()
    data = chosen.pairs.read_bytes()
    text = (gzip.decompress(data) if chosen.pairs.suffix == ".gz" else data).decode()
    with tempfile.TemporaryDirectory() as folder:
        figure = measure(text.splitlines(), Path(folder))
    for name, expected, changes in figure.missed if chosen.missed else ():
        print(name, expected)
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
