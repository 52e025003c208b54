"""Generated images: number, form and size."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from aoai_conformance.formats.images import ImageError, ImageFile, parse_image
from aoai_conformance.json_access import members, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import IMAGES, rule
from aoai_conformance.views.responses import ImagesReply
from aoai_conformance.views.timestamps import require_unix_seconds
from aoai_model.verdict import Violation
from aoai_specs.pointers import escape

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_REQUEST = f"{_SCHEMAS}/imageGenerationsRequest/properties"
_RESPONSE = f"{_SCHEMAS}/generateImagesResponse/properties"
_IMAGE = f"{_SCHEMAS}/imageResult/properties"
_DEFAULT_SIZE = "1024x1024"
_CATEGORIES = ("hate", "self_harm", "sexual", "violence")


class ExpectedImages(ImagesReply):
    """Images for a request that is inside the contract."""

    def applies(self) -> bool:
        """Whether the request need not be rejected."""
        return self.case.expect != "reject" and super().applies()

    @property
    def count(self) -> int | None:
        """Return the requested number of images; None if it is invalid."""
        requested = whole(self.sent.get("n", 1))
        return requested if requested is not None and requested >= 1 else None

    @property
    def size(self) -> tuple[int, int] | None:
        """Return the requested width and height; None if the size is invalid or `auto`.

        Without a requested size, models that choose one say which in the response.
        """
        size = self.sent.get("size", self.json.get("size", _DEFAULT_SIZE))
        found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", size) if isinstance(size, str) else None
        return (int(found[1]), int(found[2])) if found else None

    @property
    def made(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield each generated image, without errors and filtered images."""
        for place, image in self.images:
            results = members(image.get("content_filter_results")).values()
            taken = any(members(result).get("filtered") is True for result in results)
            if not taken and not isinstance(image.get("error"), dict):
                yield place, image

    @cached_property
    def encoded(self) -> tuple[tuple[int, ImageFile | str], ...]:
        """Return the position of each base64 image, with the parsed image or the reason why it is invalid."""
        encoded = ((place, image.get("b64_json")) for place, image in self.made)
        return tuple((place, _decoded(text)) for place, text in encoded if isinstance(text, str))


def _decoded(text: str) -> ImageFile | str:
    try:
        return parse_image(base64.b64decode(text, validate=True))
    except ImageError as error:
        return str(error)
    except (binascii.Error, ValueError):
        return "The image is not base64."


@rule("IMAGES-001", must="return as many images as requested", clause=f"{_REQUEST}/n", operations=IMAGES)
def returns_the_requested_number_of_images(reply: ExpectedImages) -> Iterator[Violation]:
    """A failed image counts, as an error in its place."""
    if reply.count is not None and len(reply.json["data"]) != reply.count:
        yield reply.violates(
            "/data",
            "The number of images differs from the request.",
            expected=reply.count,
            actual=len(reply.json["data"]),
        )


@rule(
    "IMAGES-002",
    must="return each image in the requested form, url by default",
    clause=f"{_SCHEMAS}/imagesResponseFormat",
    operations=IMAGES,
)
def has_the_requested_form(reply: ExpectedImages) -> Iterator[Violation]:
    """Clients read only the member that they requested."""
    for place, image in reply.made:
        if reply.format is not None and not image.get(reply.format):
            yield reply.violates(
                f"/data/{place}/{reply.format}",
                "The image is not in the requested form.",
                expected=reply.format,
                actual=[name for name, value in image.items() if value is not None],
            )


@rule(
    "IMAGES-003",
    must="return each image in one form, not both",
    clause=f"{_SCHEMAS}/imageResult",
    operations=IMAGES,
)
def has_one_form(reply: ExpectedImages) -> Iterator[Violation]:
    """Each image is either a URL or base64."""
    for place, image in reply.images:
        if image.get("url") and image.get("b64_json"):
            yield reply.violates(
                f"/data/{place}",
                "The image is present both as URL and as base64.",
                expected=reply.format or "one form",
            )


@rule("IMAGES-004", must="return absolute http URLs", clause=f"{_IMAGE}/url", operations=IMAGES)
def urls_are_absolute(reply: ExpectedImages) -> Iterator[Violation]:
    """Clients download the image from the URL."""
    for place, image in reply.images:
        url = image.get("url")
        if isinstance(url, str) and not _is_absolute(url):
            yield reply.violates(
                f"/data/{place}/url", "The URL is not an absolute http URL.", expected="https://…", actual=url
            )


def _is_absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        return False


@rule(
    "IMAGES-005",
    must="return complete images as base64",
    clause=f"{_IMAGE}/b64_json",
    operations=IMAGES,
    note="PNG, JPEG and WebP are recognized. A data: URL is not base64.",
)
def returns_complete_images(reply: ExpectedImages) -> Iterator[Violation]:
    """The decoded bytes are an image file."""
    for place, picture in reply.encoded:
        if isinstance(picture, str):
            yield reply.violates(f"/data/{place}/b64_json", picture, expected="a picture in base64")


@rule(
    "IMAGES-006",
    must="return images of the requested size, 1024x1024 by default",
    clause=f"{_SCHEMAS}/imageSize",
    operations=IMAGES,
)
def has_the_requested_size(reply: ExpectedImages) -> Iterator[Violation]:
    """Width comes before height."""
    for place, picture in reply.encoded:
        size = reply.size
        if isinstance(picture, ImageFile) and size and (picture.width, picture.height) != size:
            yield reply.violates(
                f"/data/{place}/b64_json",
                "The size of the image differs from the request.",
                expected=f"{size[0]}x{size[1]}",
                actual=f"{picture.width}x{picture.height}",
            )


@rule(
    "IMAGES-007",
    must="return the time of creation in Unix seconds",
    clause=f"{_RESPONSE}/created",
    operations=IMAGES,
)
def returns_created_in_seconds(reply: ExpectedImages) -> Iterator[Violation]:
    """The usual mistakes are 0, milliseconds and fractions."""
    created = reply.json.get("created")
    if isinstance(created, int | float):
        yield from require_unix_seconds(reply, "/created", created)


@rule(
    "IMAGES-008",
    should="omit the revised prompt instead of sending an empty one",
    clause=f"{_IMAGE}/revised_prompt",
    operations=IMAGES,
)
def revised_prompt_is_not_empty(reply: ExpectedImages) -> Iterator[Violation]:
    """The revised prompt is the one used for the image."""
    for place, image in reply.images:
        revised = image.get("revised_prompt")
        if isinstance(revised, str) and not revised.strip():
            yield reply.violates(
                f"/data/{place}/revised_prompt",
                "The revised prompt is empty.",
                expected="text",
                actual=revised,
            )


@rule(
    "IMAGES-009",
    may="include all four content filter categories if it includes one",
    clause=f"{_SCHEMAS}/dalleContentFilterResults",
    operations=IMAGES,
)
def includes_all_filter_categories(reply: ExpectedImages) -> Iterator[Violation]:
    """Each category is optional, but the service returns all."""
    for place, image in reply.images:
        for name in ("content_filter_results", "prompt_filter_results"):
            results = members(image.get(name))
            missing = [category for category in _CATEGORIES if category not in results]
            if missing and len(missing) < len(_CATEGORIES):
                yield reply.violates(
                    f"/data/{place}/{name}", "Some filter categories are missing.", expected=[*missing]
                )


@rule(
    "IMAGES-010",
    should="return no image that was filtered, or whose prompt was filtered",
    clause=f"{_SCHEMAS}/dalleContentFilterResults",
    operations=IMAGES,
)
def returns_no_filtered_image(reply: ExpectedImages) -> Iterator[Violation]:
    """`filtered` means that the image was removed."""
    for place, image in reply.images:
        if not (image.get("url") or image.get("b64_json")):
            continue
        for name in ("content_filter_results", "prompt_filter_results"):
            for category, result in members(image.get(name)).items():
                if members(result).get("filtered") is True:
                    yield reply.violates(
                        f"/data/{place}/{name}/{escape(category)}/filtered",
                        "The image is marked as filtered, but is present.",
                        expected=False,
                        actual=True,
                    )
                    return
