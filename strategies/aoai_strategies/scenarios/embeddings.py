"""Scenarios of embeddings: what the vectors of the same input have in common."""

from __future__ import annotations

from aoai_model.case import Json
from aoai_strategies.requests.media import png_data_url
from aoai_strategies.scenarios.steps import Scenario, Step, twice


def _embedding(prefix: str, one: Json, other: Json) -> tuple[Scenario, ...]:
    """What embeddings of the same input must have in common, where inputs come as a list."""
    return (
        Scenario(
            f"{prefix}.float-against-base64",
            "embeddings.float-against-base64",
            "Both encodings hold the same numbers.",
            (
                Step("float", {"input": [one], "encoding_format": "float"}),
                Step("base64", {"input": [one], "encoding_format": "base64"}),
            ),
        ),
        Scenario(
            f"{prefix}.repeated",
            "embeddings.repeated",
            "The same input has the same vector.",
            (Step("first", {"input": [one]}), Step("second", {"input": [one]})),
        ),
        Scenario(
            f"{prefix}.alone-against-batch",
            "embeddings.alone-against-batch",
            "An input has the same vector alone and among others, at its own index.",
            (Step("alone", {"input": [one]}), Step("batch", {"input": [one, other, one]})),
        ),
    )


EMBEDDINGS: tuple[Scenario, ...] = (
    Scenario(
        "embeddings.float-against-base64",
        "embeddings.float-against-base64",
        "Both encodings hold the same numbers.",
        (
            Step("float", {"input": "hi", "encoding_format": "float"}),
            Step("base64", {"input": "hi", "encoding_format": "base64"}),
        ),
    ),
    twice("embeddings.repeated", "The same input has the same vector.", {"input": "hi"}),
    Scenario(
        "embeddings.alone-against-batch",
        "embeddings.alone-against-batch",
        "An input has the same vector alone and among others, at its own index.",
        (Step("alone", {"input": ["hi"]}), Step("batch", {"input": ["hi", "bye", "hi", "why"]})),
    ),
    *_embedding("embeddings", "hi", "bye"),
)

IMAGE_EMBEDDINGS: tuple[Scenario, ...] = _embedding(
    "image-embeddings", {"image": png_data_url()}, {"image": png_data_url(), "text": "A red square."}
)
