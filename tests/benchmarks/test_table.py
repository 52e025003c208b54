"""The table of the benchmarks: medians, ratios, peers that cannot be measured."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from benchmarks.__main__ import BENCHMARKS, measure
from benchmarks.imports import microseconds_by_package
from benchmarks.runner.peers import Peers, PeerUnavailableError
from benchmarks.runner.rows import Benchmark, Row, Session
from benchmarks.runner.table import figure, render


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(3, tmp_path, Peers(tmp_path, installs=False))


def test_a_row_has_medians_and_the_median_of_the_ratios_of_each_round() -> None:
    row = Row("reading", "ms", (1, 2, 30), (10, 4, 60), "peer 1.0")
    assert row.ratio == 0.5
    assert "| demo | reading | ms | 2 | 10 | peer 1.0 | 0.500 |  |" in render([("demo", row)], 3)


def test_a_row_without_a_peer_has_no_ratio() -> None:
    assert "| demo | reading | ms | 2 | – |  |  | alone |" in render(
        [("demo", Row("reading", "ms", (2,), remark="alone"))], 1
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.01234, "0.0123"), (1.5, "1.50"), (12.345, "12.3"), (123.4, "123"), (3, "3"), (98765, "98,765")],
)
def test_figures_have_three_significant_digits(value: float, text: str) -> None:
    assert figure(value) == text


def test_both_sides_run_in_turn_in_an_order_that_changes(session: Session) -> None:
    calls: list[str] = []

    def side(name: str) -> float:
        calls.append(name)
        return float(len(calls))

    samples = session.alternate({"a": lambda: side("a"), "b": lambda: side("b")})
    assert "".join(calls) == "ab" + "ab" + "ba" + "ab"
    assert samples == {"a": [3, 6, 7], "b": [4, 5, 8]}


def test_a_peer_on_no_package_index_has_a_row_that_says_so(session: Session) -> None:
    with pytest.raises(PeerUnavailableError, match="not installable: it is on no package index"):
        session.peers.folder("aoai-api-simulator")


def test_a_benchmark_that_fails_has_a_row_that_says_so(session: Session) -> None:
    (row,) = measure(Benchmark("x", "some title", "benchmarks.does_not_exist"), session)
    assert row.work == "some title"
    assert row.remark.startswith("failed: ModuleNotFoundError")


def test_every_benchmark_has_a_module_that_measures() -> None:
    for each in BENCHMARKS:
        found = importlib.util.find_spec(each.module)
        assert found is not None
        assert found.origin is not None
        assert "\ndef measure(session: Session)" in Path(found.origin).read_text(encoding="utf-8")


def test_import_times_are_summed_by_package() -> None:
    lines = """\
import time:       100 |        300 | click
import time:        50 |         50 |   click.core
import time:         7 |          7 | json
"""
    assert microseconds_by_package(lines) == {"click": 150, "json (standard library)": 7}
