"""Which value stands in a field when nothing in particular is asked of it: short, harmless and cheap.

A field is looked up by its whole name first, then by ever shorter endings, so that `function.name` serves
every function that a request names. A preferred value that the schema at hand does not admit is passed over.
"""

from __future__ import annotations

from aoai_strategies.case import Json
from aoai_strategies.editing import file_value
from aoai_strategies.media import MediaFile, audio_files, png_data_url

#: The one function that every generated tool, call and choice speaks of, unless a point is about its name.
FUNCTION = "get_time"
CALL_ID = "call_1"
_NO_PARAMETERS: Json = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
_ANSWER_SCHEMA: Json = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}

PREFERRED: dict[str, Json] = {
    "messages[]": {"role": "user", "content": "Say hi."},
    "messages[assistant]": {"role": "assistant", "content": "Hi."},
    "messages[function].name": FUNCTION,
    "messages[function].content": "12:00",
    "messages[tool].content": "12:00",
    "content": "Say hi.",
    "text": "Say hi.",
    "refusal": "No.",
    "prompt": "Say hi.",
    "input": "hi",
    "input[]": "hi",
    "suffix": " Bye.",
    "stop": "END",
    "stop[]": "END",
    "user": "user-1",
    "language": "en",
    "max_tokens": 16,
    "max_completion_tokens": 16,
    "max_output_tokens": 16,
    "seed": 1,
    "dimensions": 16,
    "logit_bias": {"100": 0},
    "logit_bias.*": 0,
    "url": png_data_url(),
    "image": png_data_url(),
    "tools": [{"type": "function", "function": {"name": FUNCTION, "parameters": _NO_PARAMETERS}}],
    "functions": [{"name": FUNCTION, "parameters": _NO_PARAMETERS}],
    "function.name": FUNCTION,
    "functions[].name": FUNCTION,
    "function_call.name": FUNCTION,
    "function.parameters": _NO_PARAMETERS,
    "functions[].parameters": _NO_PARAMETERS,
    "arguments": "{}",
    "tool_call_id": CALL_ID,
    "tool_calls[].id": CALL_ID,
    "json_schema": {"name": "answer", "schema": _ANSWER_SCHEMA},
    "json_schema.name": "answer",
    "json_schema.schema": _ANSWER_SCHEMA,
    "endpoint": "https://example.search.windows.net",
    "voice": "alloy",
    "completion_window": "24h",
}

#: The key of an undeclared property, by the field that holds it.
PREFERRED_KEYS = {"logit_bias": "100"}
_FIRST_BATCH_LINE = b'{"custom_id": "1", "method": "POST", "url": "/chat/completions", "body": {}}\n'


def preferred(field: str) -> Json:
    """The preferred value of a field by the longest ending of its name that is listed; None where none is."""
    segments = field.split(".")
    for start in range(len(segments)):
        ending = ".".join(segments[start:])
        if ending in PREFERRED:
            return PREFERRED[ending]
        plain = _unlabelled(ending)
        if plain != ending and plain in PREFERRED:
            return PREFERRED[plain]
    return None


def _unlabelled(ending: str) -> str:
    """`content[image_url].image_url.url` without its branch labels, which only tell places apart."""
    kept: list[str] = []
    for segment in ending.split("."):
        name, bracket, label = segment.partition("[")
        kept.append(segment if not bracket or label == "]" else name)
    return ".".join(kept)


def upload(kind: str) -> Json:
    """The file that an operation of a kind is given: sound for audio, else a line of a batch."""
    if kind in ("transcription", "translation"):
        return file_value(audio_files()["wav"])
    return file_value(MediaFile("batch.jsonl", "application/jsonl", _FIRST_BATCH_LINE))
