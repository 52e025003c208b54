"""Relations between fields that only the prose states: dependencies and exclusions, as data.

A field that depends on another makes no sense without it; fields that exclude each other cannot share a
request. Each point includes the edits of its dependencies, whether it should be accepted or rejected. A point
to be rejected is therefore wrong in one respect only, and each half of a packed request is a valid request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aoai_model.case import Edit
from aoai_model.serialization import Json
from aoai_strategies.requests.preferences import CALL_ID, CUSTOM_TOOL, FUNCTION, PREFERRED

TOOLS: Json = PREFERRED["tools"]
FUNCTIONS: Json = PREFERRED["functions"]
CALL: Json = {"id": CALL_ID, "type": "function", "function": {"name": FUNCTION, "arguments": "{}"}}
CALLING: Json = {"role": "assistant", "content": "Hi.", "tool_calls": [CALL]}
FUNCTION_CALLING: Json = {
    "role": "assistant",
    "content": "Hi.",
    "function_call": {"name": FUNCTION, "arguments": "{}"},
}
ASKING_FOR_JSON = "Answer with a JSON object."
#: A voice and a format, which every request for audio needs.
SPOKEN: Json = {"voice": "alloy", "format": "wav"}
#: Room for a whole JSON object.
JSON_ROOM = 64

Condition = Callable[[Json], bool]


def _always(_: Json) -> bool:
    return True


def _is_given(value: Json) -> bool:
    return value is not None


def _is_null(value: Json) -> bool:
    return value is None


def _is_json_format(value: Json) -> bool:
    return isinstance(value, dict) and _is_json_type(value.get("type"))


def _is_json_type(value: Json) -> bool:
    return isinstance(value, str) and value.startswith("json")


def _is_several(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 2


def _is_very_long(value: Json) -> bool:
    return isinstance(value, list) and len(value) > 64


def _is_audio(value: Json) -> bool:
    return value == "audio"


def _contains_audio(value: Json) -> bool:
    return isinstance(value, list) and "audio" in value


def _no_edits(_: Json) -> tuple[Edit, ...]:
    return ()


def _call_results(value: Json) -> tuple[Edit, ...]:
    """A tool message for each call that is put into a conversation."""
    calls = value if isinstance(value, list) else [CALL]
    ids = [call.get("id", CALL_ID) for call in calls if isinstance(call, dict)]
    return tuple(
        Edit("/messages/-", {"role": "tool", "tool_call_id": call_id, "content": "12:00"}) for call_id in ids
    )


@dataclass(frozen=True, slots=True)
class FieldDependency:
    """Edits that go before and after those of a point at or inside `field`, for operations of `kinds`.

    For a point at the field itself, `when` decides by the value that the point sets (None: it removes
    something). Points inside the field always match, or never with `exact`. `after` makes the later edits
    from that value. `beside` are properties of the item that the point appends.
    """

    field: str
    kinds: frozenset[str]
    before: tuple[Edit, ...] = ()
    after: Callable[[Json], tuple[Edit, ...]] = _no_edits
    when: Condition = _always
    beside: tuple[tuple[str, Json], ...] = ()
    exact: bool = False

    def applies(self, kind: str, field: str, value: Json) -> bool:
        """Whether a point at this field that sets this value needs these edits."""
        if kind not in self.kinds:
            return False
        if field == self.field:
            return self.when(value)
        return not self.exact and is_within(field, self.field)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Two fields whose points cannot share a request, and why."""

    one: str
    other: str
    kinds: frozenset[str]
    reason: str


_CHAT = frozenset({"chat"})
_RESPONSES = frozenset({"response-create"})
_COMPLETIONS = frozenset({"completions"})
_EMBEDDINGS = frozenset({"embeddings"})
_TEXT = _CHAT | _COMPLETIONS
_AUDIO = frozenset({"transcription", "translation"})

_ASK_FOR_JSON = (Edit("/messages/0/content", ASKING_FOR_JSON), Edit("/max_tokens", JSON_ROOM))
_ASK_IN_INPUT = (Edit("/input", ASKING_FOR_JSON), Edit("/max_output_tokens", JSON_ROOM))
_VERBOSE = (Edit("/response_format", "verbose_json"),)
_WITH_VOICE = (Edit("/audio", SPOKEN),)
_WITH_TOOLS = (Edit("/tools", TOOLS),)

FIELD_DEPENDENCIES: tuple[FieldDependency, ...] = (
    FieldDependency("top_logprobs", _CHAT, (Edit("/logprobs", True),), when=_is_given),
    FieldDependency("stream_options", _TEXT, (Edit("/stream", True),), when=_is_given),
    # thousands of whole vectors as decimal numbers would be tens of megabytes
    FieldDependency(
        "input",
        _EMBEDDINGS,
        (Edit("/encoding_format", "base64"), Edit("/dimensions", 8)),
        when=_is_very_long,
        exact=True,
    ),
    FieldDependency("n", _TEXT, (Edit("/max_tokens", 1),), when=_is_several),
    FieldDependency("best_of", _TEXT, (Edit("/max_tokens", 1),), when=_is_several),
    FieldDependency("metadata", _CHAT, (Edit("/store", True),), when=_is_given),
    FieldDependency("modalities", _CHAT, _WITH_VOICE, when=_contains_audio, exact=True),
    FieldDependency("modalities[]", _CHAT, _WITH_VOICE, when=_is_audio),
    FieldDependency("max_completion_tokens", _CHAT, (Edit("/max_tokens", remove=True),)),
    FieldDependency(
        "response_format",
        _CHAT,
        _ASK_FOR_JSON,
        when=_is_json_format,
        exact=True,
    ),
    FieldDependency(
        "response_format.type",
        _CHAT,
        _ASK_FOR_JSON,
        when=_is_json_type,
        exact=True,
    ),
    FieldDependency("timestamp_granularities", _AUDIO, _VERBOSE),
    FieldDependency("timestampGranularities", _AUDIO, _VERBOSE),
    FieldDependency(
        "response_format[json_object]",
        _CHAT,
        _ASK_FOR_JSON,
    ),
    FieldDependency(
        "response_format[json_schema]",
        _CHAT,
        _ASK_FOR_JSON,
    ),
    FieldDependency("text.format", _RESPONSES, _ASK_IN_INPUT, when=_is_json_format, exact=True),
    FieldDependency("text.format.type", _RESPONSES, _ASK_IN_INPUT, when=_is_json_type, exact=True),
    FieldDependency("text.format[json_object]", _RESPONSES, _ASK_IN_INPUT),
    FieldDependency("text.format[json_schema]", _RESPONSES, _ASK_IN_INPUT),
    FieldDependency("tool_choice", _CHAT, _WITH_TOOLS),
    FieldDependency("parallel_tool_calls", _CHAT, _WITH_TOOLS),
    FieldDependency("function_call", _CHAT, (Edit("/functions", FUNCTIONS),)),
    FieldDependency("messages[tool]", _CHAT, (Edit("/messages/-", CALLING),)),
    FieldDependency("messages[function]", _CHAT, (Edit("/messages/-", FUNCTION_CALLING),)),
    FieldDependency("messages[assistant].tool_calls", _CHAT, after=_call_results),
    # a form without any part would be rejected for being empty, not for the missing file
    FieldDependency("file", _AUDIO, (Edit("/response_format", "json"),), when=_is_null, exact=True),
    FieldDependency(
        "messages[assistant].content",
        _CHAT,
        after=_call_results,
        when=_is_null,
        beside=(("tool_calls", [CALL]),),
        exact=True,
    ),
)

_DEPRECATED = "functions are the deprecated form of tools"
_EXPENSIVE = "each prompt has n choices, which would cost too much"
_STRICT = "strict mode rejects keywords that it does not support"
_SCHEMA = "response_format[json_schema].json_schema"
_NOT_WITH_PREDICTION = (
    "n logprobs top_logprobs tools functions response_format modalities audio presence_penalty"
    " frequency_penalty max_completion_tokens"
)
_NOT_WITH_REASONING = (
    "temperature top_p presence_penalty frequency_penalty logit_bias logprobs top_logprobs modalities"
    " audio prediction"
)
_NOT_WITH_AUDIO = "response_format tools functions stream stop logprobs top_logprobs"
#: Fields, the fields that exclude each of them, the kinds of operation, and the reason.
_EXCLUSIVE: tuple[tuple[str, str, frozenset[str], str], ...] = (
    ("max_tokens", "max_completion_tokens", _CHAT, "one replaces the other"),
    ("tools", "functions function_call", _CHAT, _DEPRECATED),
    ("tool_choice", "functions function_call", _CHAT, _DEPRECATED),
    ("parallel_tool_calls", "functions function_call", _CHAT, _DEPRECATED),
    (
        "tool_choice",
        "tools[].function.name tools[custom]",
        _CHAT,
        "a named choice must name one of the tools",
    ),
    ("function_call", "functions[].name", _CHAT, "a named call must name one of the functions"),
    ("best_of", "n", _COMPLETIONS, "best_of must not be less than n"),
    ("best_of", "stream stream_options", _COMPLETIONS, "best_of cannot be streamed"),
    ("suffix", "echo", _COMPLETIONS, "an insertion is not echoed"),
    ("prompt[array-of-string]", "n", _COMPLETIONS, _EXPENSIVE),
    ("prompt[array-of-array]", "n", _COMPLETIONS, _EXPENSIVE),
    ("tools[].function.strict", "tools[].function.parameters", _CHAT, _STRICT),
    (f"{_SCHEMA}.strict", f"{_SCHEMA}.schema", _CHAT, _STRICT),
    ("modalities", _NOT_WITH_AUDIO, _CHAT, "these fields concern written responses only"),
    ("audio", _NOT_WITH_AUDIO, _CHAT, "these fields concern written responses only"),
    (
        "prediction",
        _NOT_WITH_PREDICTION,
        _CHAT,
        "a prediction requires a single plain response",
    ),
    (
        "reasoning_effort",
        _NOT_WITH_REASONING,
        _CHAT,
        "reasoning models support neither sampling parameters nor log probabilities",
    ),
    ("tool_choice", "response_format", _CHAT, "a forced call leaves no text to be JSON"),
    ("function_call", "response_format", _CHAT, "a forced call leaves no text to be JSON"),
    ("stop", "response_format", _CHAT, "a stop sequence may cut an object in two"),
    *(
        (field, "response_format", _CHAT, "unlikely tokens may not form valid JSON")
        for field in ("temperature", "presence_penalty", "frequency_penalty", "logit_bias")
    ),
    ("temperature", "text.format", _RESPONSES, "unlikely tokens may not form valid JSON"),
)
EXCLUSIONS: tuple[Exclusion, ...] = tuple(
    Exclusion(one, other, kinds, reason)
    for one, others, kinds, reason in _EXCLUSIVE
    for other in others.split()
)

#: Where an operation has this header, undeclared fields are rejected unless the header says otherwise.
DROP_UNDECLARED = Edit("header:extra-parameters", "drop")

#: Fields that refer to resources of the client. A server without them must reject the request, so that no
#: request with such a field is expected to be accepted.
RESOURCE_FIELDS = ("data_sources", "dataSources")
#: Values that make no sense alone although some schemas require nothing else: a message with the result of a
#: call must name the call.
SENSELESS_ALONE: tuple[tuple[str, Json], ...] = (
    ("messages[].role", "tool"),
    ("messages[].role", "function"),
    ("messages[assistant].content", [{"type": "refusal", "refusal": "No."}] * 2),
    ("tool_choice", {"type": "custom", "custom": {"name": CUSTOM_TOOL}}),
)

#: Values that a description lists for resources of the server as well as for those of a client: no plan can
#: promise that a client may send them, nor that the file of the plan suits such a purpose.
NOT_FOR_CLIENTS: tuple[tuple[str, str, Json], ...] = tuple(
    (kind, "purpose", purpose)
    for kind in ("file-upload", "upload-create")
    for purpose in ("fine-tune-results", "assistants_output", "batch_output", "vision")
)


def is_within(field: str, prefix: str) -> bool:
    """Whether a field is `prefix` or inside it: `tools[].type` is within `tools`."""
    return field == prefix or (field.startswith(prefix) and field[len(prefix)] in ".[:")


def add_dependencies(
    kind: str, field: str, value: Json, edits: tuple[Edit, ...], declared: frozenset[str]
) -> tuple[Edit, ...]:
    """The edits of a point, with those of its dependencies before and after them.

    What the point itself sets is not overridden. Fields that the document does not declare (`declared` are
    the fields of the body) are left out.
    """
    before: list[Edit] = []
    after: list[Edit] = []
    for dependency in FIELD_DEPENDENCIES:
        if not dependency.applies(kind, field, value):
            continue
        before += [edit for edit in dependency.before if edit not in before]
        after += [edit for edit in dependency.after(value) if edit not in after]
        if dependency.beside:
            edits = tuple(_beside(edit, dict(dependency.beside)) for edit in edits)
    own = {edit.pointer for edit in edits if not edit.pointer.endswith("/-")}
    first = [edit for edit in before if edit.pointer not in own and _top(edit) in declared]
    last = [edit for edit in after if edit.pointer not in own and _top(edit) in declared]
    return (*first, *edits, *last)


def _top(edit: Edit) -> str:
    return edit.pointer.split("/")[1]


def _beside(edit: Edit, properties: dict[str, Json]) -> Edit:
    if not edit.pointer.endswith("/-") or not isinstance(edit.value, dict):
        return edit
    return Edit(edit.pointer, properties | edit.value)


#: One side of an exclusion: the number of the exclusion, and whether the side is its first. Fields on
#: opposite sides of an exclusion cannot share a request.
Side: TypeAlias = tuple[int, bool]


def _named_sides() -> Mapping[tuple[str, str], tuple[Side, ...]]:
    """The sides of exclusions by kind of operation and field."""
    found: dict[tuple[str, str], list[Side]] = {}
    for number, rule in enumerate(EXCLUSIONS):
        for kind in rule.kinds:
            found.setdefault((kind, rule.one), []).append((number, True))
            found.setdefault((kind, rule.other), []).append((number, False))
    return {name: tuple(sides) for name, sides in found.items()}


_SIDES = _named_sides()


def exclusion_sides(kind: str, field: str) -> frozenset[Side]:
    """The sides of exclusions that a field is on: its own, and those of the fields that it is within."""
    ends = [at for at, letter in enumerate(field) if letter in ".[:"]
    return frozenset(side for end in (*ends, len(field)) for side in _SIDES.get((kind, field[:end]), ()))


def exclusiveness(sides: frozenset[Side], among: frozenset[Side]) -> int:
    """The number of exclusions between a field and others: the more, the harder it is to pack."""
    return len({number for number, first in sides if (number, not first) in among})
