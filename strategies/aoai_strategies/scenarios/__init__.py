"""Scenarios: several requests that are judged together, such as one question with and without a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aoai_model.case import JsonBody
from aoai_specs.document import Document
from aoai_specs.json_values import as_object
from aoai_strategies.requests.builder import RequestBuilder
from aoai_strategies.scenarios.chat import CHAT, CHAT_ON_DATA, EXTENSION_CHAT
from aoai_strategies.scenarios.other_kinds import COMPLETIONS, EMBEDDINGS, IMAGE_EMBEDDINGS, SPEECH
from aoai_strategies.scenarios.responses import RESPONSES
from aoai_strategies.scenarios.steps import Request, Scenario, Step

__all__ = ["SCENARIOS", "Scenario", "Step", "scenarios_for"]

#: Fields that make a comparison stricter; documents without them get the comparison without them.
_DISPENSABLE = frozenset({"seed", "stream_options", "temperature"})
#: Fields of the base request that every step needs unless it sets them.
_INHERITED = ("model", "dataSources")

#: The scenarios of each kind of operation, in plan order.
SCENARIOS: Mapping[str, tuple[Scenario, ...]] = {
    "chat": (*CHAT, *CHAT_ON_DATA),
    "extension-chat": EXTENSION_CHAT,
    "completions": COMPLETIONS,
    "speech": SPEECH,
    "embeddings": EMBEDDINGS,
    "image-embeddings": IMAGE_EMBEDDINGS,
    "response-create": RESPONSES,
}


def scenarios_for(requests: RequestBuilder) -> tuple[Scenario, ...]:
    """The scenarios of an operation's kind that its description admits.

    Of several scenarios with the same name, the first that is admitted is used. Every step inherits the model
    and the data sources of the base request.
    """
    base = requests.base.body.value if isinstance(requests.base.body, JsonBody) else None
    inherited = {name: base[name] for name in _INHERITED if name in base} if isinstance(base, dict) else {}
    found: dict[str, Scenario] = {}
    for scenario in SCENARIOS.get(requests.kind, ()):
        steps = tuple(_fit(step, requests.fields, inherited) for step in scenario.steps)
        if (
            scenario.name not in found
            and scenario.needs <= requests.fields
            and _takes_credentials(requests.document, steps)
            and all(
                step.body.keys() <= requests.fields and requests.admits(dict(step.body)) for step in steps
            )
        ):
            found[scenario.name] = replace(scenario, steps=steps)
    return tuple(found.values())


def _takes_credentials(document: Document, steps: tuple[Step, ...]) -> bool:
    """Whether a description takes a key as the steps send it; only v1 takes it as a bearer token."""
    schemes = as_object(as_object(document.content.get("components")).get("securitySchemes"))
    return all(each.credentials != "key-as-bearer" for each in steps) or any(
        scheme.get("type") == "apiKey" and str(scheme.get("name")).lower() == "authorization"
        for scheme in map(as_object, schemes.values())
    )


def _fit(step: Step, known: frozenset[str], inherited: Request) -> Step:
    dropped = _DISPENSABLE - known
    body = {name: value for name, value in step.body.items() if name not in dropped}
    return replace(step, body=body | {name: value for name, value in inherited.items() if name not in body})
