"""Run the suite against the independent server of the other documents, one switch at a time.

python other_documents_drive.py correct|defects|variants [PATTERN…] [--out FILE] [--skip FILE]
"""

from __future__ import annotations

import argparse
import fnmatch
import sys
from collections.abc import Collection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from drive import Outcome, Runner, beyond, outcome_of, run_in_own_process, run_in_this_process, table
from other_documents_server import configured
from other_documents_switches import AREAS, DEFECTS, VARIANTS

DEPLOYED = ["chat=talker", "completions=writer", "embeddings=mapper", "speech=reader"]
MODELS = ["chat=tiny-1", "embeddings=tiny-1"]


def judge_area(
    area: str,
    switches: Collection[str],
    run: Runner = run_in_own_process,
    timeout: float = 180,
    options: Collection[str] = (),
) -> Outcome:
    """Run the suite on the operations of an area with these switches."""
    document, operations = AREAS[area]
    surface, _, version = document.partition("@")
    choices = ["--surface", surface, "--api-version", version, *options]
    for one in operations:
        choices += ["--operation", one]
    for one in DEPLOYED if surface == "azure-openai" else MODELS:
        choices += ["--deployment", one]
    return outcome_of(configured(document, switches, 0), switches, choices, timeout, run)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["correct", "defects", "variants"])
    parser.add_argument("pattern", nargs="*", default=["*"])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--skip", type=Path, help="leave out what an earlier --out tells of")
    given = parser.parse_args()
    works: list[tuple[str, tuple[str, ...]]]
    if given.what == "correct":
        works = [(area, ()) for area in AREAS if any(fnmatch.fnmatchcase(area, p) for p in given.pattern)]
    else:
        known = {"defects": DEFECTS, "variants": VARIANTS}[given.what]
        chosen = [name for name in known if any(fnmatch.fnmatchcase(name, p) for p in given.pattern)]
        works = [(area, tuple(name.split("+"))) for name in chosen for area in known[name]]
    if given.skip is not None and given.skip.exists():
        done = given.skip.read_text()
        works = [
            (area, names)
            for area, names in works
            if f"[{area}] ## {' + '.join(names) or '(correct)'}:" not in done
        ]
    noise: dict[str, set[tuple[str, str | None]]] = {}
    if given.what != "correct":
        for area in sorted({area for area, _ in works}):
            noise[area] = {
                (one.rule, one.point)
                for one in judge_area(area, (), run_in_this_process).at("must", "should")
            }
    outcomes: list[tuple[str, Outcome]] = []
    for area, switches in works:
        found = judge_area(area, switches, run_in_this_process)
        outcome = beyond(found, noise.get(area, set()))
        outcomes.append((area, outcome))
        text = f"[{area}] " + table([outcome])
        if given.out:
            with given.out.open("a") as file:
                file.write(text)
        sys.stdout.write(text)
        sys.stdout.flush()
    broken = [f"{' + '.join(o.switches)} [{area}]" for area, o in outcomes if o.exit_code not in (0, 1)]
    if broken:
        sys.stdout.write(f"\nnot judged: {', '.join(broken)}\n")
    blind = [f"{' + '.join(o.switches)} [{area}]" for area, o in outcomes if not o.at("must", "should")]
    sys.stdout.write(f"\n{len(outcomes)} runs; no must or should in {len(blind)}: {', '.join(blind)}\n")


if __name__ == "__main__":
    main()
