"""Fields that are missing, misspelt, unknown, of another version or of the wrong form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from aoai_specs.json_values import quote
from aoai_specs.lint.checks.keywords import LATER
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.grammar import VERSIONS, grammar, map_kind, named, with_article
from aoai_specs.lint.outline import EXTENSION, Node
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join

#: The longest name that is compared with the known ones, and the most names.
_LONGEST, _MOST = 40, 2_000
_STYLES = frozenset({"matrix", "label", "simple", "form", "spaceDelimited", "pipeDelimited", "deepObject"})
_TRANSPORTS = frozenset({"http", "https", "ws", "wss"})
_LISTS = frozenset({"csv", "ssv", "tsv", "pipes", "multi"})
_PLAIN_TYPES = frozenset({"string", "number", "integer", "boolean", "array"})
#: The values of fields with a closed list, by kind and field, with the first and last version.
_CHOICES: tuple[tuple[str, str, int, int, frozenset[str]], ...] = (
    ("parameter", "in", 20, 20, frozenset({"query", "header", "path", "formData", "body"})),
    ("parameter", "in", 30, 31, frozenset({"query", "header", "path", "cookie"})),
    ("parameter", "in", 32, 32, frozenset({"query", "header", "path", "cookie", "querystring"})),
    *((kind, "style", 30, 31, _STYLES) for kind in ("parameter", "header", "encoding")),
    *((kind, "style", 32, 32, _STYLES | {"cookie"}) for kind in ("parameter", "header", "encoding")),
    ("security-scheme", "type", 20, 20, frozenset({"basic", "apiKey", "oauth2"})),
    ("security-scheme", "type", 30, 30, frozenset({"apiKey", "http", "oauth2", "openIdConnect"})),
    (
        "security-scheme", "type", 31, 32,
        frozenset({"apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"}),
    ),
    ("security-scheme", "in", 20, 20, frozenset({"query", "header"})),
    ("security-scheme", "in", 30, 32, frozenset({"query", "header", "cookie"})),
    ("security-scheme", "flow", 20, 20, frozenset({"implicit", "password", "application", "accessCode"})),
    *((kind, "collectionFormat", 20, 20, _LISTS) for kind in ("parameter", "items", "header")),
    *((kind, "type", 20, 20, _PLAIN_TYPES) for kind in ("items", "header")),
    ("parameter", "type", 20, 20, _PLAIN_TYPES | {"file"}),
    *((kind, "schemes", 20, 20, _TRANSPORTS) for kind in ("document", "operation")),
    ("xml", "nodeType", 32, 32, frozenset({"element", "attribute", "text", "cdata", "none"})),
)  # fmt: skip


@check
def missing_field(subject: Subject) -> Iterator[Mistake]:
    """A field that the specification requires and that is missing, such as the description of a response."""
    for node in subject.outline.every():
        if node.kind == "path-item" and "$ref" in node.value:
            continue
        for name in _missing(subject, node):
            yield Mistake(
                node.pointer,
                f"The {_title(node)} has no {name}, which {subject.outline.version_name} requires.",
            )


def _missing(subject: Subject, node: Node) -> Iterator[str]:
    required = subject.outline.grammar.required[node.kind]
    yield from (name for name in required if name not in node.value)
    described = {"paths", "components", "webhooks"} & node.value.keys()
    if node.kind == "document" and subject.outline.version >= 31 and not described:
        yield "paths"


def _title(node: Node) -> str:
    if node.kind in ("document", "info"):
        return "description" if node.kind == "document" else "info object"
    return f"{named(node.kind)} {node.key!r}" if node.key and not node.key.isdigit() else named(node.kind)


@check
def misspelt_keyword(subject: Subject) -> Iterator[Mistake]:
    """A field or keyword that is not defined, but is spelt nearly like one that is."""
    for node, name in _undefined(subject):
        meant = _meant(subject, node, name)
        if meant is not None:
            yield Mistake(
                join(node.pointer, name),
                f"{name!r} is not a field of {with_article(node.kind)} and is ignored; "
                f"did you mean {meant!r}?",
            )


@check
def unknown_keyword(subject: Subject) -> Iterator[Mistake]:
    """A field that no version defines for its object; only names that begin with x- are free."""
    for node, name in _undefined(subject):
        if node.kind == "schema" and subject.outline.version >= 31:
            continue  # JSON Schema allows further keywords
        if not _elsewhere(node, name) and _meant(subject, node, name) is None:
            yield Mistake(
                join(node.pointer, name),
                f"{subject.outline.version_name} does not define {name!r} for {with_article(node.kind)}.",
            )


@check(severity="warning")
def field_of_another_version(subject: Subject) -> Iterator[Mistake]:
    """A field that another version defines for this object, but not this one."""
    for node, name in _undefined(subject):
        versions = _elsewhere(node, name)
        reported = node.kind == "schema" and name in _REPORTED_ELSEWHERE
        if subject.outline.version == 20 and name == "nullable":
            reported = False
        if versions and not reported and _meant(subject, node, name) is None:
            yield Mistake(
                join(node.pointer, name),
                f"{subject.outline.version_name} does not define {name} for {with_article(node.kind)}; "
                f"{VERSIONS[versions[0]]} does.",
            )


#: Keywords of schemas that the check `keyword-of-another-version` reports.
_REPORTED_ELSEWHERE = LATER | {"nullable"}


def _undefined(subject: Subject) -> Iterator[tuple[Node, str]]:
    """Yield each field that the version does not define for its object."""
    fields = subject.outline.grammar.fields
    for node in subject.outline.every():
        if map_kind(node.kind) is not None or node.kind == "security-requirement":
            continue
        known = fields[node.kind]
        for name in node.value:
            if name not in known and not name.startswith(EXTENSION) and name != "$ref":
                yield node, name


def _elsewhere(node: Node, name: str) -> list[int]:
    """Return the other versions that define a field."""
    return [version for version in VERSIONS if name in grammar(version).fields.get(node.kind, {})]


def _meant(subject: Subject, node: Node, name: str) -> str | None:
    """Return the known field that a name was probably meant to be."""
    if node.kind == "schema" and name in _REPORTED_ELSEWHERE:
        return None
    meant = _nearest(name, subject.outline.version, node.kind)
    if meant is None or not _elsewhere(node, name):
        return meant
    return meant if name.lower() == meant.lower() else None


@cache
def _nearest(name: str, version: int, kind: str) -> str | None:
    if len(name) > _LONGEST or _nearest.cache_info().currsize > _MOST:
        return None
    return nearest(name, grammar(version).fields[kind])


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name that another one is probably a misspelling of, or None."""
    folded = _folded(name)
    best: tuple[int, str] | None = None
    for each in known:
        if _folded(each) == folded:
            return each
        shortest = 3 if len(name) > 3 else 4
        allowed = 0 if len(each) < shortest else 1 if len(each) < 6 else 2
        if each.endswith("ies") and folded == _folded(each[:-3] + "y"):
            return each
        distance = _distance(name, each, allowed) if abs(len(name) - len(each)) <= allowed else None
        if distance is not None and (best is None or distance < best[0]):
            best = (distance, each)
    return best[1] if best else None


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _distance(one: str, other: str, most: int) -> int | None:
    """Return the number of letters to change, add, drop or swap, or None for more than `most`."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        next_row = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(row[j] + 1, next_row[j - 1] + 1, row[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            next_row.append(cost)
        before, row = row, next_row
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


@check
def value_of_wrong_type(subject: Subject) -> Iterator[Mistake]:
    """A field that holds text, a list or an object where the specification requires another type."""
    for misfit in subject.outline.misfits:
        yield Mistake(
            misfit.pointer,
            f"{misfit.name} must be {misfit.expected}, but it is {quote(misfit.value)}.",
            misfit.value,
        )


@check
def unknown_choice(subject: Subject) -> Iterator[Mistake]:
    """A value outside the closed list that the specification gives, such as `in: body` in OpenAPI 3."""
    version = subject.outline.version
    for kind, name, first, last, allowed in _CHOICES:
        if not first <= version <= last:
            continue
        for node in subject.outline.nodes(kind):
            held = node.value.get(name)
            for value in held if isinstance(held, list) else [held]:
                if isinstance(value, str) and value not in allowed:
                    yield Mistake(
                        join(node.pointer, name),
                        f"{name} of {with_article(kind)} must be one of {', '.join(sorted(allowed))}, "
                        f"not {quote(value)}.",
                        value,
                    )


@check
def empty_list(subject: Subject) -> Iterator[Mistake]:
    """A list that must have an entry and has none, such as `allOf` or the values of a variable."""
    old = subject.outline.version <= 30
    kinds = [("schema", name) for name in ("allOf", "anyOf", "oneOf", "enum")]
    kinds += [("schema", "required")] if old else [("schema", "type"), ("schema", "prefixItems")]
    kinds += [("server-variable", "enum"), ("document", "schemes"), ("parameter", "enum")]
    for kind, name in kinds:
        for node in subject.outline.nodes(kind):
            if node.value.get(name) == []:
                yield Mistake(
                    join(node.pointer, name),
                    f"{name} is empty; {subject.outline.version_name} requires an entry.",
                )


@check(severity="warning")
def incomplete_version(subject: Subject) -> Iterator[Mistake]:
    """A version of OpenAPI without its three numbers, such as 3.0 instead of 3.0.3."""
    stated = subject.published.get("openapi")
    if isinstance(stated, str) and not re.fullmatch(r"\d+\.\d+\.\d+(-.+)?", stated):
        yield Mistake("#/openapi", f"{quote(stated)} is not a version such as 3.0.3.", stated)


@check(severity="warning")
def repeated_entry(subject: Subject) -> Iterator[Mistake]:
    """A list of unique names that has one of them twice: required names, types, tags, media types."""
    for kind, name in (
        ("schema", "required"), ("schema", "type"), ("operation", "tags"), ("server-variable", "enum"),
        ("operation", "consumes"), ("operation", "produces"), ("document", "consumes"),
        ("document", "produces"), ("document", "schemes"), ("operation", "schemes"),
    ):  # fmt: skip
        for node in subject.outline.nodes(kind):
            held = node.value.get(name)
            seen: set[str] = set()
            for index, each in enumerate(held if isinstance(held, list) else ()):
                if isinstance(each, str) and each in seen:
                    yield Mistake(join(node.pointer, name, index), f"{name} lists {quote(each)} twice.", each)
                seen.add(each if isinstance(each, str) else "")
