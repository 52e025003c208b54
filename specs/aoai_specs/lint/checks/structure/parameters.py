"""Parameters and headers: what describes them, and which of them are declared twice or have no effect."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aoai_specs.json_values import quote
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.grammar import named
from aoai_specs.lint.outline import Node
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join

#: Headers that other parts of a description determine.
_DETERMINED = {
    "accept": "the media types of the responses",
    "content-type": "the media types of the body",
    "authorization": "the security schemes",
}

#: The name of a header field (RFC 9110, section 5.6.2).
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _title(node: Node) -> str:
    name = node.value.get("name", node.key) if node.kind == "parameter" else node.key
    return f"The {named(node.kind)} {name!r}"


@check
def parameter_without_schema(subject: Subject) -> Iterator[Mistake]:
    """A parameter or header with neither a schema nor a content, or in Swagger without a type."""
    for node in subject.outline.nodes("parameter", "header"):
        if subject.outline.version == 20:
            wanted = "schema" if node.value.get("in") == "body" else "type"
            if wanted not in node.value and node.kind == "parameter":
                yield Mistake(node.pointer, f"{_title(node)} has no {wanted}.")
        elif not {"schema", "content"} & node.value.keys():
            yield Mistake(node.pointer, f"{_title(node)} has neither a schema nor a content.")


@check
def parameter_with_schema_and_content(subject: Subject) -> Iterator[Mistake]:
    """A parameter or header with both a schema and a content, of which only one is allowed."""
    for node in subject.outline.nodes("parameter", "header"):
        if subject.outline.version > 20 and {"schema", "content"} <= node.value.keys():
            yield Mistake(node.pointer, f"{_title(node)} has both a schema and a content.")
        if subject.outline.version == 20 and node.kind == "parameter":
            extra = "type" if node.value.get("in") == "body" else "schema"
            if extra in node.value:
                yield Mistake(
                    join(node.pointer, extra),
                    f"{_title(node)} is in {node.value.get('in')} and may not have a {extra}.",
                )


@check
def parameter_content_of_several_types(subject: Subject) -> Iterator[Mistake]:
    """A parameter or header whose content has not exactly one media type."""
    for node in subject.outline.nodes("parameter", "header"):
        content = node.value.get("content")
        if isinstance(content, dict) and len(content) != 1:
            yield Mistake(
                join(node.pointer, "content"),
                f"{_title(node)} has {len(content)} media types; exactly one is allowed.",
            )


@check
def malformed_parameter_name(subject: Subject) -> Iterator[Mistake]:
    """A parameter without a name, or a header whose name HTTP does not allow."""
    for node in subject.outline.nodes("parameter", "header"):
        in_header = node.kind == "header" or node.value.get("in") == "header"
        if node.kind == "header" and not _is_used(node):
            continue  # the name of a component is not the name of the header
        name = node.key if node.kind == "header" else node.value.get("name")
        if name == "":
            yield Mistake(node.pointer, f"The name of the {named(node.kind)} is empty.")
        elif in_header and isinstance(name, str) and not _TOKEN.fullmatch(name):
            yield Mistake(
                node.pointer, f"{name!r} is not the name of a header: HTTP does not allow it.", name
            )


@check
def path_parameter_not_required(subject: Subject) -> Iterator[Mistake]:
    """A path parameter without `required: true`."""
    for node in subject.outline.nodes("parameter"):
        if node.value.get("in") == "path" and node.value.get("required") is not True:
            yield Mistake(node.pointer, f"{_title(node)} is in the path, so it must have required: true.")


@check
def repeated_parameter(subject: Subject) -> Iterator[Mistake]:
    """A parameter that a list has twice, or a header that differs from another only in case."""
    outline = subject.outline
    for owner in outline.nodes("path-item", "operation"):
        seen: dict[tuple[str, str], str] = {}
        around = owner.parent
        if owner.kind == "operation" and around is not None:
            for place, parameter in outline.items(around, "parameters"):
                if parameter.value.get("in") == "header":
                    seen.setdefault(_key(parameter), place)
        for place, parameter in outline.items(owner, "parameters"):
            key = _key(parameter)
            first = seen.setdefault(key, place)
            if first != place and _overrides(subject, first, parameter, owner):
                seen[key] = place
            elif first != place:
                yield Mistake(place, f"{_title(parameter)} in {key[1]} is already declared at {first}.")


def _key(parameter: Node) -> tuple[str, str]:
    name, where = str(parameter.value.get("name")), str(parameter.value.get("in"))
    return (name.lower() if where == "header" else name, where)


def _overrides(subject: Subject, first: str, parameter: Node, owner: Node) -> bool:
    """Whether an operation replaces a parameter of its path by one of the same name."""
    replaced = subject.outline.follow(first)
    same = replaced is not None and replaced.value.get("name") == parameter.value.get("name")
    return same and not first.startswith(f"{owner.pointer}/")


@check(severity="warning")
def header_without_effect(subject: Subject) -> Iterator[Mistake]:
    """A header parameter Authorization, Accept or Content-Type, or a header Content-Type: ignored."""
    if subject.outline.version == 20:
        return  # Swagger does not ignore them
    for node in subject.outline.nodes("parameter"):
        name = str(node.value.get("name"))
        determined = _DETERMINED.get(name.lower())
        if node.value.get("in") == "header" and determined is not None:
            yield Mistake(
                node.pointer, f"The header parameter {name!r} is ignored; {determined} determine it.", name
            )
    for node in subject.outline.nodes("header"):
        if node.key.lower() == "content-type" and node.field == "headers" and _is_used(node):
            yield Mistake(
                node.pointer, f"The header {node.key!r} is ignored; the media type determines it.", node.key
            )


def _is_used(header: Node) -> bool:
    return header.parent is not None and header.parent.kind in ("response", "encoding")


@check(severity="warning")
def flag_without_effect(subject: Subject) -> Iterator[Mistake]:
    """`allowEmptyValue` or `allowReserved` on a parameter that is not in the query."""
    version = subject.outline.version
    for node in subject.outline.nodes("parameter"):
        where = node.value.get("in")
        effective = {
            "allowEmptyValue": ("query", "formData") if version == 20 else ("query",),
            "allowReserved": ("query",) if version < 32 else (where,),
        }
        for name, places in effective.items():
            if node.value.get(name) is True and where not in places:
                yield Mistake(
                    join(node.pointer, name),
                    f"{name} has no effect on {_title(node)[4:]}, which is in {where}.",
                )


@check
def swagger_body_beside_form(subject: Subject) -> Iterator[Mistake]:
    """Two bodies of a Swagger operation, or a body beside form fields."""
    outline = subject.outline
    for owner in outline.nodes("operation", "path-item") if outline.version == 20 else ():
        places = [
            (place, str(parameter.value.get("in"))) for place, parameter in outline.items(owner, "parameters")
        ]
        bodies = [place for place, where in places if where == "body"]
        for place in bodies[1:]:
            yield Mistake(place, f"There is already a body at {bodies[0]}.")
        forms = [place for place, where in places if where == "formData"]
        if bodies and forms:
            yield Mistake(forms[0], f"A form field cannot be beside the body at {bodies[0]}.")


@check
def swagger_form_without_media_type(subject: Subject) -> Iterator[Mistake]:
    """Form fields of a Swagger operation that does not consume a form, or a file outside multipart."""
    outline = subject.outline
    shared = subject.published.get("consumes")
    for owner in outline.nodes("operation") if outline.version == 20 else ():
        stated = owner.value.get("consumes", shared)
        consumed = [each for each in stated if isinstance(each, str)] if isinstance(stated, list) else []
        for place, parameter in outline.items(owner, "parameters"):
            if parameter.value.get("type") == "file" and parameter.value.get("in") != "formData":
                yield Mistake(place, f"{_title(parameter)} is a file, so it must be in formData.")
            elif parameter.value.get("in") == "formData":
                is_file = parameter.value.get("type") == "file"
                wanted = ("multipart/",) if is_file else ("multipart/", "application/x-www-form-urlencoded")
                if not any(each.startswith(wanted) for each in consumed):
                    yield Mistake(
                        place, f"{_title(parameter)} is a form field, but consumes is {quote(consumed)}."
                    )


@check
def querystring_beside_query(subject: Subject) -> Iterator[Mistake]:
    """A parameter in `querystring` twice, beside one in `query`, or without a content."""
    outline = subject.outline
    for node in outline.nodes("parameter"):
        if node.value.get("in") == "querystring" and "content" not in node.value:
            yield Mistake(node.pointer, f"{_title(node)} is in querystring, so it must have a content.")
    for owner in outline.nodes("operation"):
        holders = [owner.parent, owner] if owner.parent is not None else [owner]
        listed = [pair for holder in holders if holder for pair in outline.items(holder, "parameters")]
        whole = [place for place, each in listed if each.value.get("in") == "querystring"]
        if len(whole) > 1 or (whole and any(each.value.get("in") == "query" for _, each in listed)):
            yield Mistake(whole[-1], "A parameter in querystring must be the only one of the query.")
