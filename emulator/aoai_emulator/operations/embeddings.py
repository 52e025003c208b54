"""The embeddings operation: vectors of unit length that depend on text and model only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aoai_emulator.content.prose import word_of
from aoai_emulator.content.seeding import response_id
from aoai_emulator.content.templates import JsonShape
from aoai_emulator.content.tokens import count
from aoai_emulator.content.vector_forms import FORMS
from aoai_emulator.content.vectors import Vector, vector
from aoai_emulator.http.json_text import JsonObject, JsonText
from aoai_emulator.http.model_capabilities import incapable
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.service import JsonResponse, Service, ServiceResponse, ShapedResponse


async def respond_to_embeddings(request: AcceptedRequest) -> ServiceResponse:
    """Respond to an embeddings request."""
    texts = inputs(request.fields)
    tokens = sum(map(tokens_of, texts))
    body = listed(request, texts, tokens)
    if len(texts) == 1:
        embedding = body["data"][0]["embedding"]
        if isinstance(embedding, str | JsonText):
            values = (body["id"], embedding, body["model"], tokens, tokens)
            return ShapedResponse(_ONE, values, lambda: body)
    return JsonResponse(body)


def listed(request: AcceptedRequest, identities: Sequence[str], tokens: int) -> JsonObject:
    """Build the list of vectors, one for each identity: a text that determines the vector."""
    fields = request.fields
    dimensions = fields.get("dimensions", request.deployment.dimensions)
    form = fields.get("encoding_format", "float")
    known: dict[str, object] = {}
    for identity in identities:
        if identity not in known:
            known[identity] = _in_form(vector(request.deployment.model, identity, dimensions), form)
    return {
        "id": response_id("embd-"),
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": known[identity]}
            for index, identity in enumerate(identities)
        ],
        "model": request.deployment.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _in_form(found: Vector, form: str) -> object:
    """Return a vector in a form; in an unknown one, which only faults accept, as numbers."""
    if form == "float" or form not in FORMS:
        return JsonText(found.text())
    return FORMS[form](found.numbers())


def inputs(fields: JsonObject) -> list[str]:
    """Return the texts to embed; an input of null is the empty text, the document's default.

    A list of token ids stands for the text of these words.
    """
    value = fields.get("input") or ""
    if isinstance(value, str):
        return [value]
    if value and isinstance(value[0], int):
        return [_text_of(value)]
    return [each if isinstance(each, str) else _text_of(each) for each in value]


def _text_of(tokens: object) -> str:
    """Return the text that token ids stand for; other values, which only faults accept, as they are."""
    if isinstance(tokens, list) and all(isinstance(token, int) for token in tokens):
        return "".join(word_of(token) for token in tokens)
    return str(tokens)


def tokens_of(text: str) -> int:
    """Count the tokens of one input; the empty text counts as one."""
    return count(text) or 1


def dimensions_are_possible(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield a rejection of a vector length that this model does not support."""
    deployment, wanted = request.deployment, request.fields.get("dimensions")
    if wanted is not None and not deployment.shortens:
        yield incapable(
            request,
            "dimensions",
            wanted,
            f"This model does not support specifying dimensions: {deployment.model}.",
            code="unsupported_parameter",
        )
    elif wanted is not None and not 1 <= wanted <= deployment.dimensions:
        yield incapable(
            request,
            "dimensions",
            wanted,
            f"Invalid 'dimensions': expected 1 to {deployment.dimensions}, but got {wanted}.",
            code="invalid_value",
        )


def form_is_known(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield a rejection of an unknown vector format."""
    form = request.fields.get("encoding_format", "float")
    if request.document.name.surface == "ai-model-inference" and form not in FORMS:
        yield incapable(request, "encoding_format", form, f"Unknown form of vectors: {form}.")


def embedding_relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield a rejection of dimensions that this model does not support, and of texts that are too long."""
    deployment = request.deployment
    yield from dimensions_are_possible(request)
    yield from form_is_known(request)
    texts = inputs(request.fields)
    for index, text in enumerate(texts):
        length = tokens_of(text)
        if length > deployment.context_tokens:
            yield invalid_request(
                f"This model's maximum context length is {deployment.context_tokens} tokens, however you"
                f" requested {length} tokens in one input.",
                param="input" if len(texts) == 1 else f"input[{index}]",
                code="context_length_exceeded",
            )


#: A single vector that is text.
_ONE = JsonShape(
    "one vector",
    (("id",), ("data", 0, "embedding"), ("model",), ("usage", "prompt_tokens"), ("usage", "total_tokens")),
)
SERVICE = Service("embeddings", "embeddings", embedding_relations, respond_to_embeddings)
