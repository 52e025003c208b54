"""What an order of images (DALL-E 2) comes to: either images or an error, each image at its own address."""

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

    def evidence(answer: CreatedResource) -> tuple[str, ...]:
        state = text(answer.json.get("status"))
        return (state,) if state in states else ()

    return evidence


@rule(
    "IMAGE-OPERATION-014",
    must="report an error only of an operation that has failed",
    clause=f"{_OPERATION}/error",
    operations=SUBMITTED | ASKED,
    evidence=_status_in(_UNFAILED),
    note="An image that could not be made has an error in its place in the result: that is another one.",
)
def only_failures_have_errors(answer: CreatedResource, states: tuple[str, ...]) -> Iterator[Violation]:
    """No error beside succeeded, running or notRunning."""
    error = members(answer.json.get("error"))
    if error:
        yield answer.violates("/error", f"An operation that is {states[0]} has an error.", actual=error)


@rule(
    "IMAGE-OPERATION-015",
    should="give no images of an operation that has not succeeded",
    clause=f"{_OPERATION}/result",
    operations=ASKED,
    evidence=_status_in(_WITHOUT_IMAGES),
    note="Of operations that are at work IMAGE-OPERATION-013 says the same.",
)
def failures_have_no_images(answer: CreatedResource, states: tuple[str, ...]) -> Iterator[Violation]:
    """Images beside failed or canceled."""
    if elements(members(answer.json.get("result")).get("data")):
        yield answer.violates("/result", f"An operation that is {states[0]} has images.", reason="images")


def _urls(answer: CreatedResource) -> tuple[tuple[int, str], ...]:
    """Place and address of each image."""
    images = objects(members(answer.json.get("result")).get("data"))
    found = tuple((place, url) for place, image in images if (url := text(image.get("url"))))
    return found if len(found) > 1 else ()


@rule(
    "IMAGE-OPERATION-016",
    must="give each image an address of its own",
    clause=f"{_OPERATION}/result",
    operations=ASKED,
    evidence=_urls,
)
def addresses_differ(answer: CreatedResource, urls: tuple[tuple[int, str], ...]) -> Iterator[Violation]:
    """Two images at one address are one image."""
    seen: set[str] = set()
    for place, url in urls:
        if url in seen:
            yield answer.violates(
                f"/result/data/{place}/url", "Two images have the same address.", actual=url, reason="same"
            )
            return
        seen.add(url)
