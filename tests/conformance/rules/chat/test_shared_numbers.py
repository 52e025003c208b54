"""Chunks that differ in numbers share a form; each number counts in the verdicts all the same."""

from __future__ import annotations

import gc
import json
import random
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from chat_by_hand import (
    beginning,
    body,
    choice,
    chunk,
    document,
    ending,
    operation,
    piece,
    plain,
    streamed,
    verdict_of,
    verdicts,
)

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge
from aoai_conformance.quirks.deviations import Deviation
from aoai_conformance.quirks.quirks import QuirkTable
from aoai_conformance.rule import rule_named
from aoai_conformance.views.free_values import is_free_number
from aoai_model import event_forms
from aoai_model.event_slots import Spread
from aoai_model.exchange import Response

_CHUNK = "#/components/schemas/createChatCompletionStreamResponse"
_VALUES: tuple[Any, ...] = (
    0, 0.0, -0.0, 1, -1, -0.25, 7.0, 7.5, 1e-7, 256, 300, 10**16, 10**30, 1e300, True, None, "", "x",
    [], [3], {}, {"n": 1},
)  # fmt: skip


def _token(text: str, score: float, alternatives: tuple[str, ...] = ()) -> dict[str, Any]:
    entry = {"token": text, "logprob": score, "bytes": list(text.encode())}
    listed = [{**entry, "token": each, "bytes": list(each.encode())} for each in (text, *alternatives)]
    return {**entry, "top_logprobs": listed if alternatives else []}


def _scored(text: str, *tokens: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = chunk(piece(text, logprobs={"content": list(tokens), "refusal": None}))
    return {**made, "usage": None, "timings": {"queue": 0.5, "tokens": [1, 2]}, **more}


def _stream() -> list[dict[str, Any]]:
    words = (" One", " two", ",", " thréé", "\n")
    plain = [_scored(each, _token(each, -0.5 - at), created=1_730_000_000) for at, each in enumerate(words)]
    many = [_scored(each, _token(each, -0.5 - at, ("a", "bc"))) for at, each in enumerate(words)]
    pairs = [_scored(f"{each}.", _token(each, -0.25), _token(".", -2)) for each in words]
    return [beginning(), *plain, *many, *pairs, *plain, ending()]


def _mutated(generator: random.Random) -> list[dict[str, Any]]:
    """Return the chunks with other values at a few places."""
    chunks = deepcopy(_stream())
    for _ in range(generator.randint(1, 3)):
        held: Any = chunks[generator.randrange(1, len(chunks))]
        while True:
            inner = held if isinstance(held, dict) else dict(enumerate(held))
            key = generator.choice(list(inner))
            if not inner[key] or not isinstance(inner[key], dict | list) or generator.random() < 0.1:
                held[key] = deepcopy(generator.choice(_VALUES))
                break
            held = inner[key]
    return chunks


def _asked(chunks: list[dict[str, Any]]) -> Exchange:
    made = streamed(chunks)
    body = {**made.sent_json, "logprobs": True, "top_logprobs": 3}
    return replace(made, request=replace(made.request, body=json.dumps(body).encode()))


@pytest.mark.parametrize(
    "seeds", [range(10), pytest.param(range(10, 30), marks=pytest.mark.whole_selftest)], ids=str
)
def test_sharing_forms_among_numbers_changes_no_verdict(
    seeds: range, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutations = [_mutated(random.Random(seed)) for seed in seeds]
    shared = [verdicts(_asked(each)) for each in mutations]
    monkeypatch.setattr(event_forms, "_LONGEST_SHARED", -1)
    for chunks, found in zip(mutations, shared, strict=True):
        assert verdicts(_asked(chunks)) == found


def test_chunks_with_other_numbers_have_one_form() -> None:
    response = _asked([_scored(" a", _token(" a", -n - 0.5), created=n + 1) for n in range(9)]).response
    assert isinstance(response, Response)
    (form,) = response.event_forms.forms
    assert form.count == 9
    assert form.spreads["/created"] == Spread(1, 9, whole=True)
    assert form.spreads["/choices/0/logprobs/content/0/logprob"] == Spread(-8.5, -0.5, whole=False)


def _with_times(count: int) -> Exchange:
    words = (chunk(piece(f"word {at}")) for at in range(count))
    return streamed([beginning(), *({**each, "created": at + 1} for at, each in enumerate(words)), ending()])


def test_a_number_that_changes_in_every_chunk_is_one_violation() -> None:
    verdict = verdict_of("SSE-102", _with_times(300))
    assert [(each.pointer, each.chunk, each.actual) for each in verdict.violations] == [("/created", 1, 1)]
    assert (verdict.further, verdict.note) == (0, "")


def test_a_value_that_no_quirk_excuses_is_found_among_those_that_one_excuses() -> None:
    excused = Deviation(
        id="two-models",
        description="A gateway names two models.",
        source="a test",
        excuses=frozenset({"SSE-103"}),
        place="/model",
        actual=("b",),
    )
    models = ["a", *("b" for _ in range(300)), "c", "b"]
    chunks = [{**chunk(piece(each)), "model": each} for each in models]
    found = judge(
        streamed([*chunks, ending()]), operation(), [rule_named("SSE-103")], QuirkTable().having([excused])
    )
    assert [each.actual for each in found[0].violations] == ["c"]


def test_chunks_that_each_have_another_time_cost_few_calls(
    count_calls: Callable[[], AbstractContextManager[Any]],
) -> None:
    def cost(length: int) -> int:
        exchange = _with_times(length)
        with count_calls() as work:
            verdicts(exchange)
        return int(work.calls)

    cost(10)
    assert cost(1210) - cost(210) < 100 * 1000


@pytest.mark.parametrize(
    "make",
    [
        lambda: _asked(_stream()),
        lambda: _with_times(5),
        lambda: streamed([beginning(), {"error": {"code": "429", "message": "Busy."}}]),
        lambda: streamed([beginning(), {"choices": 1}, ending()]),
        lambda: plain(body(choice(message=1))),
    ],
)
def test_a_response_is_free_once_another_is_judged(make: Callable[[], Exchange]) -> None:
    gc.disable()
    try:
        exchange = make()
        response = weakref.ref(exchange.response)
        verdicts(exchange)
        del exchange
        verdicts(plain())
        assert response() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("pointer", "spread", "is_free"),
    [
        ("/created", Spread(1, 9, whole=True), True),
        ("/created", Spread(1, 1.5, whole=False), False),
        ("/choices/0/logprobs/content/0/logprob", Spread(-9, 0.5, whole=False), True),
        ("/choices/0/logprobs/content/0/bytes", Spread(0, 255, True, 1, 7), True),
        ("/choices/0/logprobs/content/0/bytes", Spread(0, 0.5, False, 1, 7), False),
        ("/undeclared", Spread(1, 1.5, whole=False), True),
    ],
)
def test_a_number_is_free_if_the_schemas_treat_all_of_them_alike(
    pointer: str, spread: Spread, *, is_free: bool
) -> None:
    assert is_free_number(document(), _CHUNK, pointer, spread) is is_free
