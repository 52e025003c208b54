"""Companions and exclusions: what a field needs beside it to make sense, and what it cannot stand beside.

A schema lets every field stand alone; the prose around it does not. This module is the one place where those
relations are written down, as data. A point brings its companions as edits of its own, whether it is to be
accepted or refused, so that a refused point is wrong in one respect only and a packed request stays
meaningful however it is taken apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from aoai_model.case import Edit, Json
from aoai_strategies.points.preferences import CALL_ID, FUNCTION, PREFERRED

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
#: A voice and a format, without which nobody is to speak.
SPOKEN: Json = {"voice": "alloy", "format": "wav"}
#: Room for a whole JSON object.
JSON_ROOM = 64

Condition = Callable[[Json], bool]


def _always(_: Json) -> bool:
    return True


def _given(value: Json) -> bool:
    return value is not None


def _asks_for_json(value: Json) -> bool:
    return isinstance(value, dict) and str(value.get("type", "")).startswith("json")


def _names_json(value: Json) -> bool:
    return isinstance(value, str) and value.startswith("json")


def _null(value: Json) -> bool:
    return value is None


def _several(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 2


def _very_long(value: Json) -> bool:
    return isinstance(value, list) and len(value) > 64


def _is_sound(value: Json) -> bool:
    return value == "audio"


def _holds_sound(value: Json) -> bool:
    return isinstance(value, list) and "audio" in value


def _no_edits(_: Json) -> tuple[Edit, ...]:
    return ()


def _answers(value: Json) -> tuple[Edit, ...]:
    """A tool message for each call that is put into a conversation."""
    calls = value if isinstance(value, list) else [CALL]
    ids = [call.get("id", CALL_ID) for call in calls if isinstance(call, dict)]
    return tuple(
        Edit("/messages/-", {"role": "tool", "tool_call_id": call_id, "content": "12:00"}) for call_id in ids
    )


@dataclass(frozen=True, slots=True)
class FieldDependency:
    """Edits that go before and after a point whose field begins with `field`, on operations of `kinds`.

    `when` is asked about the value that a point puts at the field itself (None where it leaves something
    out), and not for points inside it, which `exact` leaves out altogether; `after` makes the later edits
    from that value; `beside` are properties of the appended item itself.
    """

    field: str
    kinds: frozenset[str]
    before: tuple[Edit, ...] = ()
    after: Callable[[Json], tuple[Edit, ...]] = _no_edits
    when: Condition = _always
    beside: tuple[tuple[str, Json], ...] = ()
    exact: bool = False

    def goes_with(self, kind: str, field: str, value: Json) -> bool:
        """Whether a point of this field that puts this value needs these edits."""
        if kind not in self.kinds:
            return False
        if field == self.field:
            return self.when(value)
        return not self.exact and within(field, self.field)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Two fields whose points cannot share a request, with the reason."""

    one: str
    other: str
    kinds: frozenset[str]
    reason: str


_CHAT = frozenset({"chat"})
_COMPLETIONS = frozenset({"completions"})
_EMBEDDINGS = frozenset({"embeddings"})
_TEXT = _CHAT | _COMPLETIONS
_AUDIO = frozenset({"transcription", "translation"})

COMPANIONS: tuple[FieldDependency, ...] = (
    FieldDependency("top_logprobs", _CHAT, (Edit("/logprobs", True),), when=_given),
    FieldDependency("stream_options", _TEXT, (Edit("/stream", True),), when=_given),
    # thousands of whole vectors as decimal numbers would be tens of megabytes
    FieldDependency(
        "input",
        _EMBEDDINGS,
        (Edit("/encoding_format", "base64"), Edit("/dimensions", 8)),
        when=_very_long,
        exact=True,
    ),
    FieldDependency("n", _TEXT, (Edit("/max_tokens", 1),), when=_several),
    FieldDependency("best_of", _TEXT, (Edit("/max_tokens", 1),), when=_several),
    FieldDependency("metadata", _CHAT, (Edit("/store", True),), when=_given),
    FieldDependency("modalities", _CHAT, (Edit("/audio", SPOKEN),), when=_holds_sound, exact=True),
    FieldDependency("modalities[]", _CHAT, (Edit("/audio", SPOKEN),), when=_is_sound),
    FieldDependency("max_completion_tokens", _CHAT, (Edit("/max_tokens", remove=True),)),
    FieldDependency(
        "response_format",
        _CHAT,
        (Edit("/messages/0/content", ASKING_FOR_JSON), Edit("/max_tokens", JSON_ROOM)),
        when=_asks_for_json,
        exact=True,
    ),
    FieldDependency(
        "response_format.type",
        _CHAT,
        (Edit("/messages/0/content", ASKING_FOR_JSON), Edit("/max_tokens", JSON_ROOM)),
        when=_names_json,
        exact=True,
    ),
    FieldDependency("timestamp_granularities", _AUDIO, (Edit("/response_format", "verbose_json"),)),
    FieldDependency("timestampGranularities", _AUDIO, (Edit("/response_format", "verbose_json"),)),
    FieldDependency(
        "response_format[json_object]",
        _CHAT,
        (Edit("/messages/0/content", ASKING_FOR_JSON), Edit("/max_tokens", JSON_ROOM)),
    ),
    FieldDependency(
        "response_format[json_schema]",
        _CHAT,
        (Edit("/messages/0/content", ASKING_FOR_JSON), Edit("/max_tokens", JSON_ROOM)),
    ),
    FieldDependency("tool_choice", _CHAT, (Edit("/tools", TOOLS),)),
    FieldDependency("parallel_tool_calls", _CHAT, (Edit("/tools", TOOLS),)),
    FieldDependency("function_call", _CHAT, (Edit("/functions", FUNCTIONS),)),
    FieldDependency("messages[tool]", _CHAT, (Edit("/messages/-", CALLING),)),
    FieldDependency("messages[function]", _CHAT, (Edit("/messages/-", FUNCTION_CALLING),)),
    FieldDependency("messages[assistant].tool_calls", _CHAT, after=_answers),
    # a form without any part is refused for being empty, which says nothing of the file
    FieldDependency("file", _AUDIO, (Edit("/response_format", "json"),), when=_null, exact=True),
    FieldDependency(
        "messages[assistant].content",
        _CHAT,
        after=_answers,
        when=_null,
        beside=(("tool_calls", [CALL]),),
        exact=True,
    ),
)

EXCLUSIONS: tuple[Exclusion, ...] = (
    Exclusion("max_tokens", "max_completion_tokens", _CHAT, "the one replaces the other"),
    Exclusion("tools", "functions", _CHAT, "functions are the deprecated form of tools"),
    Exclusion("tools", "function_call", _CHAT, "functions are the deprecated form of tools"),
    Exclusion("tool_choice", "functions", _CHAT, "functions are the deprecated form of tools"),
    Exclusion("tool_choice", "function_call", _CHAT, "functions are the deprecated form of tools"),
    Exclusion("parallel_tool_calls", "functions", _CHAT, "functions are the deprecated form of tools"),
    Exclusion("parallel_tool_calls", "function_call", _CHAT, "functions are the deprecated form of tools"),
    Exclusion("tool_choice", "tools[].function.name", _CHAT, "a named choice must name a tool that is there"),
    Exclusion("function_call", "functions[].name", _CHAT, "a named call must name a function that is there"),
    Exclusion("best_of", "n", _COMPLETIONS, "best_of may not be smaller than n"),
    Exclusion("best_of", "stream", _COMPLETIONS, "the best of several cannot be streamed"),
    Exclusion("best_of", "stream_options", _COMPLETIONS, "the best of several cannot be streamed"),
    Exclusion("suffix", "echo", _COMPLETIONS, "an inserted text is not echoed"),
    Exclusion(
        "prompt[array-of-string]", "n", _COMPLETIONS, "each prompt has n choices, which would cost too much"
    ),
    Exclusion(
        "prompt[array-of-array]", "n", _COMPLETIONS, "each prompt has n choices, which would cost too much"
    ),
    Exclusion(
        "tools[].function.strict",
        "tools[].function.parameters",
        _CHAT,
        "strict mode takes no keyword that it does not know",
    ),
    Exclusion(
        "response_format[json_schema].json_schema.strict",
        "response_format[json_schema].json_schema.schema",
        _CHAT,
        "strict mode takes no keyword that it does not know",
    ),
    *(
        Exclusion(spoken, other, _CHAT, "an answer that is spoken is not written as the other asks")
        for spoken in ("modalities", "audio")
        for other in ("response_format", "tools", "functions", "stream", "stop", "logprobs", "top_logprobs")
    ),
    *(
        Exclusion("prediction", other, _CHAT, "a prediction goes with one plain answer only")
        for other in (
            "n",
            "logprobs",
            "top_logprobs",
            "tools",
            "functions",
            "response_format",
            "modalities",
            "audio",
            "presence_penalty",
            "frequency_penalty",
            "max_completion_tokens",
        )
    ),
    *(
        Exclusion("reasoning_effort", other, _CHAT, "models that think know neither sampling nor its odds")
        for other in (
            "temperature",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "logit_bias",
            "logprobs",
            "top_logprobs",
            "modalities",
            "audio",
            "prediction",
        )
    ),
    Exclusion("tool_choice", "response_format", _CHAT, "a forced call leaves no text to be JSON"),
    Exclusion("function_call", "response_format", _CHAT, "a forced call leaves no text to be JSON"),
    Exclusion("stop", "response_format", _CHAT, "a stop sequence may cut an object in two"),
    *(
        Exclusion(field, "response_format", _CHAT, "far-fetched tokens may not add up to JSON")
        for field in ("temperature", "presence_penalty", "frequency_penalty", "logit_bias")
    ),
)

#: Where an operation has this header, fields that it does not declare are refused unless it lets them be.
LET_BE = Edit("header:extra-parameters", "drop")

#: Fields that point at resources of the caller's own. A live server that has not got them must refuse the
#: request, whatever its form, so that a request with such a field is never expected to be accepted.
RESOURCE_FIELDS = ("data_sources", "dataSources")
#: Values that make no sense alone although some documents' schemas ask for nothing beside them: a message
#: that answers a call has to name the call.
SENSELESS_ALONE: tuple[tuple[str, Json], ...] = (("messages[].role", "tool"), ("messages[].role", "function"))

#: Values that a description lists for what a server makes as well as for what a caller sends: nobody can
#: promise that a caller may send them, nor that the one file of a plan serves such a purpose.
NOT_FOR_CALLERS: tuple[tuple[str, str, Json], ...] = tuple(
    (kind, "purpose", purpose)
    for kind in ("file-upload", "upload-create")
    for purpose in ("fine-tune-results", "assistants_output", "batch_output", "vision")
)


def within(field: str, prefix: str) -> bool:
    """Whether a field is the one named or lies inside it: `tools[].type` lies within `tools`."""
    return field == prefix or (field.startswith(prefix) and field[len(prefix)] in ".[:")


def accompanied(
    kind: str, field: str, value: Json, edits: tuple[Edit, ...], declared: frozenset[str]
) -> tuple[Edit, ...]:
    """The edits of a point with those of its companions around them; what the point sets itself stays.

    `declared` are the body's top-level fields: a companion that this version of the API does not have is left
    out.
    """
    before: list[Edit] = []
    after: list[Edit] = []
    for companion in COMPANIONS:
        if not companion.goes_with(kind, field, value):
            continue
        before += [edit for edit in companion.before if edit not in before]
        after += [edit for edit in companion.after(value) if edit not in after]
        if companion.beside:
            edits = tuple(_beside(edit, dict(companion.beside)) for edit in edits)
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


#: One side of an exclusion: its number, and whether it is the first side. Fields of the two sides of one
#: exclusion do not share a request.
Side: TypeAlias = tuple[int, bool]


@cache
def _named_sides(kind: str) -> Mapping[str, tuple[Side, ...]]:
    """The sides of exclusions by the field that each is about."""
    found: dict[str, list[Side]] = {}
    for number, rule in enumerate(EXCLUSIONS):
        if kind in rule.kinds:
            found.setdefault(rule.one, []).append((number, True))
            found.setdefault(rule.other, []).append((number, False))
    return {name: tuple(sides) for name, sides in found.items()}


def exclusion_sides(kind: str, field: str) -> frozenset[Side]:
    """The sides of exclusions that a field is on: those of its own, and of what it is within."""
    named = _named_sides(kind)
    ends = [at for at, letter in enumerate(field) if letter in ".[:"]
    return frozenset(side for end in (*ends, len(field)) for side in named.get(field[:end], ()))


def exclusiveness(sides: frozenset[Side], among: frozenset[Side]) -> int:
    """How many exclusions keep a field from others: the more, the harder it is to find company."""
    return len({number for number, first in sides if (number, not first) in among})
