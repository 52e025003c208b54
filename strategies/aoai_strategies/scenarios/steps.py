"""The types of scenarios, and functions for their common forms: a pair to compare, or a single request.

The kinds and the names of the steps are a contract with the rules that compare the responses. A scenario of a
single step is a request for a response that no other request of the plan produces.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aoai_model.case import Credentials, Expectation
from aoai_model.serialization import Json


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a scenario: its role, its whole JSON body, and how it has its credentials."""

    name: str
    body: Mapping[str, Json]
    credentials: Credentials = "configured"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Requests whose responses are compared.

    `name` is unique among an operation's scenarios; `kind` determines how the responses are compared;
    `summary` says what a conformant server does; `needs` are fields that the comparison requires.
    `expect` is `any` where only some models support the request.
    """

    name: str
    kind: str
    summary: str
    steps: tuple[Step, ...]
    needs: frozenset[str] = frozenset()
    expect: Expectation = "accept"


Request: TypeAlias = dict[str, Json]

SAY_HI = "Say hi."
#: Settings that make a response repeatable, as far as a server can promise it.
STEADY: Request = {"temperature": 0, "seed": 1}
#: Settings that make a response repeatable by its seed alone.
WARM: Request = {"temperature": 1, "seed": 7}
#: Few texts lack the last of these, so that a server that ignores the fourth sequence is detected.
STOPS: Json = ["@@@", "###", "\n", " "]


def chat(text: str, more: Request) -> Request:
    """A chat request with one short question and further fields."""
    message: Json = {"role": "user", "content": text}
    return {"messages": [message], "max_tokens": 16, **more}


def plain_and_streamed(name: str, summary: str, body: Mapping[str, Json]) -> Scenario:
    """The same request without and with a stream; the stream includes its usage."""
    kind = f"{name.partition('.')[0]}.stream-against-plain"
    streamed: Request = {**body, "stream": True, "stream_options": {"include_usage": True}}
    return Scenario(name, kind, summary, (Step("plain", body), Step("stream", streamed)))


def alone(name: str, summary: str, body: Mapping[str, Json], needs: Collection[str] = ()) -> Scenario:
    """A single request that every model supports."""
    kind = f"{name.partition('.')[0]}.alone"
    return Scenario(name, kind, summary, (Step("plain", body),), frozenset(needs))


def optional(
    name: str, summary: str, body: Mapping[str, Json], needs: Collection[str], *, step: str = "plain"
) -> Scenario:
    """A single request that only some models and resources support."""
    kind = f"{name.partition('.')[0]}.alone"
    return Scenario(name, kind, summary, (Step(step, body),), frozenset(needs), "any")


def twice(kind: str, summary: str, body: Mapping[str, Json], needs: Collection[str] = ()) -> Scenario:
    """The same request twice; the scenario is named after its kind."""
    return Scenario(kind, kind, summary, (Step("first", body), Step("second", body)), frozenset(needs))
