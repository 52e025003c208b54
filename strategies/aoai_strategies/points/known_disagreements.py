"""Points on which the document and the service are known to disagree: data, each with reason and source.

The document stays what is tested, but a server that does as the service does is not to blame: such a point
is a `may`, so that a run tells of it and nobody's release is stopped by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from aoai_model.case import Json, Point
from aoai_specs.schemas.schema_errors import SchemaError


@dataclass(frozen=True, slots=True)
class KnownDisagreement:
    """A point of operations of one kind, what speaks against the document there, and where that is told.

    A point that ends in `*` stands for all that begin like it and are to be accepted.
    """

    kind: str
    point: str
    reason: str
    source: str


_TOKENS = "the service takes arrays of tokens as well, and common clients send them"
_TOKENS_SOURCE = "https://github.com/microsoft/aoai-api-simulator/issues/87"
_MODEL = "which of the models draws that many pictures, or pictures of that size, depends on the deployment"
_MODEL_SOURCE = "prose of azure-openai@2025-01-01-preview#/components/schemas/ImageGenerationOptions"
_HEARING = "which models hear depends on the deployment"
_HEARING_SOURCE = "azure-openai@2025-01-01-preview#/components/schemas/ChatCompletionModality"
_PURPOSE = "of the two descriptions of 2025-01-01-preview only one knows this purpose here"
_PURPOSE_SOURCE = "azure-openai@2025-01-01-preview#/components/schemas/FilePurpose"
_AUDIO = "ai-model-inference@2025-04-01#/components/schemas/ChatCompletionsOptions/properties/modalities"
_SPEAKING = "which models speak depends on the deployment"
_VECTORS = "which of these a model knows depends on the deployment, and others refuse the request"
_VECTORS_SOURCE = "prose of ai-model-inference@2025-04-01#/components/schemas/EmbeddingEncodingFormat"
_SPEAKER = "the deployment decides which model speaks, and the provider's own page sends another name"
_SPEAKER_SOURCE = "prose of azure-openai@2024-02-15-preview#/components/schemas/createSpeechRequest"

DISPUTES: tuple[KnownDisagreement, ...] = (
    KnownDisagreement("embeddings", "input[].type:integer", _TOKENS, _TOKENS_SOURCE),
    KnownDisagreement("embeddings", "input[].type:array", _TOKENS, _TOKENS_SOURCE),
    KnownDisagreement(
        "embeddings",
        "input.nullable:null",
        "the field is required and there is nothing to embed in null, which the service refuses",
        "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1embeddings/post/requestBody",
    ),
    KnownDisagreement(
        "completions",
        "best_of.minimum:at",
        "the minimum is 0, and the prose beside it wants best_of to be no smaller than n, at least 1",
        "azure-openai@2024-10-21#/components/schemas/createCompletionRequest/properties/best_of",
    ),
    KnownDisagreement("images", "n.minimum:inside", _MODEL, _MODEL_SOURCE),
    KnownDisagreement("images", "n.maximum:inside", _MODEL, _MODEL_SOURCE),
    KnownDisagreement("images", "n.maximum:at", _MODEL, _MODEL_SOURCE),
    KnownDisagreement("images", "size.enum:256x256", _MODEL, _MODEL_SOURCE),
    KnownDisagreement("images", "size.enum:512x512", _MODEL, _MODEL_SOURCE),
    KnownDisagreement("chat", "messages[user].content[].oneOf:input_audio", _HEARING, _HEARING_SOURCE),
    KnownDisagreement("chat", "messages[user].content[].discriminator:audio_url", _HEARING, _AUDIO),
    KnownDisagreement("chat", "messages[user].content[].discriminator:input_audio", _HEARING, _AUDIO),
    KnownDisagreement("chat", "messages[user].content[audio_url]*", _HEARING, _AUDIO),
    KnownDisagreement("chat", "messages[user].content[input_audio]*", _HEARING, _AUDIO),
    KnownDisagreement("chat", "modalities[].enum:audio", _SPEAKING, _AUDIO),
    KnownDisagreement("chat", "modalities.items:2", _SPEAKING, _AUDIO),
    KnownDisagreement(
        "chat",
        "messages[assistant].audio*",
        "it names something that the model said before, and a run has nothing of the kind",
        "ai-model-inference@2025-04-01#/components/schemas/ChatRequestAudioReference/properties/id",
    ),
    *(
        KnownDisagreement(kind, point, _VECTORS, _VECTORS_SOURCE)
        for kind in ("embeddings", "image-embeddings")
        for point in (
            "encoding_format.enum:binary",
            "encoding_format.enum:int8",
            "encoding_format.enum:ubinary",
            "encoding_format.enum:uint8",
            "input_type.enum:*",
            "dimensions.format:valid",
        )
    ),
    KnownDisagreement("image-embeddings", "input[].text.type:string", _VECTORS, _VECTORS_SOURCE),
    KnownDisagreement(
        "embeddings",
        "input.type:string",
        "the prose takes a text as well as a list, and common clients send one",
        "prose of ai-model-inference@2025-04-01#/components/schemas/EmbeddingsOptions/properties/input",
    ),
    KnownDisagreement("speech", "model.enum:outside", _SPEAKER, _SPEAKER_SOURCE),
    KnownDisagreement(
        "speech",
        "model.required:missing",
        "the deployment decides which model speaks, and a later version asks for none",
        "azure-openai@2025-01-01-preview#/components/schemas/SpeechGenerationOptions/required",
    ),
    KnownDisagreement("file-list", "purpose.enum:vision", _PURPOSE, _PURPOSE_SOURCE),
    KnownDisagreement("file-upload", "purpose.enum:vision", _PURPOSE, _PURPOSE_SOURCE),
    KnownDisagreement("file-upload", "purpose.enum:batch_output", _PURPOSE, _PURPOSE_SOURCE),
    KnownDisagreement("upload-create", "purpose.enum:vision", _PURPOSE, _PURPOSE_SOURCE),
)
_BY_POINT = {(one.kind, one.point): one for one in DISPUTES}
_ITEM = re.compile(r"/\d+(?=/|\Z)")
_OF_TYPES = frozenset({"type", "oneOf", "anyOf"})
#: A boolean is an integer to Python, so it comes first.
_TYPES = {bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}
_BEGINNINGS = tuple((one.kind, one.point.removesuffix("*")) for one in DISPUTES if one.point.endswith("*"))


def settled(kind: str, point: Point) -> Point:
    """The point, as a may where it is disputed for operations of this kind."""
    return replace(point, level="may") if _disputed(kind, point) else point


def settled_in_recording(kind: str, point: Point, broken: SchemaError) -> Point:
    """A point of a recorded request at the level that the same value has in a plan, with the dispute if any.

    `broken` is how the request breaks its schema.
    """
    dispute = _BY_POINT.get((kind, _planned_id(broken)))
    if dispute is not None:
        told = f"{point.description} Known disagreement: {dispute.reason} ({dispute.source})."
        return replace(point, level="may", description=told)
    return replace(point, level="should") if broken.actual is None else point


def _planned_id(broken: SchemaError) -> str:
    """The id that a plan gives to the point of such a value: `input[].type:integer`."""
    field = _ITEM.sub("[]", broken.pointer).lstrip("/").replace("/", ".")
    if broken.keyword == "required":
        return f"{field}.required:missing"
    if broken.keyword in _OF_TYPES:
        return f"{field}.nullable:null" if broken.actual is None else f"{field}.type:{_type(broken.actual)}"
    return f"{field}.{broken.keyword}:outside"


def _type(value: Json) -> str:
    return next((name for kind, name in _TYPES.items() if isinstance(value, kind)), "number")


def _disputed(kind: str, point: Point) -> bool:
    return (kind, point.id) in _BY_POINT or (
        point.expect == "accept"
        and any(kind == known and point.id.startswith(beginning) for known, beginning in _BEGINNINGS)
    )
