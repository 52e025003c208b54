"""`st run` with our rules as its checks."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from aoai_conformance.rule import rule_named

PUBLISHED = files("aoai_specs").joinpath("documents", "azure-openai", "2024-10-21.yaml")


def test_names_the_rule_that_a_server_breaks(st_run: Any) -> None:
    with as_file(PUBLISHED) as document:
        finished = st_run(document, "chat-usage-sum-wrong")
    assert finished.code == 1, finished.told
    told = " ".join(finished.told.split())
    assert "USAGE-001: a server must" in told
    assert set(re.findall(r"At: (\S+)", told)) == {"/usage/total_tokens"}
    assert rule_named("USAGE-001").clause in told


@pytest.mark.whole_selftest
def test_finds_nothing_against_a_sound_server_by_the_corrected_document(st_run: Any, tmp_path: Path) -> None:
    shown = subprocess.run(
        [
            Path(sys.executable).with_name("aoai-conformance"),
            "specs",
            "show",
            "2024-10-21",
            "--format",
            "yaml",
        ],
        capture_output=True,
        check=True,
        timeout=300,
    )
    document = tmp_path / "corrected.yaml"
    document.write_bytes(shown.stdout)
    finished = st_run(document)
    assert finished.code == 0, finished.told
    assert finished.requests >= 5
