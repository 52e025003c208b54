"""Chunks that the content filter adds to a stream, beside the model's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aoai_conformance.json_access import objects

if TYPE_CHECKING:
    from aoai_conformance.views.exchange_views import Chunk


def is_preamble(chunk: Chunk) -> bool:
    """Whether this is the chunk of prompt filter results without choices that comes before the answer."""
    return (
        not chunk.choices
        and isinstance(chunk.json.get("prompt_filter_results", chunk.json.get("prompt_annotations")), list)
        and not chunk.json.get("id")
    )


def is_filter_note(chunk: Chunk) -> bool:
    """Whether this is a chunk of the asynchronous filter: results and offsets in a choice without a delta."""
    choices = objects(chunk.choices)
    mark = "content_filter_offsets" if chunk.json.get("id") else "content_filter_results"
    return bool(choices) and all(
        mark in choice and not choice.get("delta") and not choice.get("text") for _, choice in choices
    )


def is_service_chunk(chunk: Chunk) -> bool:
    """Whether the service added this chunk beside the model's own."""
    return is_preamble(chunk) or is_filter_note(chunk)
