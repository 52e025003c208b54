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
    "p0319": "a response with more dependencies allows less, which breaks no reader",
    "p0322": "the same, in a property",
    "p0508": "the client receives the body of a webhook, like a response",
    "p0522": "parameters are written as text, and any text is now allowed",
}
#: Changes that only ours calls breaking, and why.
OURS_ALONE = {
    "p0027": "whoever calls a deprecated operation loses it, too; a policy can lower the verdict",
    "p0028": "the same, for a path",
    "p0029": "the same, for a path",
    "p0030": "the same, for a path",
    "p0108": "a required property that becomes write-only is missing in responses",
    "p0149": "a response may have texts that the removed pattern excluded",
    "p0153": "a response may have texts that the earlier pattern excluded",
    "p0166": "a credential is obtained or sent in another way",
    "p0180": "base path, credentials, scopes, types and encodings change",
    "p0198": "the stability becomes lower",
    "p0206": "another value of the discriminator selects the branch",
    "p0247": "fewer items are allowed",
    "p0276": "a text becomes a list",
    "p0379": "the first items of a response may have any value",
    "p0380": "the first items of a request must match a schema",
    "p0387": "a property whose name is empty becomes required",
    "p0432": "a response no longer has its media type",
    "p0476": "values that matched two branches now match one",
    "p0494": "a required property that becomes write-only is missing in responses",
}
NEEDED = 0.97


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
    assert figure.alone.keys() <= OURS_ALONE.keys()
    assert figure.kinds <= KINDS.keys()
