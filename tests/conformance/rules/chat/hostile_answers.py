"""Responses that are small but were expensive to judge, by kind."""

from __future__ import annotations

import json
from collections.abc import Callable

from chat_by_hand import (
    CHUNKS,
    SAFE,
    beginning,
    body,
    call,
    calling,
    choice,
    chunk,
    completion,
    ending,
    piece,
    plain,
    scored,
    streamed,
    token,
    tool,
    written,
)

from aoai_conformance.exchange import Exchange

#: More than the errors that are explained for one value (`schema_bodies.MOST_ERRORS`).
MANY = 1200
_ASKED = {"logprobs": True, "top_logprobs": 2}
_TOKEN = token("ab", 0.5, [("a", 0.5), ("b", 3)])


def _nested(depth: int) -> Exchange:
    written_body = json.dumps(body(extra=0)).replace('"extra": 0', f'"extra": {"[" * depth}{"]" * depth}')
    return plain(written_body.encode())


KINDS: dict[str, Callable[[], Exchange]] = {
    "choices that are empty": lambda: plain(body(*[{}] * MANY)),
    "choices that are null": lambda: plain(body(*[None] * MANY)),  # type: ignore[list-item]
    "choices that end wrongly": lambda: plain(
        body(*[choice(index=at, finish_reason="x") for at in range(MANY)])
    ),
    "members that are null": lambda: plain(
        body(*[choice(index=at, tool_calls=None, function_call=None) for at in range(MANY)])
    ),
    "calls that are empty": lambda: plain(body(calling(*[{}] * MANY)), tools=[tool()]),
    "calls of nothing offered": lambda: plain(
        body(calling(*[call("nope", "{", "c")] * MANY)), tools=[tool()]
    ),
    "probabilities that are wrong": lambda: plain(body(scored(*[_TOKEN] * MANY)), **_ASKED),
    "probabilities that are empty": lambda: plain(
        body(choice(logprobs={"content": [{}] * MANY, "refusal": None})), **_ASKED
    ),
    "completions that are empty": lambda: plain(completion(*[{}] * MANY), kind="completions"),
    "categories without end": lambda: plain(
        body(choice(content_filter_results={f"c{at}": {"filtered": 1} for at in range(MANY)}))
    ),
    "results of filters without end": lambda: plain(
        body(prompt_filter_results=[{"prompt_index": 0, "content_filter_results": {"hate": {}}}] * MANY)
    ),
    "undeclared fields that act on a terminal": lambda: plain(
        body(**{f"\x1b[31m{at}": SAFE for at in range(MANY)})
    ),
    "lists in lists": lambda: _nested(900),
    "whole numbers of 4,000 digits": lambda: plain(
        json.dumps(body(created="X")).replace('"X"', "9" * 4000).encode()
    ),
    "a text of one repeated letter": lambda: plain(body(choice("a" * 3_000_000)), stop=["b"]),
    "arguments of opened brackets": lambda: plain(
        body(calling(call(arguments='{"a":' * MANY))), tools=[tool()]
    ),
    "chunks that are empty": lambda: streamed([{}] * MANY),
    "chunks whose choice is empty": lambda: streamed([chunk({})] * MANY),
    "chunks of one letter": lambda: streamed([beginning(), *[chunk(piece("a"))] * MANY, ending()]),
    "chunks of a choice each": lambda: streamed([chunk(piece("a", at)) for at in range(MANY)]),
    "comments without end": lambda: streamed(b": ping\n\n" * MANY * 10 + written(CHUNKS)),
}
