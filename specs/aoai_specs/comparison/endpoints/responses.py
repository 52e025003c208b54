"""Differences between responses: statuses, headers and bodies."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.comparison.annotations import annotation_differences, facts_of
from aoai_specs.comparison.difference import Difference
from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.endpoints.endpoint import Endpoint, Response
from aoai_specs.comparison.endpoints.requests import media_differences
from aoai_specs.comparison.endpoints.schema_roots import Found, held_schemas


def response_differences(base: Endpoint, revision: Endpoint, *, words: bool) -> Iterator[tuple[str, Found]]:
    """Yield by status the differences of responses and the pairs of schemas to compare."""
    for status, response in base.responses.items():
        other = revision.responses.get(status)
        if other is None:
            yield status, iter([_removed(status, response, revision)])
            other = _covering(status, revision)
        if other is not None:
            yield status, _response(status, response, other, words=words)
    for status, response in revision.responses.items():
        if status not in base.responses:
            yield status, iter([_added(status, response, base)])


def is_error_status(status: str) -> bool:
    """Whether a status is an error; `default` counts as none."""
    return status[:1] in "45"


def _removed(status: str, response: Response, revision: Endpoint) -> Difference:
    covered = _covering(status, revision) is not None
    return Difference(
        "status-removed",
        f"the response {status} is no longer described" + (", except for its range" if covered else ""),
        response.pointer,
        revision.pointer,
        status,
        None,
        response=Effect.NOTHING if covered else Effect.NARROWS,
        traits=_traits(status),
        gone=True,
    )


def _added(status: str, response: Response, base: Endpoint) -> Difference:
    covered = _covering(status, base) is not None
    return Difference(
        "status-added",
        f"the response {status} is added",
        base.pointer,
        response.pointer,
        None,
        status,
        response=Effect.NOTHING if covered else Effect.WIDENS,
        traits=_traits(status),
    )


def _covering(status: str, endpoint: Endpoint) -> Response | None:
    """Return the response that is described for the range of a status, or None."""
    return endpoint.responses.get(f"{status[:1]}XX") if status.isdecimal() else None


def _traits(status: str) -> frozenset[str]:
    if status == "default":
        return frozenset({"failure"})  # the response to everything that nothing else describes
    return frozenset({"success" if status[:1] in "12" else "failure" if is_error_status(status) else "other"})


def _response(status: str, before: Response, after: Response, *, words: bool) -> Found:
    place = f"the response {status}"
    for name, header in before.headers.items():
        other = after.headers.get(name)
        required = header.under("required") is True
        if other is None:
            yield Difference(
                "header-removed",
                f"{place} no longer has the header {name!r}",
                header.pointer,
                after.pointer,
                name,
                None,
                response=Effect.WIDENS,
                traits=frozenset({"required" if required else "optional"}),
                gone=True,
            )
            continue
        becomes = other.under("required") is True
        if required != becomes:
            message = f"the header {name!r} of {place} becomes {'required' if becomes else 'optional'}"
            yield Difference(
                "header-required" if becomes else "header-optional",
                message,
                header.pointer,
                other.pointer,
                required,
                becomes,
                response=Effect.NARROWS if becomes else Effect.WIDENS,
            )
        facts = (facts_of(header.described, header.pointer), facts_of(other.described, other.pointer))
        yield from annotation_differences(*facts, (header.pointer, other.pointer), words=words)
        yield from held_schemas(header, other, f"the header {name!r} of {place}", Effect.CHANGES)
    for name, header in after.headers.items():
        if name not in before.headers:
            yield Difference(
                "header-added",
                f"{place} now has the header {name!r}",
                before.pointer,
                header.pointer,
                None,
                name,
            )
    yield from media_differences(
        before.media, after.media, (before.pointer, after.pointer), f"the body of {place}", _traits(status)
    )
