"""The operation images/generations, and the page that its URLs lead to.

The URL of an image derives from its parameters, so that the same parameters have the same URL. Only the
parameters are kept, the latest 512; an image is drawn when it is fetched.
"""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Iterator
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.media.png import Wish, draw
from aoai_emulator.operations.service import JsonResponse, Service, ServiceResponse

_MOST_KEPT = 512
_MOST_PICTURES = 10
_DEFAULT_SIZE = "1024x1024"
_SIZES = {
    "256x256": (256, 256),
    "512x512": (512, 512),
    "1024x1024": (1024, 1024),
    "1792x1024": (1792, 1024),
    "1024x1792": (1024, 1792),
}
_SAFE = {"filtered": False, "severity": "safe"}
_UNDETECTED = {"filtered": False, "detected": False}
_HARMS = ("hate", "self_harm", "sexual", "violence")

_kept: OrderedDict[str, Wish] = OrderedDict()


def wish_of(request: AcceptedRequest, number: int = 0) -> Wish:
    """Return the parameters of a request's image with this number; an unknown size gives the default one."""
    fields = request.fields
    width, height = _SIZES.get(str(fields.get("size")), _SIZES[_DEFAULT_SIZE])
    return Wish(
        prompt=str(fields.get("prompt", "")),
        seed=request.settings.seed + number,
        width=width,
        height=height,
        quality=str(fields.get("quality", "standard")),
        style=str(fields.get("style", "vivid")),
    )


def address(base_url: str, wish: Wish) -> str:
    """Keep the parameters of an image, and return the URL at which it can be fetched temporarily."""
    key = _key(wish)
    _kept.pop(key, None)
    _kept[key] = wish
    if len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return f"{base_url}/generated-images/{key}/generated_00.png"


def forget(wish: Wish) -> None:
    """Remove the URL of an image."""
    _kept.pop(_key(wish), None)


def encoded(wish: Wish) -> str:
    """Return an image as base64."""
    return base64.b64encode(draw(wish)).decode("ascii")


def _key(wish: Wish) -> str:
    return blake2b(repr(wish).encode(), digest_size=16).hexdigest()


async def _page(request: Request) -> Response:
    key = request.path_params["key"]
    wish = _kept.get(key)
    if wish is None:
        error = {"code": "404", "message": "The image does not exist, or it has expired."}
        return JSONResponse({"error": error}, status_code=404)
    _kept.move_to_end(key)
    return Response(draw(wish), media_type="image/png")


def _relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Check nothing: the schema expresses every requirement of the document."""
    del request
    return iter(())


async def _respond(request: AcceptedRequest) -> ServiceResponse:
    count = request.fields.get("n", 1)
    count = min(max(count, 1), _MOST_PICTURES) if isinstance(count, int) else 1
    return JsonResponse(
        {
            "created": int(request.memory.clock()),
            "data": [_result(request, number) for number in range(count)],
        }
    )


def _result(request: AcceptedRequest, number: int) -> JsonObject:
    wish = wish_of(request, number)
    result: JsonObject = {}
    if request.deployment.traits.inline or request.fields.get("response_format") == "b64_json":
        result["b64_json"] = encoded(wish)
    else:
        result["url"] = address(request.base_url, wish)
    result["revised_prompt"] = f"A mirrored mosaic of coloured tiles, {wish.style} in style: {wish.prompt}"
    result["content_filter_results"] = {harm: dict(_SAFE) for harm in _HARMS}
    result["prompt_filter_results"] = {
        **{harm: dict(_SAFE) for harm in _HARMS},
        "jailbreak": dict(_UNDETECTED),
        "profanity": dict(_UNDETECTED),
    }
    return result


IMAGES = Service("images", "imageGeneration", _relations, _respond)

PICTURE_ROUTE = Route("/generated-images/{key}/generated_00.png", _page, methods=["GET"])
