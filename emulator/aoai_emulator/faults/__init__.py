"""The faults: what can be broken on purpose, one module a topic, and the framework that applies them."""

from __future__ import annotations

from importlib import import_module

from aoai_emulator.fault_description import FaultDescription
from aoai_emulator.faults.registry import FaultSet, registered

# Each module registers its faults when it is imported.
TOPICS: tuple[str, ...] = (
    "acceptance",
    "audio",
    "audio_output",
    "batch_lists",
    "batch_results",
    "batch_states",
    "batches",
    "chat",
    "completions",
    "deployed_models",
    "embedding_costs",
    "embeddings",
    "errors",
    "extension_chat",
    "extension_streams",
    "files",
    "filters",
    "framing",
    "function_calls",
    "http",
    "identity",
    "image_operations",
    "image_results",
    "images",
    "ingestion",
    "ingestion_ends",
    "lists",
    "logprobs",
    "model_inference",
    "named_models",
    "newer_chat",
    "speech",
    "stored_things",
    "streamed_speech",
    "streams",
    "subtitles",
    "tool_calls",
    "transcript_figures",
    "transcript_times",
    "uploads",
    "usage",
    "usage_details",
    "wire",
)


def fault_catalogue() -> tuple[FaultDescription, ...]:
    """Return every fault that exists, sorted by id."""
    _load()
    return registered()


def fault_set(fault_ids: tuple[str, ...]) -> FaultSet:
    """Return the faults of these ids, ready to be applied. Raises UnknownNameError."""
    _load()
    return FaultSet(fault_ids)


def _load() -> None:
    for topic in TOPICS:
        import_module(f"aoai_emulator.faults.{topic}")
