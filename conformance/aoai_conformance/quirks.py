"""Quirks: ways in which the real service is known to differ from its description.

A quirk is lawful here: the rules that it would break pass, and the verdict names it, so that a report shows it
as known. Each entry says what is seen, who saw it, and which rules let it pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aoai_conformance.pointing import objects
from aoai_conformance.views import Chunk

if TYPE_CHECKING:
    from aoai_specs.document import Operation

    from aoai_conformance.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Quirk:
    """One known habit. `excuses` are the ids of the rules that let it pass, `fields` the members it adds."""

    id: str
    description: str
    source: str
    excuses: frozenset[str]
    seen: Callable[[Exchange, Operation], bool]
    fields: frozenset[str] = frozenset()


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
    return bool(choices) and all(
        "content_filter_offsets" in choice and not choice.get("delta") for _, choice in choices
    )


def is_service_chunk(chunk: Chunk) -> bool:
    """Whether the service added this chunk beside the model's own."""
    return is_preamble(chunk) or is_filter_note(chunk)
