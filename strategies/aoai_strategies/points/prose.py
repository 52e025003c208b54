"""Points from sentences of the prose: relations between fields, and the content of uploaded files.

Each entry names the field whose description states the requirement. It is planned only where a document has
that field, and its clause is the place of the field. Sentences that give no point are listed with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aoai_model.case import Edit, Expectation
from aoai_model.serialization import Json
from aoai_model.verdict import Level
from aoai_strategies.points.field_dependencies import CALLING, FUNCTIONS, TOOLS
from aoai_strategies.requests.editing import file_value
from aoai_strategies.requests.media import AUDIO_FILES, BROKEN_AUDIO_FILES, PNG_DATA_URL


@dataclass(frozen=True, slots=True)
class ProsePoint:
    """A sentence as a point.

    `id` is the id of the point, `field` the field whose description has the sentence. `concerns` are further
    top-level fields that the sentence is about and that no edit changes.
    """

    id: str
    kinds: tuple[str, ...]
    field: str
    expect: Expectation
    level: Level
    description: str
    edits: tuple[Edit, ...]
    deep: bool = False
    concerns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Excluded:
    """A normative sentence without a point, and the reason."""

    field: str
    reason: str


#: The point whose rejection concerns a limit of the model.
BEYOND_CONTEXT = "max_tokens:beyond-context"
_CHAT = ("chat",)
_COMPLETIONS = ("completions",)
_TEXT = ("chat", "completions")
_AUDIO = ("transcription", "translation")
_TEXT_PART: Json = {"type": "text", "text": "Say hi."}
_REFUSAL_PART: Json = {"type": "refusal", "refusal": "No."}
_IMAGE_PART: Json = {"type": "image_url", "image_url": {"url": PNG_DATA_URL}}

_BROKEN_FILES: tuple[tuple[str, Level, str], ...] = (
    ("empty", "must", "An empty file is not audio."),
    ("truncated", "should", "A file that ends within its header is not audio."),
    ("wrong-type", "should", "Text under the name of an audio file is not audio."),
)


def _message(**fields: Json) -> Edit:
    return Edit("/messages/-", dict(fields))


def _rejected(
    id_: str,
    kinds: tuple[str, ...],
    field: str,
    description: str,
    *edits: Edit,
    level: Level = "must",
    concerns: tuple[str, ...] = (),
) -> ProsePoint:
    return ProsePoint(id_, kinds, field, "reject", level, description, edits, concerns=concerns)


# Where a request makes little sense but no sentence says that it is rejected, accepting it is only noted
# (may): for JSON mode without the word JSON, the document even describes the result.
PROSE: tuple[ProsePoint, ...] = (
    _rejected(
        "stream_options:without-stream",
        _TEXT,
        "stream_options",
        "stream_options requires stream to be true.",
        Edit("/stream_options", {"include_usage": True}),
    ),
    _rejected(
        "top_logprobs:without-logprobs",
        _CHAT,
        "top_logprobs",
        "top_logprobs requires logprobs to be true.",
        Edit("/top_logprobs", 2),
    ),
    _rejected(
        "json_object:without-the-word-json",
        _CHAT,
        "response_format",
        "JSON mode requires a message that asks for JSON.",
        Edit("/response_format", {"type": "json_object"}),
        level="may",
        concerns=("messages",),
    ),
    _rejected(
        "tool-message:answers-no-call",
        _CHAT,
        "messages[tool].tool_call_id",
        "A tool message must follow the call whose result it has.",
        _message(role="tool", tool_call_id="call_1", content="12:00"),
    ),
    _rejected(
        "tool-message:answers-another-call",
        _CHAT,
        "messages[tool].tool_call_id",
        "A tool message must have the id of the call whose result it has.",
        Edit("/messages/-", CALLING),
        _message(role="tool", tool_call_id="call_2", content="12:00"),
    ),
    _rejected(
        "assistant:neither-content-nor-calls",
        _CHAT,
        "messages[assistant].content",
        "An assistant message without calls must have content.",
        _message(role="assistant"),
    ),
    _rejected(
        "assistant:null-content-without-calls",
        _CHAT,
        "messages[assistant].content",
        "An assistant message without calls must have content other than null.",
        _message(role="assistant", content=None),
    ),
    _rejected(
        "assistant:refusal-beside-text",
        _CHAT,
        "messages[assistant].content[refusal]",
        "A refusal part must be the only part.",
        _message(role="assistant", content=[_TEXT_PART, _REFUSAL_PART]),
    ),
    _rejected(
        "assistant:two-refusals",
        _CHAT,
        "messages[assistant].content[refusal]",
        "A message must have at most one refusal part.",
        _message(role="assistant", content=[_REFUSAL_PART, _REFUSAL_PART]),
    ),
    _rejected(
        "system:image-part",
        _CHAT,
        "messages[system].content[]",
        "A system message must have text parts only.",
        _message(role="system", content=[_IMAGE_PART]),
    ),
    _rejected(
        "tool-message:image-part",
        _CHAT,
        "messages[tool].content[]",
        "A tool message must have text parts only.",
        Edit("/messages/-", CALLING),
        _message(role="tool", tool_call_id="call_1", content=[_IMAGE_PART]),
    ),
    _rejected(
        "tool_choice:unknown-function",
        _CHAT,
        "tool_choice",
        "tool_choice must name one of the tools.",
        Edit("/tools", TOOLS),
        Edit("/tool_choice", {"type": "function", "function": {"name": "no_such_function"}}),
    ),
    _rejected(
        "tool_choice:without-tools",
        _CHAT,
        "tool_choice",
        "tool_choice requires tools.",
        Edit("/tool_choice", "auto"),
        level="may",
    ),
    _rejected(
        "parallel_tool_calls:without-tools",
        _CHAT,
        "parallel_tool_calls",
        "parallel_tool_calls requires tools.",
        Edit("/parallel_tool_calls", True),
        level="may",
    ),
    _rejected(
        "function_call:unknown-function",
        _CHAT,
        "function_call",
        "function_call must name one of the functions.",
        Edit("/functions", FUNCTIONS),
        Edit("/function_call", {"name": "no_such_function"}),
    ),
    _rejected(
        "function_call:without-functions",
        _CHAT,
        "function_call",
        "function_call requires functions.",
        Edit("/function_call", "auto"),
        level="may",
    ),
    _rejected(
        "audio:left-out",
        _CHAT,
        "audio",
        "Audio output requires a voice and a format.",
        Edit("/modalities", ["text", "audio"]),
    ),
    _rejected(
        "logit_bias:key-that-is-no-token",
        _TEXT,
        "logit_bias",
        "The keys of logit_bias must be token ids.",
        Edit("/logit_bias", {"hello": 1}),
        level="should",
    ),
    _rejected(
        "best_of:with-stream",
        _COMPLETIONS,
        "best_of",
        "best_of cannot be streamed.",
        Edit("/best_of", 2),
        Edit("/stream", True),
    ),
    _rejected(
        "best_of:below-n",
        _COMPLETIONS,
        "best_of",
        "best_of must not be less than n.",
        Edit("/best_of", 2),
        Edit("/n", 3),
    ),
    _rejected(
        BEYOND_CONTEXT,
        _COMPLETIONS,
        "max_tokens",
        "The prompt and max_tokens together must fit into the context of the model.",
        Edit("/max_tokens", 2**31 - 1),
        level="should",
    ),
    ProsePoint(
        "input:above-2048-tokens",
        ("embeddings",),
        "input",
        "any",
        "may",
        "The prose allows 2048 tokens per input; the models allow more.",
        (Edit("/input", "hi " * 2049),),
        deep=True,
    ),
    ProsePoint(
        "language:not-iso-639-1",
        ("transcription",),
        "language",
        "any",
        "may",
        "A language in a format other than ISO 639-1 may be accepted or rejected.",
        (Edit("/language", "English"),),
    ),
    ProsePoint(
        "language:told-back",
        ("transcription",),
        "language",
        "accept",
        "must",
        "A verbose response must have the language of the request.",
        (Edit("/language", "en"), Edit("/response_format", "verbose_json")),
    ),
    *(
        ProsePoint(
            f"file:{name}",
            _AUDIO,
            "file",
            "accept",
            "must" if name == "wav" else "should",
            f"Audio may be sent as {name.upper()}.",
            (Edit("/file", file_value(media)),),
        )
        for name, media in AUDIO_FILES.items()
    ),
    *(
        _rejected(
            f"file:{name}",
            _AUDIO,
            "file",
            description,
            Edit("/file", file_value(BROKEN_AUDIO_FILES[name])),
            level=level,
        )
        for name, level, description in _BROKEN_FILES
    ),
    _rejected(
        "file:not-a-file",
        _AUDIO,
        "file",
        "The audio must be a file, not a text field.",
        Edit("/file", "speech.wav"),
        level="should",
    ),
)

EXCLUDED: tuple[Excluded, ...] = (
    Excluded("temperature", "altering it or top_p but not both is advice, and servers accept both"),
    Excluded("max_tokens", "the limit on a chat response is the model's own, which no document states"),
    Excluded("max_completion_tokens", "it limits the response, which rules judge, and not the request"),
    Excluded("response_format", "the document does not state which models support a format"),
    Excluded("tools[].function.strict", "the subset of JSON Schema that strict mode supports is not stated"),
    Excluded("suffix", "that only one model supports it depends on the deployment"),
    Excluded("dimensions", "which models support it depends on the deployment"),
    Excluded("messages[user].content[image_url]", "which models accept images depends on the deployment"),
    Excluded("data_sources[].parameters.role_information", "only a live resource counts its 100 tokens"),
    Excluded("prompt", "that a prompt should be in the language of the audio requires nothing of the server"),
    Excluded("functions", "that it is deprecated requires nothing of the server"),
    Excluded("data", "a part above its 64 MB would take longer to send and to store than all other requests"),
)


def prose_points(kind: str, fields: frozenset[str]) -> Iterator[ProsePoint]:
    """The entries for a kind of operation whose request has the given fields."""
    for entry in PROSE:
        if kind in entry.kinds and entry.field in fields:
            yield entry
