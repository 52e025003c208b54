"""Points at which document and service are known to disagree, as data with reason and source.

Tests still follow the document, but a server that behaves like the service must not fail for it: such a point
has the level `may`, so that runs report it without failing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from aoai_model.case import Point
from aoai_model.serialization import Json
from aoai_specs.schemas.validators import SchemaError


@dataclass(frozen=True, slots=True)
class KnownDisagreement:
    """A point of operations of one kind, why the document is doubtful there, and the source of that.

    A point that ends in `*` means all points with that prefix that should be accepted.
    """

    kind: str
    point: str
    reason: str
    source: str


_TOKENS = "the service also accepts arrays of tokens, and common clients send them"
_TOKENS_SOURCE = "https://github.com/microsoft/aoai-api-simulator/issues/87"
_MODEL = "which models make that many images, or images of that size, depends on the deployment"
_MODEL_SOURCE = "prose of azure-openai@2025-01-01-preview#/components/schemas/ImageGenerationOptions"
_HEARING = "which models accept audio depends on the deployment"
_HEARING_SOURCE = "azure-openai@2025-01-01-preview#/components/schemas/ChatCompletionModality"
_PURPOSE = "only one of the two descriptions of 2025-01-01-preview has this purpose here"
_PURPOSE_SOURCE = "azure-openai@2025-01-01-preview#/components/schemas/FilePurpose"
_AUDIO = "ai-model-inference@2025-04-01#/components/schemas/ChatCompletionsOptions/properties/modalities"
_SPEAKING = "which models produce audio depends on the deployment"
_VECTORS = "which of these a model supports depends on the deployment, and others reject the request"
_VECTORS_SOURCE = "prose of ai-model-inference@2025-04-01#/components/schemas/EmbeddingEncodingFormat"
_SPEAKER = "the deployment determines the model, and the provider's own page sends another name"
_SPEAKER_SOURCE = "prose of azure-openai@2024-02-15-preview#/components/schemas/createSpeechRequest"

KNOWN_DISAGREEMENTS: tuple[KnownDisagreement, ...] = (
    KnownDisagreement("embeddings", "input[].type:integer", _TOKENS, _TOKENS_SOURCE),
    KnownDisagreement("embeddings", "input[].type:array", _TOKENS, _TOKENS_SOURCE),
    KnownDisagreement(
        "embeddings",
        "input.nullable:null",
        "the field is required and null contains nothing to embed; the service rejects it",
        "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1embeddings/post/requestBody",
    ),
    KnownDisagreement(
        "completions",
        "best_of.minimum:at",
        "the minimum is 0, but the prose requires best_of to be no less than n, at least 1",
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
        "it refers to an earlier response of the model, and a run has none",
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
        "the prose also accepts a text, and common clients send one",
        "prose of ai-model-inference@2025-04-01#/components/schemas/EmbeddingsOptions/properties/input",
    ),
    KnownDisagreement("speech", "model.enum:outside", _SPEAKER, _SPEAKER_SOURCE),
    KnownDisagreement(
        "speech",
        "model.required:missing",
        "the deployment determines the model, and a later version does not require the field",
        "azure-openai@2025-01-01-preview#/components/schemas/SpeechGenerationOptions/required",
    ),
    KnownDisagreement("file-list", "purpose.enum:vision", _PURPOSE, _PURPOSE_SOURCE),
    KnownDisagreement("file-upload", "purpose.enum:vision", _PURPOSE, _PURPOSE_SOURCE),
    KnownDisagreement("file-upload", "purpose.enum:batch_output", _PURPOSE, _PURPOSE_SOURCE),
    KnownDisagreement("upload-create", "purpose.enum:vision", _PURPOSE, _PURPOSE_SOURCE),
)
_BY_POINT = {(one.kind, one.point): one for one in KNOWN_DISAGREEMENTS}
_ITEM = re.compile(r"/\d+(?=/|\Z)")
_TYPE_KEYWORDS = frozenset({"type", "oneOf", "anyOf"})
#: What a service extends without a new version.
_GROWING = _TYPE_KEYWORDS | {"enum", "const", "discriminator"}
#: In Python a boolean is an integer, so it comes first.
_TYPES = {bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}
_PREFIXES = tuple(
    (one.kind, one.point.removesuffix("*")) for one in KNOWN_DISAGREEMENTS if one.point.endswith("*")
)


def soften(kind: str, point: Point) -> Point:
    """The point, with the level `may` where a disagreement is known for operations of this kind."""
    return replace(point, level="may") if _is_known(kind, point) else point


def soften_recorded(kind: str, point: Point, broken: SchemaError, *, dated: bool = True) -> Point:
    """The point of a recorded request, at the level and with the disagreement that it has in a plan.

    `broken` is the schema error of the request. A version that is not `dated` grows after its description was
    written: to accept a further value or type, or an item of a list that leaves out a member, is a SHOULD.
    """
    known = _BY_POINT.get((kind, _planned_id(broken)))
    if known is not None:
        text = f"{point.description} Known disagreement: {known.reason} ({known.source})."
        return replace(point, level="may", description=text)
    grown = broken.keyword in _GROWING or (broken.keyword == "required" and _ITEM.search(broken.pointer))
    return replace(point, level="should") if broken.actual is None or (grown and not dated) else point


def _planned_id(broken: SchemaError) -> str:
    """The id that a plan gives to the point of such an error: `input[].type:integer`."""
    field = _ITEM.sub("[]", broken.pointer).lstrip("/").replace("/", ".")
    if broken.keyword == "required":
        return f"{field}.required:missing"
    if broken.keyword in _TYPE_KEYWORDS:
        return f"{field}.nullable:null" if broken.actual is None else f"{field}.type:{_type(broken.actual)}"
    return f"{field}.{broken.keyword}:outside"


def _type(value: Json) -> str:
    return next((name for kind, name in _TYPES.items() if isinstance(value, kind)), "number")


def _is_known(kind: str, point: Point) -> bool:
    return (kind, point.id) in _BY_POINT or (
        point.expect == "accept"
        and any(kind == known and point.id.startswith(prefix) for known, prefix in _PREFIXES)
    )
