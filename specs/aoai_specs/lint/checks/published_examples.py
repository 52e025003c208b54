"""Published examples in separate files, validated against their operations.

The format is that of `x-ms-examples`: an object with `parameters`, one of which is the body, and `responses`
by status, each with `body` and `headers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aoai_specs.errors import DocumentError
from aoai_specs.json_values import as_object, quote
from aoai_specs.lint.checks.examples import file_stem
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import PublishedExample, Subject
from aoai_specs.lint.survey import DescribedOperation
from aoai_specs.loading.files import load
from aoai_specs.loading.sources import read_source
from aoai_specs.pointers import join
from aoai_specs.schemas.translation import Direction

_MAX_FILES = 500
_JSON = "application/json"
#: Parameters of an example that only locate the service.
_ENVIRONMENT = {"endpoint", "apikey", "contenttype", "accept", "apiversion"}


def read_examples(folder: str | Path) -> tuple[PublishedExample, ...]:
    """Return the example files in a folder, sorted by name.

    Raises DocumentError if there is no such folder, if it has no examples, or if a file cannot be read.
    """
    path = Path(folder)
    if not path.is_dir():
        raise DocumentError(f"{folder} is not a folder of examples.")
    files = sorted(each for each in path.iterdir() if each.suffix in (".json", ".yaml", ".yml"))
    if not files:
        raise DocumentError(f"{folder} has no example files (.json or .yaml).")
    if len(files) > _MAX_FILES:
        raise DocumentError(f"{folder} has more than the limit of {_MAX_FILES} files.")
    found = []
    for file in files:
        content = load(read_source(str(file)), str(file)).content
        if not isinstance(content.get("responses"), dict) and not isinstance(content.get("parameters"), dict):
            raise DocumentError(f"{file} is not an example: it has neither parameters nor responses.")
        found.append(PublishedExample(str(file), content))
    return tuple(found)


@check(severity="warning")
def published_example_of_no_operation(subject: Subject) -> Iterator[Mistake]:
    """A published example that belongs to no operation."""
    for example in subject.examples:
        if operation_of(subject, example) is None:
            yield Mistake("#", "This example belongs to no operation of the description.", file=example.file)


@check
def published_example_breaks_schema(subject: Subject) -> Iterator[Mistake]:
    """A published example whose request or response does not match the schema of its operation."""
    for example in subject.examples:
        operation = operation_of(subject, example)
        if operation is not None:
            yield from _broken_request(subject, example, operation)
            yield from _broken_responses(subject, example, operation)


@check(severity="warning")
def published_example_status_undeclared(subject: Subject) -> Iterator[Mistake]:
    """A published example whose status its operation does not describe."""
    for example in subject.examples:
        operation = operation_of(subject, example)
        for status in as_object(example.content.get("responses")) if operation is not None else ():
            if operation is not None and _declared(operation, status) is None:
                yield Mistake(
                    join("#/responses", status),
                    f"{operation.title} describes {', '.join(operation.statuses)}, but not {status}.",
                    file=example.file,
                )


def operation_of(subject: Subject, example: PublishedExample) -> DescribedOperation | None:
    """Return the operation of an example, or None.

    An operation is found by its reference to the example, by the operationId in the example, or by the words
    of the file name among the operations whose path parameters the example has.
    """
    stem = file_stem(example.file.replace("\\", "/"))
    operations = subject.survey.operations
    for operation in operations:
        named = as_object(operation.described.get("x-ms-examples"))
        if any(file_stem(str(as_object(each).get("$ref", ""))) == stem for each in named.values()):
            return operation
    for operation in operations:
        if example.content.get("operationId") not in (None, operation.described.get("operationId")):
            continue
        if "operationId" in example.content:
            return operation
    given = {_bare(name) for name in as_object(example.content.get("parameters"))}
    words = _words(stem)
    scored = sorted(
        (
            (_score(subject, example, words, operation, given), operation)
            for operation in operations
            if _needed(operation) <= given
        ),
        key=lambda pair: pair[0],
        reverse=True,
    )
    if not scored or scored[0][0][2] == 0 or (len(scored) > 1 and scored[0][0] == scored[1][0]):
        return None
    return scored[0][1]


def _score(
    subject: Subject,
    example: PublishedExample,
    words: set[str],
    operation: DescribedOperation,
    given: set[str],
) -> tuple[int, int, int, int]:
    """Rate an operation by common words, minus apparent mistakes; then by its path."""
    own = _words(str(operation.described.get("operationId", ""))) | _words(operation.path)
    own |= {"get": {"list"}, "post": {"create", "start"}}.get(operation.method.lower(), set())
    own |= {operation.method.lower()}
    common = len(words & own)
    if not common:
        return -10, 0, 0, 0
    statuses = as_object(example.content.get("responses"))
    undeclared = sum(_declared(operation, status) is None for status in statuses)
    broken = sum(1 for _ in _broken_request(subject, example, operation))
    mistakes = min(undeclared + broken + _misplaced(example, operation), 2)
    beside = len(_words(operation.path) - words) + len(_needed(operation) ^ given)
    return common - mistakes, -mistakes, common, -beside


def _misplaced(example: PublishedExample, operation: DescribedOperation) -> int:
    """Rate how badly an example's body fits the media types of an operation."""
    has_body = isinstance(as_object(example.content.get("parameters")).get("body"), dict)
    takes_json = any(_is_json(media_type) for media_type in operation.request)
    return 2 if has_body and not takes_json else 0


def _needed(operation: DescribedOperation) -> set[str]:
    return {_bare(str(each.get("name"))) for _, each in operation.parameters if each.get("in") == "path"}


def _words(text: str) -> set[str]:
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", re.sub(r"\{[^}]*\}", "", text))
    return {_singular(part.lower()) for part in parts} - {"deployment", "generated"}


def _singular(word: str) -> str:
    if word.endswith("ches"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _broken_request(
    subject: Subject, example: PublishedExample, operation: DescribedOperation
) -> Iterator[Mistake]:
    given = as_object(example.content.get("parameters"))
    described = {_bare(str(each.get("name"))): place for place, each in operation.parameters}
    for name, value in given.items():
        place = described.get(_bare(name))
        if place is not None and "schema" in (subject.at(place) or {}):
            where = join("#/parameters", name)
            yield from _broken(subject, example, where, value, join(place, "schema"), "request")
    for media_type, (pointer, media) in operation.request.items():
        if not isinstance(media.get("schema"), dict):
            continue
        schema = join(pointer, "schema")
        if media_type.startswith("multipart/") or "form" in media_type:
            fields = {
                name: value
                for name, value in given.items()
                if _bare(name) not in _ENVIRONMENT | described.keys() | {"body"}
            }
            if not fields and isinstance(given.get("body"), dict):
                fields = given["body"]
            if fields:
                yield from _broken(subject, example, "#/parameters", fields, schema, "request")
        elif _is_json(media_type):
            others = [each for each in given if _bare(each) not in _ENVIRONMENT | described.keys()]
            body = "body" if "body" in given else next(iter(others), None)
            if body is not None:
                where = join("#/parameters", body)
                yield from _broken(subject, example, where, given[body], schema, "request")


def _broken_responses(
    subject: Subject, example: PublishedExample, operation: DescribedOperation
) -> Iterator[Mistake]:
    for status, response in as_object(example.content.get("responses")).items():
        declared = _declared(operation, status)
        body = as_object(response).get("body")
        if declared is None or body is None:
            continue
        for media_type, (pointer, media) in operation.responses[declared].items():
            if _is_json(media_type) and isinstance(media.get("schema"), dict):
                where = join("#/responses", status, "body")
                yield from _broken(subject, example, where, body, join(pointer, "schema"), "response")


def _broken(
    subject: Subject, example: PublishedExample, where: str, value: Any, schema: str, direction: Direction
) -> Iterator[Mistake]:
    for error in subject.errors(schema, value, direction):
        actual = f" (actual: {quote(error.actual, 40)})" if error.keyword != "required" else ""
        yield Mistake(
            f"{where}{error.pointer}",
            f"{where[1:]} violates {error.clause.rpartition('#')[2]}: {error.message}{actual}",
            file=example.file,
        )


def _declared(operation: DescribedOperation, status: str) -> str | None:
    for key in (status, f"{status[:1]}XX", "default"):
        if key in operation.statuses:
            return key
    return None


def _is_json(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() in (_JSON, "*/*") or "+json" in media_type
