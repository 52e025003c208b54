"""Hypothesis strategies for functions, tools, the choice among them, and formats of responses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from aoai_model.serialization import Json
from aoai_strategies.generation.fragments import fragments
from aoai_strategies.generation.parameters import texts

_NAME_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
_SIMPLE_TYPES = ("string", "number", "integer", "boolean")


def function_names(*, max_size: int = 64) -> SearchStrategy[str]:
    """Function names: at most 64 letters, digits, underscores and dashes. Shrinks to "0"."""
    return st.text(_NAME_ALPHABET, min_size=1, max_size=min(max_size, 64))


def parameter_schemas(*, max_properties: int = 3) -> SearchStrategy[dict[str, Json]]:
    """JSON Schemas for the parameters of functions: closed objects with simple required properties.

    Shrinks to an object without properties.
    """
    properties = st.dictionaries(
        st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8),
        st.sampled_from(_SIMPLE_TYPES).map(lambda name: cast("Json", {"type": name})),
        max_size=max_properties,
    )
    return properties.map(_closed_object)


def _closed_object(properties: dict[str, Json]) -> dict[str, Json]:
    required: list[Json] = list(properties)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def functions(*, name: SearchStrategy[str] | None = None) -> SearchStrategy[dict[str, Json]]:
    """Functions in the deprecated form. Shrinks to a function with only the name "0"."""
    return _declarations({}, name)


def tools(*, name: SearchStrategy[str] | None = None) -> SearchStrategy[dict[str, Json]]:
    """Tools with one function each. Shrinks to a function with only the name "0"."""
    strict: SearchStrategy[Json] = st.sampled_from([None, False])
    declared = _declarations({"strict": strict}, name)
    return declared.map(lambda function: {"type": "function", "function": function})


def _declarations(
    more: dict[str, SearchStrategy[Json]], name: SearchStrategy[str] | None
) -> SearchStrategy[dict[str, Json]]:
    optional = {
        "description": texts(),
        "parameters": cast("SearchStrategy[Json]", parameter_schemas()),
        **more,
    }
    names = function_names(max_size=12) if name is None else name
    return fragments(required={"name": names}, optional=optional)


def tool_lists(*, max_size: int = 3) -> SearchStrategy[list[dict[str, Json]]]:
    """Lists of 1 to `max_size` tools (128 at most) with different names. Shrinks to one tool "0"."""
    return st.lists(
        tools(),
        min_size=1,
        max_size=min(max_size, 128),
        unique_by=lambda tool: str(cast("dict[str, Json]", tool["function"])["name"]),
    )


def function_lists(*, max_size: int = 3) -> SearchStrategy[list[dict[str, Json]]]:
    """Lists of 1 to `max_size` functions (128 at most) with different names. Shrinks to one function "0"."""
    return st.lists(
        functions(), min_size=1, max_size=min(max_size, 128), unique_by=lambda function: str(function["name"])
    )


def tool_choices(*, tools: Sequence[dict[str, Json]]) -> SearchStrategy[Json]:
    """Values of `tool_choice`: a keyword, or one of the tools by name. Shrinks to "none"."""
    names = [cast("dict[str, Json]", tool["function"])["name"] for tool in tools]
    named = st.sampled_from(names).map(
        lambda name: cast("Json", {"type": "function", "function": {"name": name}})
    )
    words: SearchStrategy[Json] = st.sampled_from(["none", "auto", "required"])
    return st.one_of(words, named)


def function_choices(*, functions: Sequence[dict[str, Json]]) -> SearchStrategy[Json]:
    """Values of `function_call`: a keyword, or one of the functions by name. Shrinks to "none"."""
    named = st.sampled_from([function["name"] for function in functions]).map(
        lambda name: cast("Json", {"name": name})
    )
    words: SearchStrategy[Json] = st.sampled_from(["none", "auto"])
    return st.one_of(words, named)


def json_schema_formats() -> SearchStrategy[dict[str, Json]]:
    """Response formats that require an instance of a schema, strict ones included.

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
