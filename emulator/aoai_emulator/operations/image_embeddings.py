"""The operation images/embeddings: one vector for each image and the text with it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from hashlib import blake2b

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.model_capabilities import incapable
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.embeddings import dimensions_are_possible, form_is_known, listed, tokens_of
from aoai_emulator.operations.service import JsonResponse, Service, ServiceResponse

_TOKENS_AN_IMAGE = 85
_DATA_URL = re.compile(r"data:image/[a-z0-9.+-]+;base64,([A-Za-z0-9+/]+={0,2})", re.ASCII)
_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")


def picture_of(url: str) -> bytes | None:
    """Return the bytes of an image in a data URL, or None if it is not one."""
    found = _DATA_URL.fullmatch(url)
    if found is None:
        return None
    try:
        content = base64.b64decode(found[1], validate=True)
    except (binascii.Error, ValueError):
        return None
    is_webp = content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    return content if is_webp or content.startswith(_BEGINNINGS) else None


def _relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require images as data URLs, and a vector format and length that the model supports."""
    for index, entry in enumerate(request.fields["input"]):
        if picture_of(entry["image"]) is None:
            yield invalid_request(
                "An image must be a data URL such as data:image/png;base64,… with the image's bytes.",
                param=f"input[{index}].image",
                code="invalid_image",
            )
        elif tokens_of(entry.get("text") or "") > request.deployment.context_tokens:
            yield incapable(request, f"input[{index}].text", len(entry["text"]), "The text is too long.")
    yield from dimensions_are_possible(request)
    yield from form_is_known(request)


async def _respond(request: AcceptedRequest) -> ServiceResponse:
    entries: list[JsonObject] = request.fields["input"]
    tokens = sum(
        _TOKENS_AN_IMAGE + (tokens_of(entry["text"]) if entry.get("text") else 0) for entry in entries
    )
    return JsonResponse(listed(request, [_identity(entry) for entry in entries], tokens))


def _identity(entry: JsonObject) -> str:
    """Return what determines the vector of an entry: the bytes of the image and the text."""
    picture = picture_of(entry["image"]) or entry["image"].encode()
    return f"{blake2b(picture, digest_size=16).hexdigest()}\n{entry.get('text') or ''}"


SERVICE = Service("image-embeddings", "imageEmbeddings", _relations, _respond)
