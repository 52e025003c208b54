"""Statuses of responses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.outline import EXTENSION
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join


@check
def impossible_status(subject: Subject) -> Iterator[Mistake]:
    """A response under a key that is neither a status, a range such as 2XX, nor `default`."""
    ranges = subject.outline.version > 20
    allowed = re.compile(r"default|[1-5]([0-9]{2}|XX)" if ranges else r"default|[1-5][0-9]{2}")
    for node in subject.outline.nodes("responses"):
        for status in node.value:
            if not allowed.fullmatch(status) and not status.startswith((EXTENSION, "$ref")):
                yield Mistake(
                    join(node.pointer, status),
                    f"{status!r} is not a status from 100 to 599"
                    f"{', a range such as 2XX' if ranges else ''} or default.",
                    status,
                )


@check
def empty_responses(subject: Subject) -> Iterator[Mistake]:
    """An operation whose responses are empty."""
    for node in subject.outline.nodes("responses"):
        if not any(not name.startswith(EXTENSION) for name in node.value):
            yield Mistake(node.pointer, "There is no response; at least one is required.")


@check(severity="warning")
def content_without_body(subject: Subject) -> Iterator[Mistake]:
    """A content of a response that HTTP sends without a body: 1xx, 204, 205 and 304."""
    for node in subject.outline.nodes("response"):
        bodiless = node.parent is not None and node.parent.kind == "responses"
        if bodiless and re.fullmatch(r"1\d\d|204|205|304", node.key):
            for name in ("content", "schema"):
                if node.value.get(name):
                    yield Mistake(join(node.pointer, name), f"A response with status {node.key} has no body.")
