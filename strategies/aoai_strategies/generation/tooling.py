"""Hypothesis strategies for functions and tools that a model may call, and for the choice among them."""

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
    """Names of functions: letters, digits, underscores and dashes, 64 at most. Shrinks to "0"."""
    return st.text(_NAME_ALPHABET, min_size=1, max_size=min(max_size, 64))


def parameter_schemas(*, max_properties: int = 3) -> SearchStrategy[dict[str, Json]]:
    """JSON Schemas of a function's parameters: a closed object of simple properties, all of them required.

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
    """Declarations of a function, in the deprecated form. Shrinks to a function "0" with nothing else."""
    return _declarations({}, name)


def tools(*, name: SearchStrategy[str] | None = None) -> SearchStrategy[dict[str, Json]]:
    """Tools with one function each. Shrinks to a tool whose function is "0" with nothing else."""
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
    """Lists of 1 to `max_size` tools (128 at most) of different names. Shrinks to one tool "0"."""
    return st.lists(
        tools(),
        min_size=1,
        max_size=min(max_size, 128),
        unique_by=lambda tool: str(cast("dict[str, Json]", tool["function"])["name"]),
    )


def function_lists(*, max_size: int = 3) -> SearchStrategy[list[dict[str, Json]]]:
    """Lists of 1 to `max_size` functions (128 at most) of different names. Shrinks to one function "0"."""
    return st.lists(
        functions(), min_size=1, max_size=min(max_size, 128), unique_by=lambda function: str(function["name"])
    )


def tool_choices(*, tools: Sequence[dict[str, Json]]) -> SearchStrategy[Json]:
    """Choices among the given tools: a word, or one of them by name. Shrinks to "none"."""
    names = [cast("dict[str, Json]", tool["function"])["name"] for tool in tools]
    named = st.sampled_from(names).map(
        lambda name: cast("Json", {"type": "function", "function": {"name": name}})
    )
    words: SearchStrategy[Json] = st.sampled_from(["none", "auto", "required"])
    return st.one_of(words, named)


def function_choices(*, functions: Sequence[dict[str, Json]]) -> SearchStrategy[Json]:
    """Choices among the given functions: a word, or one of them by name. Shrinks to "none"."""
    named = st.sampled_from([function["name"] for function in functions]).map(
        lambda name: cast("Json", {"name": name})
    )
    words: SearchStrategy[Json] = st.sampled_from(["none", "auto"])
    return st.one_of(words, named)
