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
import json
import re
import sys
import tempfile
import time
from collections import Counter
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
    counted: Counter[str] = Counter()
    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for line in chosen.pairs.read_text(encoding="utf-8").splitlines():
            pair = json.loads(line)
            begin = time.perf_counter()
            changes = changes_of(pair, Path(folder))
            seconds += time.perf_counter() - begin
            counted["pairs"] += 1
            for wanted in pair["expect"]:
                if wanted["level"] == "info":
                    continue
                counted["expected"] += 1
                for name, strictly in (("strict", True), ("loose", False)):
                    counted[name] += any(found(wanted, change, strictly=strictly) for change in changes)
                if chosen.missed and not any(found(wanted, change, strictly=True) for change in changes):
                    print(pair["pair"], wanted)
                    for change in changes:
                        reached = [
                            (each.operation, each.direction, each.verdict) for each in change.operations
                        ]
                        print("     ", change.id, reached[:3])
    share = counted["strict"] / counted["expected"]
    print(
        f"{counted['pairs']} pairs in {seconds:.2f} s; of {counted['expected']} changes expected at error or "
        f"warning, {counted['strict']} are found with kind, direction and verdict ({share:.1%}), "
        f"{counted['loose']} by direction and verdict alone ({counted['loose'] / counted['expected']:.1%})."
    )
    return 0 if share >= chosen.needed else 1


if __name__ == "__main__":
    sys.exit(main())
