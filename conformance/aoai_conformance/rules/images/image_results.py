"""Results of image operations (DALL-E 2): either images with different URLs, or an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aoai_conformance.json_access import elements, members, objects, text
from aoai_conformance.rule import rule
from aoai_conformance.rules.images.image_operations import ASKED, SUBMITTED
from aoai_conformance.views.flows import CreatedResource
from aoai_model.verdict import Violation

_OPERATION = "azure-openai@2023-06-01-preview#/components/schemas/imageOperation/properties"
_UNFAILED = frozenset({"notRunning", "running", "succeeded"})
_WITHOUT_IMAGES = frozenset({"failed", "canceled"})


def _status_in(states: frozenset[str]) -> Callable[[CreatedResource], tuple[str, ...]]:
    """Return the evidence of a rule about these states: the status of the operation, if it is one of them."""

    def evidence(reply: CreatedResource) -> tuple[str, ...]:
        state = text(reply.json.get("status"))
        return (state,) if state in states else ()

    return evidence


@rule(
    "IMAGE-OPERATION-014",
    must="return an error only for an operation that has failed",
    clause=f"{_OPERATION}/error",
    operations=SUBMITTED | ASKED,
    evidence=_status_in(_UNFAILED),
    note="The error of an individual image, inside the result, is not checked.",
)
def has_an_error_only_if_failed(reply: CreatedResource, states: tuple[str, ...]) -> Iterator[Violation]:
    """Checks operations that are succeeded, running or notRunning."""
    error = members(reply.json.get("error"))
    if error:
        yield reply.violates("/error", f"The operation is {states[0]} but has an error.", actual=error)


@rule(
    "IMAGE-OPERATION-015",
    should="return no images for an operation that has not succeeded",
    clause=f"{_OPERATION}/result",
    operations=ASKED,
    evidence=_status_in(_WITHOUT_IMAGES),
    note="IMAGE-OPERATION-013 checks operations that are still running.",
)
def has_no_images_unless_succeeded(reply: CreatedResource, states: tuple[str, ...]) -> Iterator[Violation]:
    """Checks operations that are failed or canceled."""
    if elements(members(reply.json.get("result")).get("data")):
        yield reply.violates("/result", f"The operation is {states[0]} but has images.", reason="images")


def _urls(reply: CreatedResource) -> tuple[tuple[int, str], ...]:
    """Return the position and URL of each image."""
    images = objects(members(reply.json.get("result")).get("data"))
    found = tuple((place, url) for place, image in images if (url := text(image.get("url"))))
    return found if len(found) > 1 else ()


@rule(
    "IMAGE-OPERATION-016",
    must="return a different URL for each image",
    clause=f"{_OPERATION}/result",
    operations=ASKED,
    evidence=_urls,
)
def urls_are_unique(reply: CreatedResource, urls: tuple[tuple[int, str], ...]) -> Iterator[Violation]:
    """Two images with one URL are one image."""
    seen: set[str] = set()
    for place, url in urls:
        if url in seen:
            yield reply.violates(
                f"/result/data/{place}/url", "Two images have the same URL.", actual=url, reason="same"
            )
            return
        seen.add(url)
