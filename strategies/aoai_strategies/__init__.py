"""Points, cases and plans: which requests are worth sending, as pure data.

The Hypothesis strategies are re-exported here and loaded when they are first asked for, so that whoever only
needs a plan does not import Hypothesis.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aoai_strategies.generation.by_schema import broken_requests, described_requests
    from aoai_strategies.generation.dialogues import (
        assistant_messages,
        content_parts,
        conversations,
        function_exchanges,
        image_parts,
        messages,
        system_messages,
        text_parts,
        tool_exchanges,
        user_messages,
    )
    from aoai_strategies.generation.formats import json_schema_formats, response_formats, transcript_formats
    from aoai_strategies.generation.parameters import (
        choice_counts,
        logit_biases,
        penalties,
        seeds,
        stop_sequences,
        temperatures,
        texts,
        token_limits,
        top_ps,
        users,
    )
    from aoai_strategies.generation.requests import (
        audio_uploads,
        chat_requests,
        completion_requests,
        embedding_requests,
        image_requests,
        speech_requests,
        transcription_requests,
        translation_requests,
    )
    from aoai_strategies.generation.tooling import (
        function_choices,
        function_lists,
        function_names,
        functions,
        parameter_schemas,
        tool_choices,
        tool_lists,
        tools,
    )

_HOMES = {
    "generation.dialogues": (
        "assistant_messages",
        "content_parts",
        "conversations",
        "function_exchanges",
        "image_parts",
        "messages",
        "system_messages",
        "text_parts",
        "tool_exchanges",
        "user_messages",
    ),
    "generation.formats": ("json_schema_formats", "response_formats", "transcript_formats"),
    "generation.parameters": (
        "choice_counts",
        "logit_biases",
        "penalties",
        "seeds",
        "stop_sequences",
        "temperatures",
        "texts",
        "token_limits",
        "top_ps",
        "users",
    ),
    "generation.requests": (
        "audio_uploads",
        "chat_requests",
        "completion_requests",
        "embedding_requests",
        "image_requests",
        "speech_requests",
        "transcription_requests",
        "translation_requests",
    ),
    "generation.by_schema": ("broken_requests", "described_requests"),
    "generation.tooling": (
        "function_choices",
        "function_lists",
        "function_names",
        "functions",
        "parameter_schemas",
        "tool_choices",
        "tool_lists",
        "tools",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "assistant_messages",
    "audio_uploads",
    "broken_requests",
    "chat_requests",
    "choice_counts",
    "completion_requests",
    "content_parts",
    "conversations",
    "described_requests",
    "embedding_requests",
    "function_choices",
    "function_exchanges",
    "function_lists",
    "function_names",
    "functions",
    "image_parts",
    "image_requests",
    "json_schema_formats",
    "logit_biases",
    "messages",
    "parameter_schemas",
    "penalties",
    "response_formats",
    "seeds",
    "speech_requests",
    "stop_sequences",
    "system_messages",
    "temperatures",
    "text_parts",
    "texts",
    "token_limits",
    "tool_choices",
    "tool_exchanges",
    "tool_lists",
    "tools",
    "top_ps",
    "transcript_formats",
    "transcription_requests",
    "translation_requests",
    "user_messages",
    "users",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'aoai_strategies' has no attribute {name!r}")
    return getattr(import_module(f"aoai_strategies.{_HOME_OF[name]}"), name)
