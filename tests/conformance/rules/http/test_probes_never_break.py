"""No probe raises, whatever the request and the response: a probe that raises gives no verdict."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from by_hand import (
    Raw,
    chat_answer,
    choice,
    completion,
    embeddings,
    error,
    exchange,
    images,
    operation,
    verbose,
)
from examples_completions import GOOD
from examples_media import PAIRS
from hypothesis import strategies as st

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge, judge_scenario
from aoai_conformance.rule import rules
from properties import given_examples

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 20)
    | st.sampled_from([10**400, -(2**63), 1e308, -0.0, 0.5])
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["stop", "length", "AACAPw==", "1x1", "-->", "401", "base64", "url", "a.b[0]"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "code", "index", "a", ""]) | st.text(max_size=2), inner, max_size=3
        )
    ),
    max_leaves=6,
)
KINDS = ("chat", "completions", "embeddings", "images", "transcription", "translation")
TYPES = st.sampled_from(
    [
        None,
        "",
        "application/json",
        "text/plain",
        "text/event-stream",
        "text/html",
        "text/plain; charset=x",
        ";",
    ]
)
given_few = given_examples(10, in_selftest=100)
ANSWERS: dict[str, Any] = {
    "chat": chat_answer(),
    "completions": completion(GOOD, choice(1), prompt_filter_results=[{"prompt_index": 0}]),
    "embeddings": embeddings([1.0, 0.0], "AACAPwAAAAA="),
    "images": images({"url": "http://a/b", "b64_json": "aGk=", "content_filter_results": {"hate": {}}}),
    "transcription": verbose((0.0, 1.0, "Hi."), (1.0, 2.0, "You.")),
    "translation": verbose((0.0, 1.0, "Hi.")),
}
SENT: dict[str, Any] = {
    "completions": {
        "prompt": ["a", "b"],
        "n": 1,
        "logprobs": 2,
        "echo": True,
        "stop": ["x"],
        "max_tokens": 0,
    },
    "embeddings": {"input": ["a", "b"], "encoding_format": "base64", "dimensions": 2},
    "images": {"n": 1, "size": "1024x1024", "response_format": "b64_json"},
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copied = copy.deepcopy(value)
    parent = copied
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = new
    return copied


@st.composite
def defective(draw: st.DrawFn, value: Any) -> Any:
    """A value with one place of it replaced by anything at all."""
    return changed(value, draw(st.sampled_from(places(value))), draw(VALUES))


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


def broken(made: Exchange) -> list[str]:
    verdicts = judge(made, operation(made.case.kind), rules())
    return [f"{each.rule_id}: {each.note}" for each in verdicts if "The probe raised" in each.note]


@pytest.mark.parametrize("kind", KINDS)
@given_few(
    data=st.data(), status=st.sampled_from([200, 201, 204, 307, 400, 401, 404, 405, 422, 429, 500, 503, 599])
)
def test_over_any_body(kind: str, data: st.DataObject, status: int) -> None:
    content = data.draw(st.binary(max_size=30) | VALUES.map(written))
    points = data.draw(st.sampled_from([(), ("n.maximum:above",), ("deployment:unknown",), ("method:get",)]))
    made = exchange(kind, Raw(content, data.draw(TYPES)), status=status, points=points)
    assert broken(made) == []


@pytest.mark.parametrize("kind", KINDS)
@given_few(data=st.data())
def test_over_answers_with_one_defect(kind: str, data: st.DataObject) -> None:
    answer = data.draw(defective(ANSWERS[kind]))
    sent = data.draw(defective(SENT.get(kind, {"a": 1})))
    form = {
        "response_format": data.draw(st.sampled_from(["json", "text", "srt", "vtt", "verbose_json", "x"]))
    }
    made = exchange(
        kind, Raw(written(answer), "application/json"), sent=sent if isinstance(sent, dict) else {}, form=form
    )
    assert broken(made) == []


@given_few(
    answer=defective(error("400", param="n", innererror={"code": "a", "content_filter_result": {"hate": {}}}))
)
def test_over_errors_with_one_defect(answer: Any) -> None:
    made = exchange("chat", Raw(written(answer), "application/json"), status=400, points=["n.maximum:above"])
    assert broken(made) == []


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.claim)
@given_few(data=st.data())
def test_over_scenarios_with_one_defect(pair: Any, data: st.DataObject) -> None:
    steps = {}
    for name, step in pair.passing.items():
        assert step.response is not None
        answer = data.draw(defective(json.loads(step.response.body)))
        steps[name] = replace(step, response=replace(step.response, body=written(answer)))
    verdicts = judge_scenario(pair.kind, steps, operation("embeddings"), rules())
    assert [each for each in verdicts if "The probe raised" in each.note] == []


@pytest.mark.parametrize("form", ["srt", "vtt", "text"])
@given_few(
    text=st.lists(st.sampled_from(["1", "2", "WEBVTT", "-->", "00:00:00,000 --> 00:00:01,000", "NOTE", " "]))
)
def test_over_any_subtitles(form: str, text: list[str]) -> None:
    assert broken(exchange("transcription", "\n".join(text), form={"response_format": form})) == []
