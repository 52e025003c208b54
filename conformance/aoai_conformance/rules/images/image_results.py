"""What an order of images (DALL-E 2) comes to: either images or an error, each image at its own address."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import elements, members, objects, text
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import Violation, rule
from aoai_conformance.rules.images.image_operations import ASKED, SUBMITTED
from aoai_conformance.views.evident import EvidentAnswer

_OPERATION = "azure-openai@2023-06-01-preview#/components/schemas/imageOperation/properties"
_UNFAILED = frozenset({"notRunning", "running", "succeeded"})
_WITHOUT_IMAGES = frozenset({"failed", "canceled"})


class _Operated(EvidentAnswer):
    states: frozenset[str] = frozenset()

    @property
    def evidence(self) -> tuple[str, ...]:
        """The status, where it is one that the rule is about."""
        state = text(self.json.get("status"))
        return (state,) if state in self.states else ()


class Unfailed(_Operated):
    """An operation that is at work or has succeeded."""

    states = _UNFAILED


@rule(
    "IMAGE-OPERATION-014",
    must="report an error only of an operation that has failed",
    clause=f"{_OPERATION}/error",
    operations=SUBMITTED | ASKED,
    note="An image that could not be made has an error in its place in the result: that is another one.",
)
def only_failures_have_errors(answer: Unfailed) -> Iterator[Violation]:
    """No error beside succeeded, running or notRunning."""
    error = members(answer.json.get("error"))
    if error:
        yield answer.violates(
            "/error", f"An operation that is {answer.evidence[0]} has an error.", actual=error
        )


class Unsuccessful(_Operated):
    """An operation that has failed or was canceled."""

    states = _WITHOUT_IMAGES


@rule(
    "IMAGE-OPERATION-015",
    should="give no images of an operation that has not succeeded",
    clause=f"{_OPERATION}/result",
    operations=ASKED,
    note="Of operations that are at work IMAGE-OPERATION-013 says the same.",
)
def failures_have_no_images(answer: Unsuccessful) -> Iterator[Violation]:
    """Images beside failed or canceled."""
    if elements(members(answer.json.get("result")).get("data")):
        yield answer.violates(
            "/result", f"An operation that is {answer.evidence[0]} has images.", reason="images"
        )


class Several(EvidentAnswer):
    """A result of two or more images with addresses."""

    @cached_property
    def evidence(self) -> tuple[tuple[int, str], ...]:
        """Place and address of each image."""
        images = objects(members(self.json.get("result")).get("data"))
        found = tuple((place, url) for place, image in images if (url := text(image.get("url"))))
        return found if len(found) > 1 else ()


@rule(
    "IMAGE-OPERATION-016",
    must="give each image an address of its own",
    clause=f"{_OPERATION}/result",
    operations=ASKED,
)
def addresses_differ(answer: Several) -> Iterator[Violation]:
    """Two images at one address are one image."""
    seen: set[str] = set()
    for place, url in answer.evidence:
        if url in seen:
            yield answer.violates(
                f"/result/data/{place}/url", "Two images have the same address.", actual=url, reason="same"
            )
            return
        seen.add(url)
