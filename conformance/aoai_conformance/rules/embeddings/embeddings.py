"""Embeddings: number, order, format, size and usage."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.formats.vectors import Vector, VectorError, cosine, is_finite, length, parse_vector
from aoai_conformance.json_access import dig, elements, objects, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import EMBEDDINGS, VECTORS, rule
from aoai_conformance.views.responses import Embedding, EmbeddingsReply
from aoai_model.verdict import Violation

_POST = "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1embeddings/post"
_REQUEST = f"{_POST}/requestBody/content/application~1json/schema/properties"
_RESPONSE = f"{_POST}/responses/200/content/application~1json/schema/properties"
_ITEM = f"{_RESPONSE}/data/items/properties"
_SDK = "https://github.com/openai/openai-python/blob/main/src/openai/types"
#: With fewer dimensions, different texts may have the same vector.
_FEW = 8
_SAME = 0.999
#: The range of numbers in each compressed format.
_BYTES = {"int8": (-128, 127), "binary": (-128, 127), "uint8": (0, 255), "ubinary": (0, 255)}
#: Encodings with one bit for each dimension.
_BITS = ("binary", "ubinary")


class ExpectedEmbeddings(EmbeddingsReply):
    """Embeddings for a valid request."""

    def applies(self) -> bool:
        """Whether the request should not be rejected."""
        return self.case.expect != "reject" and super().applies()

    @cached_property
    def vectors(self) -> tuple[tuple[Embedding, Vector], ...]:
        """Each item that has a vector, with it."""
        pairs = ((item, item.vector) for item in self.items)
        return tuple((item, vector) for item, vector in pairs if vector is not None)


@rule(
    "EMBEDDINGS-001",
    must="return one vector for each input",
    clause=f"{_REQUEST}/input",
    operations=VECTORS,
)
def returns_one_vector_per_input(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """A string is one input; a list has several."""
    if reply.count is not None and len(reply.json["data"]) != reply.count:
        yield reply.violates(
            "/data",
            "The number of vectors differs from the number of inputs.",
            expected=reply.count,
            actual=len(reply.json["data"]),
        )


@rule(
    "EMBEDDINGS-002",
    must="number the vectors from 0, using each index once",
    clause=f"{_ITEM}/index",
    operations=VECTORS,
)
def numbers_its_vectors(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """The index determines the input of a vector."""
    indices = [item.index for item in reply.items]
    if sorted(index for index in indices if index is not None) != list(range(len(indices))):
        yield reply.violates(
            "/data", "The vectors are not numbered from 0 to n - 1.", actual=[*indices], reason="index"
        )


@rule(
    "EMBEDDINGS-003",
    should="return the vectors in the order of the inputs",
    clause=f"{_ITEM}/index",
    operations=VECTORS,
    note="The document does not state this, but most clients read by position and not by index.",
)
def returns_vectors_in_input_order(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """Judged only if each index occurs once."""
    indices = [item.index for item in reply.items]
    counted = list(range(len(indices)))
    if indices != counted and sorted(index for index in indices if index is not None) == counted:
        yield reply.violates(
            "/data", "The vectors are not in the order of the inputs.", actual=[*indices], reason="order"
        )


@rule(
    "EMBEDDINGS-004",
    should="set `object` to `list`",
    clause=f"{_RESPONSE}/object",
    operations=VECTORS,
    note=f"Not declared as an enum; SDKs type it as the literal `list`: {_SDK}/create_embedding_response.py.",
)
def object_is_list(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """SDKs compare this value."""
    named = reply.json.get("object")
    if isinstance(named, str) and named != "list":
        yield reply.violates("/object", "`object` is not `list`.", expected="list", actual=named)


@rule(
    "EMBEDDINGS-005",
    should="set `object` of each vector to `embedding`",
    clause=f"{_ITEM}/object",
    operations=VECTORS,
    note=f"Not declared as an enum; SDKs type it as the literal `embedding`: {_SDK}/embedding.py.",
)
def objects_are_embeddings(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """SDKs compare this value."""
    for place, item in objects(reply.json.get("data")):
        named = item.get("object")
        if isinstance(named, str) and named != "embedding":
            yield reply.violates(
                f"/data/{place}/object", "`object` is not `embedding`.", expected="embedding", actual=named
            )
            return


@rule(
    "EMBEDDINGS-006",
    must="return a list of numbers if encoding_format is `float` or absent",
    clause=f"{_REQUEST}/encoding_format",
    operations=VECTORS,
)
def returns_floats(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """`float` is the default."""
    for item in reply.items:
        if reply.encoding == "float" and isinstance(item.raw, str):
            yield reply.violates(
                f"/data/{item.place}/embedding",
                "The vector is a string, not a list of numbers.",
                expected="a list of numbers",
            )
            return


@rule(
    "EMBEDDINGS-007",
    must="return a base64 string if encoding_format is `base64`",
    clause=f"{_REQUEST}/encoding_format",
    operations=VECTORS,
)
def returns_base64(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """Common SDKs request it by default."""
    for item in reply.items:
        if reply.encoding == "base64" and isinstance(item.raw, list):
            yield reply.violates(
                f"/data/{item.place}/embedding",
                "The vector is a list of numbers, not a base64 string.",
                expected="base64 text",
                actual=f"an array of {len(item.raw)} numbers",
            )
            return


@rule(
    "EMBEDDINGS-008",
    must="encode base64 vectors as float32 numbers",
    clause=f"{_REQUEST}/encoding_format",
    operations=VECTORS,
    note="Little-endian float32, as https://github.com/openai/openai-python decodes it.",
)
def base64_is_valid_float32(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """Each number has four bytes."""
    for item in reply.items:
        if not isinstance(item.raw, str) or reply.encoding == "float":
            continue  # another rule reports strings instead of numbers
        try:
            parse_vector(item.raw)
        except VectorError as error:
            yield reply.violates(f"/data/{item.place}/embedding", str(error), expected="base64 of float32")
            return


@rule(
    "EMBEDDINGS-009",
    must="return vectors that are not empty and have the same size",
    clause=f"{_ITEM}/embedding",
    operations=VECTORS,
)
def dimensions_are_equal(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """Vectors of different sizes cannot be compared."""
    sizes = [(item.place, len(vector)) for item, vector in reply.vectors]
    for place, size in sizes:
        if size != sizes[0][1] or size == 0:
            yield reply.violates(
                f"/data/{place}/embedding",
                "The vectors have different sizes." if size else "The vector is empty.",
                expected=sizes[0][1] or "numbers",
                actual=size,
                reason="size" if size else "empty",
            )
            return


@rule(
    "EMBEDDINGS-010",
    must="return vectors with the requested number of dimensions",
    clause=f"{_REQUEST}/dimensions",
    operations=VECTORS,
)
def has_the_requested_dimensions(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """A server must reject unsupported dimensions. Binary vectors have eight dimensions in each number."""
    bits = 8 if reply.sent.get("encoding_format") in _BITS else 1
    for item, vector in reply.vectors:
        if reply.dimensions is not None and vector and len(vector) != (reply.dimensions + bits - 1) // bits:
            yield reply.violates(
                f"/data/{item.place}/embedding",
                "The vector does not have the requested number of dimensions.",
                expected=reply.dimensions,
                actual=len(vector),
            )
            return


@rule(
    "EMBEDDINGS-011",
    must="return finite numbers",
    clause=f"{_ITEM}/embedding/items/type",
    operations=VECTORS,
)
def numbers_are_finite(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """Infinity and NaN are not JSON numbers, and must not appear in base64 either."""
    for item, vector in reply.vectors:
        if not is_finite(vector):
            yield reply.violates(f"/data/{item.place}/embedding", "The vector has NaN or infinity.")
            return


@rule(
    "EMBEDDINGS-012",
    may="return vectors of length 1",
    clause="https://help.openai.com/en/articles/6824809-embeddings-frequently-asked-questions",
    operations=EMBEDDINGS,
    note="The provider's own models do. The document does not state it, and other models need not.",
)
def vectors_are_unit_vectors(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """Clients that use the dot product as the cosine rely on it. Not judged for compressed vectors."""
    for item, vector in reply.vectors if reply.encoding else ():
        if any(vector) and is_finite(vector) and abs(length(vector) - 1) > 0.01:
            yield reply.violates(
                f"/data/{item.place}/embedding",
                "The vector's length is not 1.",
                expected=1,
                actual=round(length(vector), 4),
            )
            return


@rule(
    "EMBEDDINGS-013",
    must="report total_tokens equal to prompt_tokens",
    clause=f"{_RESPONSE}/usage/properties/total_tokens",
    operations=VECTORS,
    note="For images, the document states this as a recommendation, so a larger total is only a SHOULD "
    "violation. Negative counts are violations, too.",
)
def usage_adds_up(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """Embeddings generate no tokens."""
    prompt, total = (
        whole(dig(reply.json, "/usage/prompt_tokens")),
        whole(dig(reply.json, "/usage/total_tokens")),
    )
    for name, count in (("prompt_tokens", prompt), ("total_tokens", total)):
        if count is not None and count < 0:
            message = "The token count is negative."
            yield reply.violates(f"/usage/{name}", message, expected=0, actual=count, reason="negative")
            return
    if prompt is not None and total is not None and prompt != total:
        more = reply.operation.kind == "image-embeddings" and total > prompt
        yield reply.violates(
            "/usage/total_tokens",
            "`total_tokens` differs from `prompt_tokens`.",
            expected=prompt,
            actual=total,
            level="should" if more else None,
        )


@rule(
    "EMBEDDINGS-014",
    should="count at least one token for each input that is not empty",
    clause=f"{_RESPONSE}/usage/properties/prompt_tokens",
    operations=EMBEDDINGS,
)
def counts_every_input(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """Every text has at least one token."""
    counted = whole(dig(reply.json, "/usage/prompt_tokens"))
    least = sum(1 for each in reply.inputs or () if each)
    if counted is not None and counted < least:
        yield reply.violates(
            "/usage/prompt_tokens",
            "`prompt_tokens` is less than the number of inputs.",
            expected=f"at least {least}",
            actual=counted,
        )


@rule(
    "EMBEDDINGS-015",
    should="name the model, and return no empty id",
    clause=f"{_RESPONSE}/model",
    operations=VECTORS,
    note="Only the surface for models of all makers has an id: "
    "ai-model-inference@2025-04-01#/components/schemas/EmbeddingsResult/properties/id.",
)
def names_its_model(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """Vectors of different models cannot be compared, so the name matters."""
    if reply.json.get("model") == "":
        yield reply.violates(
            "/model", "The name of the model is empty or absent.", expected="text", actual=""
        )
    if reply.json.get("id") == "":
        yield reply.violates("/id", "The id is empty.", expected="an id, or none", actual="", reason="id")


@rule(
    "EMBEDDINGS-016",
    should="return different vectors for different inputs, and the same vector for the same input",
    clause=f"{_REQUEST}/input",
    operations=EMBEDDINGS,
    note="Judged within a response, from 8 dimensions on, unless inputs differ only in case or white space.",
)
def different_inputs_have_different_vectors(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """A vector that is the same for every input is meaningless."""
    seen: dict[str, tuple[float, ...]] = {}
    texts: dict[tuple[float, ...], str] = {}
    inputs = reply.inputs or ()
    if {item.index for item in reply.items} != set(range(len(reply.items))):
        return  # the vectors cannot be assigned to inputs
    for item, vector in reply.vectors:
        if len(vector) < _FEW or item.index is None or not 0 <= item.index < len(inputs):
            continue
        sent = inputs[item.index]
        earlier = seen.setdefault(sent, vector)
        alike = None if earlier is vector else cosine(earlier, vector)
        if alike is not None and alike < _SAME:
            yield reply.violates(
                f"/data/{item.place}/embedding",
                "The same input has two different vectors.",
                reason="same input",
            )
            return
        plain = " ".join(sent.split()).casefold()
        if texts.setdefault(vector, plain) != plain:
            yield reply.violates(
                f"/data/{item.place}/embedding",
                "Different inputs have the same vector.",
                reason="same vector",
            )
            return


@rule(
    "EMBEDDINGS-017",
    should="return no all-zero vector for a text or an image",
    clause=f"{_REQUEST}/input",
    operations=VECTORS,
)
def vectors_are_not_zero(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """It has no direction. Binary vectors of zeros are allowed."""
    image = reply.operation.kind == "image-embeddings" and reply.sent.get("encoding_format") not in _BITS
    for item, vector in reply.vectors:
        if vector and (image or any(reply.inputs or ())) and not any(vector):
            yield reply.violates(
                f"/data/{item.place}/embedding",
                "Every number of the vector is 0.",
                expected="another number than 0",
                actual=f"{len(vector)} times 0",
            )
            return


@rule(
    "EMBEDDINGS-018",
    must="return integers within the range of the requested integer encoding",
    clause="ai-model-inference@2025-04-01#/components/schemas/EmbeddingEncodingFormat",
    operations=VECTORS,
    note="int8 and binary range from -128 to 127, uint8 and ubinary from 0 to 255.",
)
def numbers_are_in_integer_range(reply: ExpectedEmbeddings) -> Iterator[Violation]:
    """Each number must fit into one byte."""
    encoding = reply.sent.get("encoding_format")
    bounds = _BYTES.get(encoding) if isinstance(encoding, str) else None
    if bounds is None:
        return
    low, high = bounds
    for item in reply.items:
        for place, value in enumerate(elements(item.raw)):
            kept = whole(value)
            if kept is None or not low <= kept <= high:
                yield reply.violates(
                    f"/data/{item.place}/embedding/{place}",
                    f"The vector has a number that is not valid for {encoding}.",
                    expected=f"a whole number from {low} to {high}",
                    actual=value,
                )
                return
