"""Names of components and tags, and addresses in the text of a description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from aoai_specs.json_values import as_list
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.outline import EXTENSION
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join

_URLS = (
    ("info", "termsOfService"), ("contact", "url"), ("license", "url"), ("external-docs", "url"),
    ("oauth-flow", "authorizationUrl"), ("oauth-flow", "tokenUrl"), ("oauth-flow", "refreshUrl"),
    ("oauth-flow", "deviceAuthorizationUrl"), ("security-scheme", "openIdConnectUrl"),
    ("security-scheme", "authorizationUrl"), ("security-scheme", "tokenUrl"),
    ("security-scheme", "oauth2MetadataUrl"), ("xml", "namespace"), ("document", "jsonSchemaDialect"),
    ("example", "externalValue"),
)  # fmt: skip


@check
def invalid_component_name(subject: Subject) -> Iterator[Mistake]:
    """A component whose name has other characters than letters, digits, dots, hyphens and underscores."""
    for node in subject.outline.nodes("components"):
        for kind, named in node.value.items():
            if kind not in subject.outline.grammar.fields["components"] or not isinstance(named, dict):
                continue
            for name in named:
                if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
                    yield Mistake(
                        join(node.pointer, kind, name),
                        f"The name {name!r} of a component may have only letters, digits, '.', '-' and '_'.",
                    )


@check
def repeated_tag(subject: Subject) -> Iterator[Mistake]:
    """A tag that is declared twice."""
    seen: set[str] = set()
    for node in subject.outline.nodes("tag"):
        name = node.value.get("name")
        if isinstance(name, str) and name in seen:
            yield Mistake(join(node.pointer, "name"), f"The tag {name!r} is declared twice.", name)
        seen.add(name if isinstance(name, str) else "")


@check
def misplaced_tag(subject: Subject) -> Iterator[Mistake]:
    """A tag whose parent does not exist, or is below the tag itself."""
    parents = {str(node.value.get("name")): node.value.get("parent") for node in subject.outline.nodes("tag")}
    for node in subject.outline.nodes("tag"):
        name, parent = node.value.get("name"), node.value.get("parent")
        if not isinstance(parent, str):
            continue
        above: object = parent
        seen = {str(name)}
        while isinstance(above, str) and above in parents and above not in seen:
            seen.add(above)
            above = parents[above]
        if isinstance(above, str):
            reason = "is below the tag itself" if above in seen else "does not exist"
            yield Mistake(
                join(node.pointer, "parent"), f"The parent {parent!r} of the tag {name!r} {reason}."
            )


@check(severity="warning")
def undeclared_tag(subject: Subject) -> Iterator[Mistake]:
    """A tag of an operation that a description with a list of tags does not declare."""
    stated = [node.value.get("name") for node in subject.outline.nodes("tag")]
    declared = {name for name in stated if isinstance(name, str)}
    for node in subject.outline.nodes("operation") if declared else ():
        for index, name in enumerate(as_list(node.value.get("tags"))):
            if isinstance(name, str) and name not in declared:
                yield Mistake(join(node.pointer, "tags", index), f"The tag {name!r} is not declared.", name)


@check(severity="warning")
def malformed_address(subject: Subject) -> Iterator[Mistake]:
    """A URL or an email address that is malformed."""
    for kind, field in _URLS:
        for node in subject.outline.nodes(kind):
            url = node.value.get(field)
            absolute = field == "jsonSchemaDialect"
            if isinstance(url, str) and not _is_url(url, absolute=absolute):
                yield Mistake(join(node.pointer, field), f"{field} {url!r} is not a URL.", url)
    for node in subject.outline.nodes("contact"):
        email = node.value.get("email")
        if isinstance(email, str) and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
            yield Mistake(join(node.pointer, "email"), f"{email!r} is not an email address.", email)


def _is_url(text: str, *, absolute: bool) -> bool:
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        return False
    return bool(scheme if absolute else text) and not re.search(r"[\s<>\"]", text)


@check
def license_with_two_addresses(subject: Subject) -> Iterator[Mistake]:
    """A license with both an identifier and a URL, which exclude each other."""
    for node in subject.outline.nodes("license"):
        if {"identifier", "url"} <= node.value.keys():
            yield Mistake(join(node.pointer, "identifier"), "The license has an identifier and a url.")


@check
def additional_method_is_fixed(subject: Subject) -> Iterator[Mistake]:
    """A method of `additionalOperations` that has a field of its own."""
    for node in subject.outline.nodes("path-item"):
        further = node.value.get("additionalOperations")
        for method in further if isinstance(further, dict) else ():
            known = method.lower() in subject.outline.grammar.fields["path-item"]
            if known and not method.startswith(EXTENSION):
                yield Mistake(
                    join(node.pointer, "additionalOperations", method),
                    f"{method} has a field of its own and may not be in additionalOperations.",
                )
