"""The share of changes found here that another diff tool reports at error or warning; it is printed."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest
from diff_yardstick import measure

from aoai_specs.comparison.kinds import KINDS

#: Changes that are not found, and why our verdict is right.
OURS_STANDS = {
    "p0066": "all listed values are shorter than the new limit",
    "p0150": "the property is read-only, so no request has it",
    "p0164": "the removed member of allOf repeats another one, so the allowed values are unchanged",
    "p0221": "every text that matched the pattern still does",
    "p0319": "a response with more dependencies allows less, which breaks no reader",
    "p0322": "the same, in a property",
    "p0403": "`unevaluatedItems` says nothing about an object; another change of the same object is reported",
    "p0404": "the same, for a response",
    "p0508": "the client receives the body of a webhook, like a response",
    "p0522": "parameters are written as text, and any text is now allowed",
}
NEEDED = 0.95


@pytest.fixture(scope="module")
def pairs() -> list[str]:
    packed = Path(__file__).parent / "oasdiff-pairs.ndjson.gz"
    return gzip.decompress(packed.read_bytes()).decode().splitlines()


def test_finds_what_another_differ_finds(
    pairs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = measure(pairs, tmp_path)
    with capsys.disabled():
        sys.stdout.write(f"\n{figure}\n")
    assert figure.share >= NEEDED
    assert {name for name, _, _ in figure.missed} <= OURS_STANDS.keys()
    assert figure.kinds <= KINDS.keys()
