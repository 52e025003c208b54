"""Faults of what only ai-model-inference has: extra parameters, models in bodies, info, forms of vectors."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace

from aoai_emulator.checks.declared_fields import declared_names
from aoai_emulator.checks.extra_parameters import DROP, HEADER, PASS_THROUGH
from aoai_emulator.checks.refusals import Refusal, invalid_request
from aoai_emulator.content.vector_forms import as_floats
from aoai_emulator.faults.anatomy import choices_of, listed_in, number_of, part_of
from aoai_emulator.faults.registry import acceptance_fault, answer_fault, chunks_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest

DOCUMENT = "ai-model-inference@2025-04-01"
CHAT = frozenset({"chat"})
IMAGE_EMBEDDINGS = frozenset({"image-embeddings"})
VECTORS = frozenset({"embeddings", "image-embeddings"})
INFO = frozenset({"info"})
TAKING_EXTRAS = CHAT | VECTORS
_JSON = "application/json"
_BITS = ("binary", "ubinary")
_PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def _extras(request: IncomingRequest) -> list[str]:
    """The fields of a body that the document does not know."""
    if request.operation is None:
        return []
    declared = declared_names(request.operation, _JSON)
    return [name for name in request.sent if name not in declared]


def _asks(request: IncomingRequest, policy: str) -> bool:
    return request.headers.get(HEADER) == policy


@acceptance_fault(
    "extra-parameters-ignored", check="extra-parameters", operations=TAKING_EXTRAS, document=DOCUMENT
)
def take_extras(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An unknown field is taken although extra-parameters is error."""
    del request
    return (refusal for refusal in found if refusal.code != "extra_parameter")


@acceptance_fault(
    "extra-parameters-drop-refused", check="extra-parameters", operations=TAKING_EXTRAS, document=DOCUMENT
)
def refuse_instead_of_dropping(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An unknown field is refused although it is to be dropped."""
    yield from found
    if _extras(request) and _asks(request, DROP):
        yield invalid_request("There are extra parameters.", code="extra_parameter")


@acceptance_fault(
    "extra-parameters-pass-through-refused",
    check="extra-parameters",
    operations=TAKING_EXTRAS,
    document=DOCUMENT,
)
def refuse_instead_of_passing(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An unknown field is refused although it is to be passed through."""
    yield from found
    if _extras(request) and _asks(request, PASS_THROUGH):
        yield invalid_request("There are extra parameters.", code="extra_parameter")


@acceptance_fault(
    "extra-parameters-header-refused", check="extra-parameters", operations=TAKING_EXTRAS, document=DOCUMENT
)
def refuse_header(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A request with the header extra-parameters is refused whatever it says."""
    yield from found
    if HEADER in request.headers:
        yield invalid_request(f"Unknown header: {HEADER}.", param=HEADER)


@answer_fault("answer-of-another-model", operations=CHAT | VECTORS, document=DOCUMENT)
def name_another_model(body: JsonObject, request: AcceptedRequest) -> None:
    """The answer says that another model gave it than the one that was asked for."""
    if "model" in request.fields:
        body["model"] = "another-model"


@acceptance_fault("known-model-refused", check="model", operations=TAKING_EXTRAS, document=DOCUMENT)
def refuse_models(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A request that names a deployed model is refused."""
    yield from found
    if isinstance(request.sent.get("model"), str) and request.operation is not None:
        yield invalid_request("The model is chosen by the endpoint.", param="model")


@acceptance_fault("tool-calls-in-history-fail", check="schema", operations=CHAT, document=DOCUMENT)
def fail_on_calls(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A conversation in which the assistant called a tool makes the server fail."""
    yield from found
    if any("tool_calls" in message for message in _messages(request)):
        yield Refusal(500, "InternalServerError", "The server had an error.")


@acceptance_fault("developer-role-fails", check="schema", operations=CHAT, document=DOCUMENT)
def fail_on_developers(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A message of the developer's role makes the server fail."""
    yield from found
    if any(message.get("role") == "developer" for message in _messages(request)):
        yield Refusal(500, "InternalServerError", "The server had an error.")


@acceptance_fault("vector-dimensions-unchecked", check="model", operations=VECTORS, document=DOCUMENT)
def take_any_dimensions(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A number of dimensions that the model does not have is accepted, and the model's own is given."""
    yield from found
    most = request.deployment.dimensions if request.deployment is not None else 0
    wanted = request.sent.get("dimensions")
    if request.body is not None and isinstance(wanted, int) and not 1 <= wanted <= most:
        kept = {name: value for name, value in request.sent.items() if name != "dimensions"}
        request.body = replace(request.body, fields=kept)


@acceptance_fault("image-data-unchecked", check="schema", operations=IMAGE_EMBEDDINGS, document=DOCUMENT)
def take_any_image(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An image that is no image is accepted, and gets a vector."""
    for refusal in found:
        if (refusal.param or "").endswith(".image") and isinstance(refusal.actual, str):
            _show_pictures(request)
        else:
            yield refusal


def _show_pictures(request: IncomingRequest) -> None:
    """Put a picture in the place of every image of a request."""
    if request.body is not None:
        shown = [
            {**entry, "image": _PICTURE} if isinstance(entry, dict) else entry
            for entry in request.sent.get("input", ())
        ]
        request.body = replace(request.body, fields={**request.sent, "input": shown})


@answer_fault("info-name-empty", operations=INFO, document=DOCUMENT)
def empty_name(body: JsonObject, request: AcceptedRequest) -> None:
    """The name of the model is empty."""
    del request
    body["model_name"] = ""


@answer_fault("info-type-missing", operations=INFO, document=DOCUMENT)
def drop_type(body: JsonObject, request: AcceptedRequest) -> None:
    """The type of the model is missing."""
    del request
    body.pop("model_type", None)


@answer_fault("info-provider-null", operations=INFO, document=DOCUMENT)
def null_provider(body: JsonObject, request: AcceptedRequest) -> None:
    """The provider of the model is null."""
    del request
    body["model_provider_name"] = None


@answer_fault("info-provider-empty", operations=INFO, document=DOCUMENT)
def empty_provider(body: JsonObject, request: AcceptedRequest) -> None:
    """The provider of the model is an empty text."""
    del request
    body["model_provider_name"] = ""


@answer_fault("image-embedding-count-wrong", operations=IMAGE_EMBEDDINGS, document=DOCUMENT)
def lose_last_image(body: JsonObject, request: AcceptedRequest) -> None:
    """One vector fewer comes back than there were images."""
    del request
    body["data"] = listed_in(body)[:-1]


@answer_fault("image-embedding-index-wrong", operations=IMAGE_EMBEDDINGS, document=DOCUMENT)
def count_images_from_one(body: JsonObject, request: AcceptedRequest) -> None:
    """The indices of the vectors of images begin at 1."""
    del request
    for index, entry in enumerate(listed_in(body), 1):
        entry["index"] = index


@answer_fault("embedding-id-as-number", operations=VECTORS, document=DOCUMENT)
def number_lists(body: JsonObject, request: AcceptedRequest) -> None:
    """The id of a list of vectors is a number."""
    del request
    body["id"] = 1


@answer_fault("embedding-bits-unpacked", operations=VECTORS, document=DOCUMENT)
def unpack_bits(body: JsonObject, request: AcceptedRequest) -> None:
    """A vector of bits has a number for each bit instead of one for eight."""
    if request.fields.get("encoding_format") in _BITS:
        for entry in listed_in(body):
            entry["embedding"] = [number >> place & 1 for number in _whole(entry) for place in range(8)]


@answer_fault("embedding-whole-numbers-as-fractions", operations=VECTORS, document=DOCUMENT)
def scale_back(body: JsonObject, request: AcceptedRequest) -> None:
    """A vector of whole numbers comes as fractions."""
    if request.fields.get("encoding_format") in ("int8", "uint8", *_BITS):
        for entry in listed_in(body):
            entry["embedding"] = as_floats(array("f", [number / 255 for number in _whole(entry)]))


@answer_fault("image-embedding-usage-below-prompt", operations=IMAGE_EMBEDDINGS, document=DOCUMENT)
def total_less(body: JsonObject, request: AcceptedRequest) -> None:
    """The total of what vectors of images cost is below the tokens of the request."""
    del request
    usage = part_of(body, "usage")
    usage["total_tokens"] = number_of(usage, "prompt_tokens") - 1


@answer_fault("image-embedding-base64-cut", operations=IMAGE_EMBEDDINGS, document=DOCUMENT)
def cut_base64(body: JsonObject, request: AcceptedRequest) -> None:
    """The base64 of an image's vector ends in the middle of a number."""
    del request
    for entry in listed_in(body):
        if isinstance(entry.get("embedding"), str):
            entry["embedding"] = entry["embedding"][:-4]


@answer_fault("embedding-id-empty", operations=VECTORS, document=DOCUMENT)
def empty_id(body: JsonObject, request: AcceptedRequest) -> None:
    """The id of a list of vectors is empty."""
    del request
    body["id"] = ""


@answer_fault("inference-role-wrong", operations=CHAT, document=DOCUMENT)
def answer_as_user(body: JsonObject, request: AcceptedRequest) -> None:
    """The message of an answer is the user's."""
    del request
    for choice in choices_of(body):
        part_of(choice, "message")["role"] = "user"


@answer_fault("inference-finish-reason-null", operations=CHAT, document=DOCUMENT)
def withhold_reason(body: JsonObject, request: AcceptedRequest) -> None:
    """A whole answer does not say why it ended."""
    del request
    for choice in choices_of(body):
        choice["finish_reason"] = None


@answer_fault("inference-finish-reason-empty", operations=CHAT, document=DOCUMENT)
def empty_reason(body: JsonObject, request: AcceptedRequest) -> None:
    """The reason why an answer ended is an empty text."""
    del request
    for choice in choices_of(body):
        choice["finish_reason"] = ""


@chunks_fault("inference-finish-reason-empty", operations=CHAT, document=DOCUMENT)
def empty_streamed_reason(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The reason why a streamed answer ended is an empty text."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            if choice.get("finish_reason") is not None:
                choice["finish_reason"] = ""
        yield chunk


@answer_fault("inference-finish-reason-unlisted", operations=CHAT, document=DOCUMENT)
def name_other_reason(body: JsonObject, request: AcceptedRequest) -> None:
    """An answer that ended by itself says so in a word that the document does not list."""
    del request
    for choice in choices_of(body):
        if choice.get("finish_reason") == "stop":
            choice["finish_reason"] = "end_turn"


@chunks_fault("inference-streamed-usage-wrong", operations=CHAT, document=DOCUMENT)
def miscount_stream(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The usage that a stream reports does not add up, asked for or not."""
    del request
    for chunk in chunks:
        usage = part_of(chunk, "usage")
        if usage:
            usage["total_tokens"] = number_of(usage, "total_tokens") + 1
        yield chunk


@answer_fault("inference-breakdown-total-exceeds", operations=CHAT, document=DOCUMENT)
def total_more(body: JsonObject, request: AcceptedRequest) -> None:
    """The breakdown of an answer's tokens has more of them in total than the whole usage."""
    del request
    usage = part_of(body, "usage")
    part_of(usage, "completion_tokens_details")["total_tokens"] = number_of(usage, "total_tokens") + 1


@answer_fault("inference-audio-called-otherwise", operations=CHAT, document=DOCUMENT)
def call_otherwise(body: JsonObject, request: AcceptedRequest) -> None:
    """A recording is called by a format that it does not have."""
    del request
    for choice in choices_of(body):
        audio = part_of(part_of(choice, "message"), "audio")
        if "format" in audio:
            audio["format"] = "mp3" if audio["format"] == "wav" else "wav"


@answer_fault("reasoning-content-leaks", operations=CHAT, document=DOCUMENT)
def leak_thoughts(body: JsonObject, request: AcceptedRequest) -> None:
    """What the model thought stands in its answer, too."""
    del request
    for choice in choices_of(body):
        message = part_of(choice, "message")
        thought = message.get("reasoning_content")
        if isinstance(thought, str) and isinstance(message.get("content"), str):
            message["content"] = f"<think>{thought}</think>{message['content']}"


@answer_fault("reasoning-content-as-list", operations=CHAT, document=DOCUMENT)
def list_thoughts(body: JsonObject, request: AcceptedRequest) -> None:
    """What the model thought is a list of texts."""
    del request
    for choice in choices_of(body):
        message = part_of(choice, "message")
        if "reasoning_content" in message:
            message["reasoning_content"] = [message["reasoning_content"]]


@answer_fault("reasoning-tokens-as-text", operations=CHAT, document=DOCUMENT)
def write_count_out(body: JsonObject, request: AcceptedRequest) -> None:
    """The count of tokens spent on reasoning is a text."""
    del request
    details = part_of(part_of(body, "usage"), "completion_tokens_details")
    details["reasoning_tokens"] = str(details.get("reasoning_tokens", 0))


def _whole(entry: JsonObject) -> list[int]:
    """The whole numbers of a vector."""
    found = entry.get("embedding")
    return [number for number in found if isinstance(number, int)] if isinstance(found, list) else []


def _messages(request: IncomingRequest) -> list[JsonObject]:
    found = request.sent.get("messages")
    return [message for message in found if isinstance(message, dict)] if isinstance(found, list) else []
