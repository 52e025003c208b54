"""Image operations in the background (DALL-E 2): submission, polling and deletion."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from aoai_conformance.json_access import elements, members, objects, text, whole
from aoai_conformance.observation import examined
from aoai_conformance.rule import Inconclusive, rule
from aoai_conformance.views.flows import CreatedResource, Flow, ResourceHistory, Step
from aoai_conformance.views.resource_identity import find_changes, find_regressions, require_requested_id
from aoai_conformance.views.timestamps import Lifetime
from aoai_model.verdict import Violation

SUBMITTED = frozenset({"image-submit"})
ASKED = frozenset({"image-status"})
IMAGE_OPERATIONS = SUBMITTED | ASKED | frozenset({"image-delete"})

_PATHS = "azure-openai@2023-06-01-preview#/paths"
_SUBMIT = f"{_PATHS}/~1images~1generations:submit/post"
_STATUS = f"{_PATHS}/~1operations~1images~1{{operation-id}}/get"
_DELETE = f"{_PATHS}/~1operations~1images~1{{operation-id}}/delete"
_RANKS = {"notRunning": 0, "running": 1, "succeeded": 2, "canceled": 2, "failed": 2, "deleted": 3}
#: Final statuses; only deletion may follow.
_ENDED = frozenset({"succeeded", "canceled", "failed"})
_TIMES = ("created", "expires")
#: Images are kept for one day; rounding to hours and clock differences are allowed.
_LIFETIME = Lifetime(
    *_TIMES,
    seconds=86_400,
    leeway=7_200,
    expired_message="The images expire before they are created.",
    length_message="The images do not expire one day after their creation.",
)


class ImageFlow(Flow):
    """The requests for image operations, in order."""

    kinds = frozenset({"flow.images"})

    def histories(self) -> tuple[ResourceHistory, ...]:
        """Return the responses about each operation of the flow."""
        return ResourceHistory.of(self, SUBMITTED | ASKED)


class OperationReply(CreatedResource):
    """The response to a submission or to a later request for an operation."""

    @property
    def state(self) -> str | None:
        """Return the status of the operation."""
        return text(self.json.get("status"))


@rule(
    "IMAGE-OPERATION-001",
    must="return the URL of the operation in the operation-location header",
    clause=f"{_SUBMIT}/responses/202/headers/operation-location",
    operations=SUBMITTED,
)
def returns_the_operation_location(reply: OperationReply) -> Iterator[Violation]:
    """The header is an absolute URL with the id of the operation."""
    location, id_ = reply.header("operation-location"), text(reply.json.get("id"))
    if location is None:
        yield reply.violates(
            "header:Operation-Location", "The response has no operation-location header.", reason="missing"
        )
        return
    url = urlsplit(location)
    if url.scheme not in ("http", "https") or not url.netloc:
        yield reply.violates(
            "header:Operation-Location",
            "operation-location is not an absolute URL.",
            actual=location,
            reason="relative",
        )
    elif "/operations/images/" not in url.path or (id_ is not None and not url.path.endswith(f"/{id_}")):
        yield reply.violates(
            "header:Operation-Location",
            "operation-location is not the URL of the operation.",
            expected=f"…/operations/images/{id_}",
            actual=location,
            reason="another address",
        )


@rule(
    "IMAGE-OPERATION-002",
    should="return the host of the request in operation-location",
    clause=f"{_SUBMIT}/responses/202/headers/operation-location",
    operations=SUBMITTED,
    note="Gateways may pass on the host of the service, which their clients may not reach.",
)
def returns_the_same_host(reply: OperationReply) -> Iterator[Violation]:
    """Clients may reach only the host of the request."""
    location = urlsplit(reply.header("operation-location") or "")
    request_url = urlsplit(reply.exchange.request.url)
    if location.netloc and request_url.netloc and location.netloc.lower() != request_url.netloc.lower():
        yield reply.violates(
            "header:Operation-Location",
            "operation-location has another host than the request.",
            expected=request_url.netloc,
            actual=location.netloc,
        )


@rule(
    "IMAGE-OPERATION-003",
    must="return the requested operation",
    clause=_STATUS,
    operations=ASKED,
)
def is_the_requested_operation(reply: OperationReply) -> Iterator[Violation]:
    """Compares the id in the path with the id in the response."""
    yield from require_requested_id(reply, "The response is about another operation.")


@rule(
    "IMAGE-OPERATION-004",
    must="never return an operation to an earlier status",
    clause=f"{_STATUS}/responses/200",
    operations=IMAGE_OPERATIONS,
)
def status_does_not_regress(flow: ImageFlow) -> Iterator[Violation]:
    """The order is notRunning, running, and a final status."""
    yield from find_regressions(
        flow.histories(), "The operation returns to an earlier status", _RANKS, ends=_ENDED
    )


@rule(
    "IMAGE-OPERATION-005",
    must="return the images of an operation that has succeeded",
    clause=f"{_STATUS}/responses/200",
    operations=ASKED,
)
def succeeded_operation_has_images(reply: OperationReply) -> Iterator[Violation]:
    """Each image has an absolute URL."""
    if reply.state != "succeeded":
        return
    images = objects(members(reply.json.get("result")).get("data"))
    if not images:
        yield reply.violates("/result", "The operation succeeded but has no images.", reason="missing")
    for place, image in images:
        address = text(image.get("url"))
        if address is None and image.get("error") is None:
            yield reply.violates(
                f"/result/data/{place}/url", "The image has no URL.", actual=image, reason="no url"
            )
        elif address is not None and urlsplit(address).scheme not in ("http", "https"):
            yield reply.violates(
                f"/result/data/{place}/url",
                "The image's URL is not an absolute URL.",
                actual=address,
                reason="no url",
            )


@rule(
    "IMAGE-OPERATION-006",
    must="return as many images as requested",
    clause=f"{_SUBMIT}/requestBody",
    operations=IMAGE_OPERATIONS,
)
def returns_the_requested_number_of_images(flow: ImageFlow) -> Iterator[Violation]:
    """Compares `n` of the submission with the number of images."""
    requested = {step.id: whole(step.sent.get("n", 1)) for step in flow.done("image-submit")}
    for step in flow.done("image-status"):
        expected = requested.get(step.resource)
        made = elements(members(step.json.get("result")).get("data"))
        if step.json.get("status") == "succeeded" and expected is not None and made and len(made) != expected:
            yield step.violates(
                "/result/data",
                "The number of images differs from the request",
                expected=expected,
                actual=len(made),
            )


@rule(
    "IMAGE-OPERATION-007",
    must="return the creation of an operation and the expiry of its images in Unix seconds, in this order",
    clause=f"{_STATUS}/responses/200",
    operations=ASKED,
    note="The documentation says one day later; another period is a SHOULD violation.",
)
def expires_after_its_creation(reply: OperationReply) -> Iterator[Violation]:
    """Checks both times of a successful operation."""
    yield from _LIFETIME.broken(reply)


@rule(
    "IMAGE-OPERATION-008",
    must="return an error for an operation that has failed",
    clause=f"{_STATUS}/responses/200",
    operations=ASKED,
)
def has_an_error_if_failed(reply: OperationReply) -> Iterator[Violation]:
    """The error has a message."""
    if reply.state == "failed" and not text(members(reply.json.get("error")).get("message")):
        yield reply.violates("/error", "The operation failed but has no error.", reason="missing")


@rule(
    "IMAGE-OPERATION-009",
    must="delete the images of a deleted operation",
    clause=_DELETE,
    operations=IMAGE_OPERATIONS,
    note="Accepted are 404, 410 and the status deleted.",
)
def deleted_resource_does_not_exist(flow: ImageFlow) -> Iterator[Violation]:
    """A deleted operation can no longer be retrieved."""
    for deletion in flow.done("image-delete"):
        for step in flow.later(deletion):
            if step.kind != "image-status" or step.resource != deletion.resource:
                continue
            if step.status in (408, 425, 429) or step.status >= 500:
                raise Inconclusive(f"a {step.status} does not show whether the operation exists")
            if step.succeeded and (_has_images(step) or step.json.get("status") != "deleted"):
                yield step.violates(
                    "/status",
                    "The deleted operation still exists",
                    expected="404 or deleted",
                    actual=step.json.get("status"),
                )


@rule(
    "IMAGE-OPERATION-010",
    must="delete an operation only after it has ended",
    clause=_DELETE,
    operations=IMAGE_OPERATIONS,
)
def deletes_only_ended_operations(flow: ImageFlow) -> Iterator[Violation]:
    """An operation must not be running after its deletion."""
    for deletion in flow.done("image-delete"):
        for step in flow.later(deletion):
            state = step.json.get("status")
            same = step.kind == "image-status" and step.resource == deletion.resource
            examined(same and not step.succeeded)
            if same and step.succeeded and state in ("notRunning", "running"):
                yield step.violates(
                    "/status", "The operation continues after its deletion", expected="deleted", actual=state
                )


@rule(
    "IMAGE-OPERATION-011",
    must="return the same times for an operation in every response",
    clause=f"{_STATUS}/responses/200",
    operations=IMAGE_OPERATIONS,
)
def properties_do_not_change(flow: ImageFlow) -> Iterator[Violation]:
    """Times do not change after they are set."""
    yield from find_changes(flow.histories(), _TIMES, "`{name}` of the operation changes")


@rule(
    "IMAGE-OPERATION-012",
    should="reject the deletion of an operation that has not started",
    clause=_DELETE,
    operations=IMAGE_OPERATIONS,
    note="Judged only directly after a response with notRunning: an ended operation may be deleted.",
)
def rejects_deletion_before_the_start(flow: ImageFlow) -> Iterator[Violation]:
    """A deletion succeeds only in a final status."""
    for before, step in pairwise(flow.sequence):
        status = before.json.get("status") if before.kind in ("image-submit", "image-status") else None
        if step.kind == "image-delete" and step.succeeded and status == "notRunning":
            same = before.id in (None, step.resource) or before.resource == step.resource
            if same:
                yield step.violates(
                    "",
                    "An operation that has not started is deleted",
                    expected="400 or 409",
                    actual=step.status,
                )


@rule(
    "IMAGE-OPERATION-013",
    should="return the result of an operation only after it has succeeded",
    clause=f"{_STATUS}/responses/200",
    operations=ASKED,
)
def has_no_early_result(reply: OperationReply) -> Iterator[Violation]:
    """Until then, there are no images."""
    images = elements(members(reply.json.get("result")).get("data"))
    if reply.state in ("notRunning", "running") and images:
        yield reply.violates("/result", "The operation has a result before it succeeded.", actual=reply.state)


def _has_images(step: Step) -> bool:
    result: dict[str, Any] = members(step.json.get("result"))
    return bool(elements(result.get("data")))
