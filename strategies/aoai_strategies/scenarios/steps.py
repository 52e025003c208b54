"""What a scenario is made of, and the forms that most of them have: a pair to compare, or one request alone.

The kinds and the names of the steps are a contract with the rules that compare the answers. A scenario of a
single step is a request whose answer no other request of the plan brings out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aoai_model.case import Expectation, Json


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a scenario: its role in it, and its whole JSON body."""

    name: str
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Requests whose answers are compared.

    `name` is unique among an operation's scenarios; `kind` says how the answers are compared; `serves` says
    what for, in one sentence; `needs` are fields without which there is nothing to compare; what only some
    models can do is expected to be taken or refused (`any`).
    """

    name: str
    kind: str
    serves: str
    steps: tuple[Step, ...]
    needs: frozenset[str] = frozenset()
    expect: Expectation = "accept"


Request: TypeAlias = dict[str, Json]

SAY_HI = "Say hi."
#: What makes an answer the same again, as far as a server can promise it.
STEADY: Request = {"temperature": 0, "seed": 1}
#: What is the same again for the sake of its seed alone.
WARM: Request = {"temperature": 1, "seed": 7}
#: Hardly a text goes without the last one, whatever the server says, so that the last of four counts too.
STOPS: Json = ["@@@", "###", "\n", " "]


def chat(text: str, more: Request) -> Request:
    """A chat of one short question, with what else is asked for."""
    message: Json = {"role": "user", "content": text}
    return {"messages": [message], "max_tokens": 16, **more}


def plain_and_streamed(name: str, serves: str, body: Mapping[str, Json]) -> Scenario:
    """The same request twice, the second time as a stream that tells its usage."""
    kind = f"{name.partition('.')[0]}.stream-against-plain"
    streamed: Request = {**body, "stream": True, "stream_options": {"include_usage": True}}
    return Scenario(name, kind, serves, (Step("plain", body), Step("stream", streamed)))


def alone(
    name: str, serves: str, body: Mapping[str, Json], needs: Collection[str], *, step: str = "plain"
) -> Scenario:
    """A single request that only some models and resources can answer."""
    kind = f"{name.partition('.')[0]}.alone"
    return Scenario(name, kind, serves, (Step(step, body),), frozenset(needs), "any")


def twice(kind: str, serves: str, body: Mapping[str, Json], needs: Collection[str] = ()) -> Scenario:
    """The same request twice, which is what the scenario and its kind are named after."""
    return Scenario(kind, kind, serves, (Step("first", body), Step("second", body)), frozenset(needs))
