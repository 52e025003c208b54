"""The exported names of the package: changing them changes what users can import."""

from __future__ import annotations

import aoai_strategies
from aoai_specs.errors import ConformanceError
from aoai_strategies.errors import StrategiesError

EXPORTED = [
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


def test_exports_exactly_these_names() -> None:
    assert sorted(aoai_strategies.__all__) == EXPORTED


def test_each_exported_name_is_a_function_of_the_package() -> None:
    for name in EXPORTED:
        assert getattr(aoai_strategies, name).__module__.startswith("aoai_strategies.generation."), name


def test_every_error_of_the_package_is_documented_in_one_tree() -> None:
    assert issubclass(StrategiesError, ConformanceError)
    from aoai_strategies import errors

    raised = [found for found in vars(errors).values() if isinstance(found, type)]
    assert all(issubclass(found, ConformanceError) for found in raised)
    assert all(found.__name__ in str(errors.__doc__) for found in raised)
