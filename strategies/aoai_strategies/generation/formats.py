"""Hypothesis strategies for the formats that an answer may be asked for in."""

from __future__ import annotations

from typing import cast

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from aoai_model.serialization import Json
from aoai_strategies.generation.fragments import fragments
from aoai_strategies.generation.parameters import texts
from aoai_strategies.generation.tooling import function_names, parameter_schemas


def json_schema_formats() -> SearchStrategy[dict[str, Json]]:
    """Response formats that ask for an instance of a schema; strict ones too.

    Shrinks to the schema of an object without properties, under the name "0".
    """
    definition = fragments(
        required={
            "name": function_names(max_size=12),
            "schema": cast("SearchStrategy[Json]", parameter_schemas()),
        },
        optional={"description": texts(), "strict": st.sampled_from([None, False, True])},
    )
    return definition.map(lambda found: {"type": "json_schema", "json_schema": found})


def response_formats() -> SearchStrategy[dict[str, Json]]:
    """Values of `response_format` for chat: text, any JSON object, or JSON by a schema. Shrinks to text."""
    plain: SearchStrategy[dict[str, Json]] = st.sampled_from(["text", "json_object"]).map(
        lambda name: {"type": name}
    )
    return st.one_of(plain, json_schema_formats())


def transcript_formats() -> SearchStrategy[str]:
    """Values of `response_format` for audio. Shrinks to "json"."""
    return st.sampled_from(["json", "text", "srt", "verbose_json", "vtt"])
