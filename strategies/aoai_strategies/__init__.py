"""Points, cases and plans: the requests to send, as pure data.

This module exports the Hypothesis strategies, for any test: `requests_for` draws requests to an operation of
any document, the others their parts. `planning.planning.plan` makes plans. The strategies are loaded on first
access, so that planning does not import Hypothesis; without it, access raises MissingExtraError.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aoai_specs.errors import MissingExtraError

if TYPE_CHECKING:
    from aoai_strategies.generation.by_schema import *  # noqa: F403
    from aoai_strategies.generation.dialogues import *  # noqa: F403
    from aoai_strategies.generation.document_requests import *  # noqa: F403
    from aoai_strategies.generation.parameters import *  # noqa: F403
    from aoai_strategies.generation.requests import *  # noqa: F403
    from aoai_strategies.generation.tooling import *  # noqa: F403

_MODULES = ("by_schema", "dialogues", "parameters", "requests", "tooling", "document_requests")

__all__ = [  # noqa: F405 - the strategies of these modules
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
    "requests_for",
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
    if name in __all__:
        for module in _MODULES:
            try:
                found = getattr(import_module(f"aoai_strategies.generation.{module}"), name, None)
            except ModuleNotFoundError as error:
                if error.name != "hypothesis":
                    raise
                raise MissingExtraError("hypothesis", "A Hypothesis strategy") from None
            if found is not None:
                return found
    raise AttributeError(f"module 'aoai_strategies' has no attribute {name!r}")
