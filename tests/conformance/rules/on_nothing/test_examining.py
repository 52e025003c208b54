"""A probe without violations passes only if it examined something."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from empty_answers import JSON, Emptiness, cases, document, exchange

import aoai_conformance
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge
from aoai_conformance.judging.precedence import Broken, Foundations
from aoai_conformance.observation import cached_property, examined, examining, watched
from aoai_conformance.rule import NotApplicable, Rule, rules
from aoai_conformance.views.exchange_views import Reply
from aoai_model.verdict import Violation

NAME = "azure-openai@2024-10-21"
BODY: dict[str, Any] = {"a": 1, "none": None, "inner": {"b/c": [{"d": "e"}, 7]}, "empty": [{}], "no": {}}


def found(probe: Any) -> bool:
    with examining() as examination:
        probe(watched(copy.deepcopy(BODY), 1))
    return examination.found


@pytest.mark.parametrize(
    "probe",
    [
        lambda body: body["a"],
        lambda body: body.get("a"),
        lambda body: "a" in body,
        list,
        lambda body: body.items(),
        lambda body: {**body},
        json.dumps,
        lambda body: body["inner"]["b/c"][0].get("d"),
    ],
)
def test_reading_a_member_counts_as_examining_it(probe: Any) -> None:
    assert found(probe)


@pytest.mark.parametrize(
    "probe",
    [
        lambda body: body,
        lambda body: body.get("gone"),
        lambda body: "gone" in body,
        lambda body: body.get("none"),
        lambda body: body["empty"],
        lambda body: list(body["no"]),
    ],
)
def test_absent_null_or_empty_members_do_not_count_as_examined(probe: Any) -> None:
    assert not found(probe)


def test_read_places_are_kept_only_if_something_is_broken() -> None:
    def broken(pointer: str) -> Broken:
        return Broken("SCHEMA-001", 1, pointer, streamed=False, strength=0)

    pointers = ("/inner", "/inner/b~1c", "/inner/b~1c/1", "/inner/b~1c/0/gone", "/inner/b~1c/0/none", "/a")
    foundations = Foundations(map(broken, pointers))
    with examining(watch=foundations) as examination:
        body = watched(copy.deepcopy(BODY), 1)
        body["inner"]["b/c"][0].get("gone")
    assert examination.read.keys() == set(map(broken, pointers[:4]))


def test_a_cached_property_counts_for_each_reader() -> None:
    class View:
        body = watched(copy.deepcopy(BODY), 1)

        @cached_property
        def value(self) -> int:
            return int(self.body["a"])

    view = View()
    for _ in range(2):
        with examining() as examination:
            assert view.value == 1
        assert examination.found


def test_reads_outside_a_probe_count_for_no_probe() -> None:
    with examining() as outer:
        with examining() as inner:
            examined()
        assert inner.found
    assert not outer.found


def outcome(probe: Any) -> str:
    rule = Rule("X-001", "must", "be right", "x@1#/", frozenset(), None, None, Reply, probe)
    (verdict,) = judge(answered(), document(NAME).operation(answered().case.operation), [rule])
    return verdict.outcome


def answered(status: int = 200) -> Exchange:
    case = next(each for each in cases(NAME) if each.kind == "chat" and each.origin == "base")
    return exchange(case, Emptiness(status, JSON, b'{"id": "x"}'))


def silent(reply: Reply) -> Iterator[Violation]:
    yield from ()


def reading(reply: Reply) -> Iterator[Violation]:
    assert reply.response.json["id"] == "x"
    yield from ()


def finding_nothing(reply: Reply) -> Iterator[Violation]:
    assert reply.response.json["id"] == "x"
    raise NotApplicable
    yield


@pytest.mark.parametrize(
    ("probe", "expected"),
    [(silent, "not_applicable"), (reading, "pass"), (finding_nothing, "not_applicable")],
)
def test_a_probe_passes_only_if_it_examines_something(probe: Any, expected: str) -> None:
    assert outcome(probe) == expected


def test_no_view_caches_members_whose_reads_would_go_unnoticed() -> None:
    """Only the exchange itself keeps things by functools: it is looked at through views alone.

    Rules see nothing of the command line, of `doctor`, of the removal of secrets and of the connection to the
    target.
    """
    package = Path(aoai_conformance.__file__).parent
    texts = {path: path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    using = {
        str(path.relative_to(package))
        for path, text in texts.items()
        if "cached_property" in text
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module == "functools"
        if "cached_property" in {alias.name for alias in node.names}
    }
    unseen = ("cli/", "doctor/", "redaction/", "target/")
    assert {path for path in using if not path.startswith(unseen)} <= {"exchange.py"}


@pytest.mark.parametrize("name", ["azure-openai@2025-01-01-preview", "ai-model-inference@2025-04-01"])
def test_a_throttled_attempt_leaves_no_doubt(name: str) -> None:
    """The case is answered later: this verdict must not make the run of a healthy server inconclusive.

    What is expected of a case does not matter then.
    """
    doubts: dict[str, str] = {}
    for case in (each for each in cases(name) if each.expect != "reject"):
        away = Emptiness(429, JSON, b'{"error": {"code": "429", "message": "Busy."}}').response()
        made = exchange(case, Emptiness(200, JSON, b"{}"))
        busy, _ = Exchange(made.case, made.request, made.response, attempts=2, throttled=away).split()
        for verdict in judge(busy, document(name).operation(case.operation), rules()):
            if verdict.outcome == "inconclusive":
                doubts[verdict.rule_id] = verdict.note
    assert doubts == {}
