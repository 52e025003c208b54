"""The Python examples that the pages mark as tests pass as shown, in a pytest run of their reader."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from forked_processes import Forks

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "emulator.md"
_MARKED = re.compile(r"^<!-- pytest -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RECIPES = ("Retry on 429", "A cut stream", "A tool loop", "Structured output", "A batch")


def examples(text: str) -> list[str]:
    return _MARKED.findall(text)


@pytest.mark.parametrize("title", RECIPES)
def test_each_recipe_is_a_test(title: str) -> None:
    _, _, section = PAGE.read_text(encoding="utf-8").partition(f"\n### {title}\n")
    assert "def test_" in "".join(examples(section.partition("\n##")[0]))


def test_the_examples_pass_as_shown(tmp_path: Path, forks: Forks) -> None:
    for number, example in enumerate(examples(PAGE.read_text(encoding="utf-8"))):
        (tmp_path / f"test_example_{number}.py").write_text(example, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    process = forks.start_command(
        *("-p", "aoai_conformance.pytest_plugin", "--junitxml", "junit.xml"),
        program="pytest",
        folder=str(tmp_path),
        environment={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    printed = "".join(process.communicate(300))
    assert process.returncode == 0, printed
    cases = list(ET.parse(tmp_path / "junit.xml").getroot().iter("testcase"))
    assert len(cases) >= len(RECIPES) + 3
    assert all(case.find("skipped") is None for case in cases)
