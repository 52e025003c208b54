"""Servers: their URLs and variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from aoai_specs.json_values import as_object, quote
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join

_NAME = re.compile(r"\{([^{}]*)\}")


def _urls(subject: Subject) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Yield the URL of each server with its place and the variables."""
    for node in subject.outline.nodes("server"):
        url = node.value.get("url")
        if isinstance(url, str):
            yield join(node.pointer, "url"), url, as_object(node.value.get("variables"))


@check
def undefined_server_variable(subject: Subject) -> Iterator[Mistake]:
    """A variable in the URL of a server that is not defined."""
    for pointer, url, variables in _urls(subject):
        for name in dict.fromkeys(_NAME.findall(url)):
            if name not in variables:
                yield Mistake(pointer, f"The server variable {name!r} is not defined.")


@check(severity="warning")
def unused_server_variable(subject: Subject) -> Iterator[Mistake]:
    """A variable of a server that its URL does not contain."""
    for pointer, url, variables in _urls(subject):
        for name in variables:
            if name not in _NAME.findall(url):
                place = join(pointer.removesuffix("/url"), "variables", name)
                yield Mistake(place, f"The URL {url!r} does not contain the variable {name!r}.")


@check
def server_default_not_listed(subject: Subject) -> Iterator[Mistake]:
    """A default of a server variable that its enumeration does not contain."""
    for node in subject.outline.nodes("server-variable"):
        listed, default = node.value.get("enum"), node.value.get("default")
        if isinstance(listed, list) and listed and isinstance(default, str) and default not in listed:
            yield Mistake(
                join(node.pointer, "default"),
                f"The default {quote(default)} is not in {quote(listed)}.",
                default,
            )


@check
def server_url_with_query(subject: Subject) -> Iterator[Mistake]:
    """A server URL with a query or a fragment, to which no path can be appended."""
    for pointer, url, _ in _urls(subject):
        outside = _NAME.sub("", url)
        for mark, name in (("?", "query"), ("#", "fragment")):
            if mark in outside:
                yield Mistake(pointer, f"The server URL {url!r} has a {name}; paths are appended to it.")
    if subject.outline.version == 20:
        base = subject.published.get("basePath")
        if isinstance(base, str) and re.search(r"[?#]", base):
            yield Mistake("#/basePath", f"The basePath {base!r} has a query or fragment.")


@check
def malformed_server_url(subject: Subject) -> Iterator[Mistake]:
    """A server URL that is malformed: spaces, unpaired braces, a repeated variable, no host."""
    for pointer, url, _ in _urls(subject):
        names = _NAME.findall(url)
        outside = _NAME.sub("1", url)  # fits a host, a port and a path
        if re.search(r"[{}\s]", outside) or "" in names or not url:
            yield Mistake(pointer, f"{url!r} is not a URL.")
        elif not _is_address(outside):
            yield Mistake(pointer, f"{url!r} is neither an address of a server nor relative to one.")
        if len(set(names)) < len(names):
            yield Mistake(pointer, f"{url!r} contains a variable twice.")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return not parts.scheme or (bool(parts.netloc) and bool(parts.hostname))


@check(severity="info")
def server_url_ends_with_slash(subject: Subject) -> Iterator[Mistake]:
    """A server URL that ends with a slash, so that every request has two in a row."""
    for pointer, url, _ in _urls(subject):
        if url.endswith("/") and len(url) > 1:
            yield Mistake(pointer, f"{url!r} ends with a slash, and every path begins with one.")


@check
def malformed_swagger_host(subject: Subject) -> Iterator[Mistake]:
    """A Swagger host with a scheme or a path, or a basePath that does not begin with a slash."""
    if subject.outline.version > 20:
        return
    host, base = subject.published.get("host"), subject.published.get("basePath")
    if isinstance(host, str) and not re.fullmatch(r"[^{}/ :\\]+(:\d+)?", host):
        yield Mistake("#/host", f"The host {host!r} must be a name or an IP, with a port at most.")
    if isinstance(base, str) and not base.startswith("/"):
        yield Mistake("#/basePath", f"The basePath {base!r} must begin with a slash.")


@check(severity="warning")
def servers_without_effect(subject: Subject) -> Iterator[Mistake]:
    """Servers of a webhook, whose address its subscriber determines."""
    for node in subject.outline.nodes("path-item"):
        if node.field == "webhooks" and node.value.get("servers"):
            yield Mistake(join(node.pointer, "servers"), "Servers have no effect on a webhook.")
