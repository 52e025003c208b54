"""What operations omit: errors, their form, and the api-version."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.json_values import quote
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join

_API_VERSION = "api-version"
#: Bodies that are not errors in the format of either API.
_NOT_ERRORS: tuple[dict[str, str], ...] = ({"detail": "Not Found"}, {})


@check(severity="warning")
def no_error_response(subject: Subject) -> Iterator[Mistake]:
    """An operation that describes no error response."""
    for operation in subject.survey.operations:
        if not any(_is_error_status(status) for status in operation.statuses):
            yield Mistake(
                join(operation.pointer, "responses"), f"{operation.title} describes no error response."
            )


@check(severity="warning")
def no_success_response(subject: Subject) -> Iterator[Mistake]:
    """An operation that describes no success response."""
    for operation in subject.survey.operations:
        if not any(status.startswith(("2", "3")) for status in operation.statuses):
            yield Mistake(
                join(operation.pointer, "responses"), f"{operation.title} describes no success response."
            )


@check(severity="warning")
def error_requires_nothing(subject: Subject) -> Iterator[Mistake]:
    """An error schema that matches any object."""
    for operation in subject.survey.operations:
        for status, media in operation.responses.items():
            for media_type, (pointer, described) in media.items() if _is_error_status(status) else ():
                if "json" not in media_type or not isinstance(described.get("schema"), dict):
                    continue
                place, _ = subject.follow(join(pointer, "schema"))
                validator = subject.validator(place, "response")
                for body in _NOT_ERRORS if validator is not None else ():
                    if validator is not None and validator.is_valid(body):
                        yield Mistake(
                            place, f"The schema requires nothing, so {quote(body)} matches as an error.", body
                        )
                        break


@check(severity="warning")
def api_version_missing(subject: Subject) -> Iterator[Mistake]:
    """An operation without an api-version parameter that other operations have."""
    with_version = [
        any(each.get("name") == _API_VERSION for _, each in operation.parameters)
        for operation in subject.survey.operations
    ]
    for operation, has in zip(subject.survey.operations, with_version, strict=True):
        if not has and any(with_version):
            yield Mistake(
                operation.pointer,
                f"{operation.title} has no parameter {_API_VERSION}, but other operations do.",
            )


def _is_error_status(status: str) -> bool:
    return status.startswith(("4", "5")) or status == "default"
