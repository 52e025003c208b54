"""Scenarios: several requests that are judged together, such as the same question with and without a stream.

One module for each kind of operation has them as data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aoai_model.case import JsonBody
from aoai_specs.document import Operation
from aoai_specs.schemas.shapes import request_shape
from aoai_strategies.requests.bases import base_request
from aoai_strategies.requests.forms import admits
from aoai_strategies.scenarios.chat import CHAT
from aoai_strategies.scenarios.completions import COMPLETIONS
from aoai_strategies.scenarios.embeddings import EMBEDDINGS, IMAGE_EMBEDDINGS
from aoai_strategies.scenarios.on_your_data import CHAT_ON_DATA, EXTENSION_CHAT
from aoai_strategies.scenarios.speech import SPEECH
from aoai_strategies.scenarios.steps import Request, Scenario, Step

__all__ = ["SCENARIOS", "Scenario", "Step", "scenarios_for"]

#: Fields that sharpen a comparison; where a document has not got them, it is made without them.
_DISPENSABLE = frozenset({"seed", "stream_options", "temperature"})
#: Fields of the base request that every step needs that has none of its own.
_CARRIED = ("model", "dataSources")

#: The scenarios of each kind of operation, in the order in which they are planned.
SCENARIOS: Mapping[str, tuple[Scenario, ...]] = {
    "chat": (*CHAT, *CHAT_ON_DATA),
    "extension-chat": EXTENSION_CHAT,
    "completions": COMPLETIONS,
    "speech": SPEECH,
    "embeddings": EMBEDDINGS,
    "image-embeddings": IMAGE_EMBEDDINGS,
}


def scenarios_for(operation: Operation) -> tuple[Scenario, ...]:
    """The scenarios of an operation's kind that the operation admits, without fields that it has not got.

    Of scenarios of the same name the first that is admitted counts. What the base request needs beside what
    a scenario is about (the model's name, the sources of data) is in every step that does not say otherwise.
    """
    shape = request_shape(operation)
    if shape is None:
        return ()
    known = frozenset(shape.properties)
    carried = _carried(operation)
    found: dict[str, Scenario] = {}
    for scenario in SCENARIOS.get(operation.kind, ()):
        steps = tuple(_fitted(step, known, carried) for step in scenario.steps)
        if (
            scenario.name not in found
            and scenario.needs <= known
            and all(step.body.keys() <= known and admits(operation, dict(step.body)) for step in steps)
        ):
            found[scenario.name] = replace(scenario, steps=steps)
    return tuple(found.values())


def _carried(operation: Operation) -> Request:
    body = base_request(operation).body
    value = body.value if isinstance(body, JsonBody) else None
    return {name: value[name] for name in _CARRIED if name in value} if isinstance(value, dict) else {}


def _fitted(step: Step, known: frozenset[str], carried: Request) -> Step:
    gone = _DISPENSABLE - known
    kept = {name: value for name, value in step.body.items() if name not in gone}
    return Step(step.name, kept | {name: value for name, value in carried.items() if name not in kept})
