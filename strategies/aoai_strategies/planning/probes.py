"""Probes: a few requests that show which capabilities a deployment supports.

A probe adds settings to the minimal request of an operation. A server that does not support one of them names
it in its error, and the probe is repeated without that setting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aoai_model.serialization import Json
from aoai_specs.document import Operation
from aoai_strategies.planning.capabilities import MESSAGE_PARTS
from aoai_strategies.points.field_dependencies import ASKING_FOR_JSON, TOOLS
from aoai_strategies.requests.builder import RequestBuilder
from aoai_strategies.requests.editing import body_value
from aoai_strategies.requests.media import PNG_DATA_URL

#: The most requests that probe one deployment, including its minimal request.
MOST_PROBES = 12
#: The same in the profile smoke.
MOST_SMOKE_PROBES = 3
_SCHEMA: Json = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}
_JSON_SCHEMA: Json = {
    "type": "json_schema",
    "json_schema": {"name": "answer", "strict": True, "schema": _SCHEMA},
}


@dataclass(frozen=True, slots=True)
class Probe:
    """Settings that are sent together.

    `settings` are members of the request body by name. `capabilities` names the capability that a member
    shows (see `aoai_strategies.planning.capabilities`) where it differs from the name of the member.
    """

    name: str
    settings: Mapping[str, Json]
    capabilities: Mapping[str, str]

    def capability(self, member: str) -> str:
        """The capability that a member of the settings shows."""
        return self.capabilities.get(member, member)


#: Members that require another one.
DEPENDENT: Mapping[str, tuple[str, ...]] = {
    "logprobs": ("top_logprobs",),
    "tools": ("tool_choice", "parallel_tool_calls"),
    "modalities": ("audio",),
    "audio": ("modalities",),
}


def _message(content: Json) -> Json:
    return [{"role": "user", "content": content}]


_CHAT = (
    Probe(
        "settings",
        {
            "temperature": 0.5, "top_p": 0.9, "presence_penalty": 0.5, "frequency_penalty": 0.5, "seed": 1,
            "stop": ["@@@"], "n": 2, "logprobs": True, "top_logprobs": 2, "logit_bias": {"1": 1},
            "tools": TOOLS, "tool_choice": "none", "parallel_tool_calls": False,
        },
        {},
    ),
    Probe(
        "json-object",
        {"messages": _message(ASKING_FOR_JSON), "response_format": {"type": "json_object"}},
        {"response_format": "response_format=json_object"},
    ),
    Probe(
        "json-schema",
        {"messages": _message(ASKING_FOR_JSON), "response_format": _JSON_SCHEMA},
        {"response_format": "response_format=json_schema"},
    ),
    Probe(
        "image",
        {
            "messages": _message(
                [
                    {"type": "text", "text": "Name the colour."},
                    {"type": "image_url", "image_url": {"url": PNG_DATA_URL}},
                ]
            )
        },
        {"messages": "image_url"},
    ),
    Probe("audio", {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}, {}),
)  # fmt: skip
_COMPLETIONS = (
    Probe(
        "settings",
        {
            "temperature": 0.5, "top_p": 0.9, "presence_penalty": 0.5, "frequency_penalty": 0.5, "seed": 1,
            "stop": ["@@@"], "n": 2, "best_of": 2, "logprobs": 2, "echo": True, "logit_bias": {"1": 1},
        },
        {},
    ),
)  # fmt: skip
_EMBEDDINGS = (Probe("settings", {"dimensions": 256, "encoding_format": "base64", "input": ["a", "b"]}, {}),)
_TRANSCRIPTION = (
    Probe(
        "verbose-json",
        {"response_format": "verbose_json"},
        {"response_format": "response_format=verbose_json"},
    ),
    Probe("subtitles", {"response_format": "srt"}, {"response_format": "response_format=srt"}),
)
#: The probes of each kind of operation, in the order of sending.
PROBES: Mapping[str, tuple[Probe, ...]] = {
    "chat": _CHAT,
    "completions": _COMPLETIONS,
    "embeddings": _EMBEDDINGS,
    "transcription": _TRANSCRIPTION,
    "translation": _TRANSCRIPTION,
}
#: Members that a probe needs for another member, and that are not capabilities themselves.
_AUXILIARY = frozenset({"messages", "input", "tool_choice"})


def probes_for(operation: Operation) -> Iterator[Probe]:
    """The probes of an operation, without settings that the document lacks.

    Probes without settings, or that the document does not admit, are left out.
    """
    requests = RequestBuilder(operation)
    body = body_value(requests.base.body)
    for probe in PROBES.get(operation.kind, ()):
        settings = {name: value for name, value in probe.settings.items() if name in requests.fields}
        made = Probe(probe.name, settings, probe.capabilities)
        shows_something = any(shows_capability(made, name) for name in settings)
        if shows_something and isinstance(body, dict) and requests.admits(body | settings):
            yield made


def shows_capability(probe: Probe, member: str) -> bool:
    """Whether a member of the settings shows a capability, rather than being needed by another member."""
    return member not in _AUXILIARY or probe.capability(member) in MESSAGE_PARTS


def without(settings: Mapping[str, Json], member: str) -> dict[str, Json]:
    """The settings without a member and those that require it."""
    dropped = {member, *DEPENDENT.get(member, ())}
    return {name: value for name, value in settings.items() if name not in dropped}
