"""Points that come from sentences, not from keywords: relations between fields, and what a file must hold.

Each entry names the field whose description demands it, so that it is planned only where a document has that
field, and its clause is that field's place. Sentences that give no point are listed too, with the reason.
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
    """One sentence as a point.

    `id` is the point's id, `field` the place whose description says so. `concerns` are top-level fields that
    the sentence is about and that no edit changes.
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
    """A normative sentence that gives no point, and why not."""

    field: str
    reason: str


#: The point whose rejection is about a limit of the model.
BEYOND_CONTEXT = "max_tokens:beyond-context"
_CHAT = ("chat",)
_COMPLETIONS = ("completions",)
_TEXT = ("chat", "completions")
_AUDIO = ("transcription", "translation")
_TEXT_PART: Json = {"type": "text", "text": "Say hi."}
_REFUSAL_PART: Json = {"type": "refusal", "refusal": "No."}
_IMAGE_PART: Json = {"type": "image_url", "image_url": {"url": PNG_DATA_URL}}


_BROKEN: tuple[tuple[str, Level, str], ...] = (
    ("empty", "must", "A file without a single byte is no audio."),
    ("truncated", "should", "A file that ends in its header is no audio."),
    ("wrong-type", "should", "Text under an audio file's name is no audio."),
)


def _message(**fields: Json) -> Edit:
    return Edit("/messages/-", dict(fields))


# Where a request makes little sense and no sentence says that it is refused, taking it is worth a note only:
# for JSON mode without the word the document even says what comes of it.
PROSE: tuple[ProsePoint, ...] = (
    ProsePoint(
        "stream_options:without-stream",
        _TEXT,
        "stream_options",
        "reject",
        "must",
        "stream_options may only be set where the answer is streamed.",
        (Edit("/stream_options", {"include_usage": True}),),
    ),
    ProsePoint(
        "top_logprobs:without-logprobs",
        _CHAT,
        "top_logprobs",
        "reject",
        "must",
        "top_logprobs needs logprobs to be true.",
        (Edit("/top_logprobs", 2),),
    ),
    ProsePoint(
        "json_object:without-the-word-json",
        _CHAT,
        "response_format",
        "reject",
        "may",
        "JSON mode needs a message that asks for JSON.",
        (Edit("/response_format", {"type": "json_object"}),),
        concerns=("messages",),
    ),
    ProsePoint(
        "tool-message:answers-no-call",
        _CHAT,
        "messages[tool].tool_call_id",
        "reject",
        "must",
        "A tool message answers a call that was made.",
        (_message(role="tool", tool_call_id="call_1", content="12:00"),),
    ),
    ProsePoint(
        "tool-message:answers-another-call",
        _CHAT,
        "messages[tool].tool_call_id",
        "reject",
        "must",
        "A tool message answers a call that was made, by its id.",
        (Edit("/messages/-", CALLING), _message(role="tool", tool_call_id="call_2", content="12:00")),
    ),
    ProsePoint(
        "assistant:neither-content-nor-calls",
        _CHAT,
        "messages[assistant].content",
        "reject",
        "must",
        "An assistant's message has content unless it makes calls.",
        (_message(role="assistant"),),
    ),
    ProsePoint(
        "assistant:null-content-without-calls",
        _CHAT,
        "messages[assistant].content",
        "reject",
        "must",
        "An assistant's message has content other than null unless it makes calls.",
        (_message(role="assistant", content=None),),
    ),
    ProsePoint(
        "assistant:refusal-beside-text",
        _CHAT,
        "messages[assistant].content[refusal]",
        "reject",
        "must",
        "A refusal part stands alone.",
        (_message(role="assistant", content=[_TEXT_PART, _REFUSAL_PART]),),
    ),
    ProsePoint(
        "assistant:two-refusals",
        _CHAT,
        "messages[assistant].content[refusal]",
        "reject",
        "must",
        "There is at most one refusal part.",
        (_message(role="assistant", content=[_REFUSAL_PART, _REFUSAL_PART]),),
    ),
    ProsePoint(
        "system:image-part",
        _CHAT,
        "messages[system].content[]",
        "reject",
        "must",
        "A system message has parts of type text only.",
        (_message(role="system", content=[_IMAGE_PART]),),
    ),
    ProsePoint(
        "tool-message:image-part",
        _CHAT,
        "messages[tool].content[]",
        "reject",
        "must",
        "A tool message has parts of type text only.",
        (
            Edit("/messages/-", CALLING),
            _message(role="tool", tool_call_id="call_1", content=[_IMAGE_PART]),
        ),
    ),
    ProsePoint(
        "tool_choice:unknown-function",
        _CHAT,
        "tool_choice",
        "reject",
        "must",
        "tool_choice names one of the tools.",
        (
            Edit("/tools", TOOLS),
            Edit("/tool_choice", {"type": "function", "function": {"name": "no_such_function"}}),
        ),
    ),
    ProsePoint(
        "tool_choice:without-tools",
        _CHAT,
        "tool_choice",
        "reject",
        "may",
        "tool_choice chooses among tools.",
        (Edit("/tool_choice", "auto"),),
    ),
    ProsePoint(
        "parallel_tool_calls:without-tools",
        _CHAT,
        "parallel_tool_calls",
        "reject",
        "may",
        "parallel_tool_calls speaks of the use of tools.",
        (Edit("/parallel_tool_calls", True),),
    ),
    ProsePoint(
        "function_call:unknown-function",
        _CHAT,
        "function_call",
        "reject",
        "must",
        "function_call names one of the functions.",
        (
            Edit("/functions", FUNCTIONS),
            Edit("/function_call", {"name": "no_such_function"}),
        ),
    ),
    ProsePoint(
        "function_call:without-functions",
        _CHAT,
        "function_call",
        "reject",
        "may",
        "function_call chooses among functions.",
        (Edit("/function_call", "auto"),),
    ),
    ProsePoint(
        "audio:left-out",
        _CHAT,
        "audio",
        "reject",
        "must",
        "Whoever asks for sound says with which voice and in which format.",
        (Edit("/modalities", ["text", "audio"]),),
    ),
    ProsePoint(
        "logit_bias:key-that-is-no-token",
        _TEXT,
        "logit_bias",
        "reject",
        "should",
        "The keys of logit_bias are ids of tokens.",
        (Edit("/logit_bias", {"hello": 1}),),
    ),
    ProsePoint(
        "best_of:with-stream",
        _COMPLETIONS,
        "best_of",
        "reject",
        "must",
        "The best of several answers cannot be streamed.",
        (Edit("/best_of", 2), Edit("/stream", True)),
    ),
    ProsePoint(
        "best_of:below-n",
        _COMPLETIONS,
        "best_of",
        "reject",
        "must",
        "best_of is not smaller than n.",
        (Edit("/best_of", 2), Edit("/n", 3)),
    ),
    ProsePoint(
        BEYOND_CONTEXT,
        _COMPLETIONS,
        "max_tokens",
        "reject",
        "should",
        "Prompt and max_tokens together fit into the model's context.",
        (Edit("/max_tokens", 2**31 - 1),),
    ),
    ProsePoint(
        "input:above-2048-tokens",
        ("embeddings",),
        "input",
        "any",
        "may",
        "The prose allows 2048 tokens an input; the models allow more.",
        (Edit("/input", "hi " * 2049),),
        deep=True,
    ),
    ProsePoint(
        "language:not-iso-639-1",
        ("transcription",),
        "language",
        "any",
        "may",
        "A language in another form than ISO 639-1 serves worse, and may be refused.",
        (Edit("/language", "English"),),
    ),
    ProsePoint(
        "language:told-back",
        ("transcription",),
        "language",
        "accept",
        "must",
        "A verbose answer tells the language that the request told.",
        (Edit("/language", "en"), Edit("/response_format", "verbose_json")),
    ),
    *(
        ProsePoint(
            f"file:{name}",
            _AUDIO,
            "file",
            "accept",
            "must" if name == "wav" else "should",
            f"Speech may be sent as {name.upper()}.",
            (Edit("/file", file_value(media)),),
        )
        for name, media in AUDIO_FILES.items()
    ),
    *(
        ProsePoint(
            f"file:{name}",
            _AUDIO,
            "file",
            "reject",
            level,
            description,
            (Edit("/file", file_value(BROKEN_AUDIO_FILES[name])),),
        )
        for name, level, description in _BROKEN
    ),
    ProsePoint(
        "file:not-a-file",
        _AUDIO,
        "file",
        "reject",
        "should",
        "The audio is sent as a file, not as a text field.",
        (Edit("/file", "speech.wav"),),
    ),
)

EXCLUDED: tuple[Excluded, ...] = (
    Excluded("temperature", "altering it or top_p but not both is advice, and servers accept both"),
    Excluded(
        "max_tokens", "how long a chat answer may be is the model's own limit, which no document states"
    ),
    Excluded("max_completion_tokens", "it bounds the answer, which is judged, and not the request"),
    Excluded("response_format", "which models know a format is not in the document"),
    Excluded("tools[].function.strict", "the subset of JSON Schema that strict mode takes is not stated"),
    Excluded("suffix", "that it is for one model only depends on the deployment"),
    Excluded("dimensions", "which models take it depends on the deployment"),
    Excluded("messages[user].content[image_url]", "which models see pictures depends on the deployment"),
    Excluded(
        "data_sources[].parameters.role_information", "its 100 tokens are counted by a live resource only"
    ),
    Excluded("prompt", "that a prompt should be in the language of the audio asks nothing of the server"),
    Excluded("functions", "that it is deprecated asks nothing of the server"),
    Excluded("data", "a part beyond its 64 MB would take longer to send and to keep than all other requests"),
)


def prose_points(kind: str, fields: frozenset[str]) -> Iterator[ProsePoint]:
    """The entries for a kind of operation whose request has the given fields."""
    for entry in PROSE:
        if kind in entry.kinds and entry.field in fields:
            yield entry
