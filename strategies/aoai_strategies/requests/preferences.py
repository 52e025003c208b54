"""Preferred values of fields: short, harmless and cheap.

A field is looked up by its full name first, then by shorter and shorter suffixes, so that `function.name`
applies to every function in a request. A preferred value that the schema does not admit is not used.
"""

from __future__ import annotations

import hashlib

from aoai_model.case import Placeholder
from aoai_model.serialization import Json
from aoai_strategies.requests.editing import file_value
from aoai_strategies.requests.jsonl_files import PART, requests_file
from aoai_strategies.requests.media import AUDIO_FILES, PNG_DATA_URL, MediaFile

#: The function of every tool, call and choice, unless a point concerns its name.
FUNCTION = "get_time"
CALL_ID = "call_1"
#: The custom tool of a choice; no plan offers one with it.
CUSTOM_TOOL = "note"
_NO_PARAMETERS: Json = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
_ANSWER_SCHEMA: Json = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}
_FUNCTION_TOOL: Json = {"type": "function", "name": FUNCTION, "parameters": _NO_PARAMETERS, "strict": False}

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
    "url": PNG_DATA_URL,
    "image": PNG_DATA_URL,
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
    "tool_calls.id": CALL_ID,
    "json_schema": {"name": "answer", "schema": _ANSWER_SCHEMA},
    "json_schema.name": "answer",
    "json_schema.schema": _ANSWER_SCHEMA,
    "endpoint": "https://example.search.windows.net",
    "voice": "alloy",
    "completion_window": "24h",
    "metadata": {"purpose": "test"},
    "metadata.*": "test",
    "purpose": "batch",
    "filename": "requests.jsonl",
    "mime_type": "application/jsonl",
    "bytes": len(PART),
    "md5": hashlib.md5(PART, usedforsecurity=False).hexdigest(),
    "limit": 2,
    "searchServiceEndpoint": "https://example.search.windows.net",
    "searchServiceAdminKey": "no-key",
    "storageConnectionString": "DefaultEndpointsProtocol=https;AccountName=example;AccountKey=bm8ta2V5",
    "storageContainer": "documents",
    "embeddingEndpoint": "https://example.openai.azure.com/openai/deployments/none/embeddings",
    "dataRefreshIntervalInMinutes": 0,
}
#: Preferred values for one kind of operation.
_OF_KIND: dict[tuple[str, str], Json] = {
    ("batch-create", "endpoint"): "/chat/completions",
    ("speech", "model"): "tts-1",
    # an unknown deployment is not found, which would hide errors in the other fields
    ("chat", "model"): Placeholder.deployment("chat").mark,
    ("completions", "model"): Placeholder.deployment("completions").mark,
    ("embeddings", "model"): Placeholder.deployment("embeddings").mark,
    ("image-embeddings", "model"): Placeholder.deployment("embeddings").mark,
    ("info", "model"): Placeholder.deployment("chat").mark,
    ("file-upload", "filename"): "renamed.jsonl",
    ("upload-create", "purpose"): "fine-tune",
    ("upload-create", "filename"): "training.jsonl",
    ("ingestion-start", "url"): "https://example.com/",
    ("file-import", "content_url"): "https://example.com/requests.jsonl",
    ("fine-tuning-create", "model"): Placeholder.deployment("fine-tuning").mark,
    ("response-create", "model"): Placeholder.deployment("chat").mark,
    ("response-create", "tools"): [_FUNCTION_TOOL],
    ("response-create", "tools[]"): _FUNCTION_TOOL,
    ("response-create", "tools[function]"): _FUNCTION_TOOL,
    ("response-create", "tools[function].name"): FUNCTION,
    ("response-create", "tools[function].parameters"): _NO_PARAMETERS,
    ("chat", "tool_choice[custom].custom.name"): CUSTOM_TOOL,
    ("response-create", "tools[custom].name"): CUSTOM_TOOL,
    ("response-create", "input[]"): {"role": "user", "content": "Say hi."},
    ("response-create", "input[message].content"): "Say hi.",
    ("response-create", "text.format[json_schema].name"): "answer",
    ("response-create", "text.format[json_schema].schema"): _ANSWER_SCHEMA,
}

#: The key of an undeclared property, by the field that holds it.
PREFERRED_KEYS = {"logit_bias": "100"}


def preferred(field: str, kind: str = "") -> Json:
    """The preferred value for the longest suffix of a field's name that has one; None if there is none.

    Values for the kind of operation take precedence.
    """
    if (kind, field) in _OF_KIND:
        return _OF_KIND[kind, field]
    segments = field.split(".")
    unlabelled = [_without_label(segment) for segment in segments]
    for start in range(len(segments)):
        suffix = ".".join(segments[start:])
        if suffix in PREFERRED:
            return PREFERRED[suffix]
        plain = ".".join(unlabelled[start:])
        if plain in PREFERRED:
            return PREFERRED[plain]
    return None


def _without_label(segment: str) -> str:
    """`content[image_url]` without its branch label; `content[]` as it is."""
    name, _, label = segment.partition("[")
    return segment if label == "]" else name


def upload(kind: str) -> Json:
    """The file for an operation of a kind: audio, one part of a file, or else requests of a batch."""
    if kind in ("transcription", "translation"):
        return file_value(AUDIO_FILES["wav"])
    if kind == "upload-part":
        return file_value(MediaFile("part", "application/octet-stream", PART))
    return file_value(requests_file(1))
