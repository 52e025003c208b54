"""Security requirements and the schemes that they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_specs.json_values import as_object, quote
from aoai_specs.lint.checks.structure.fields import nearest
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.outline import Node, Outline
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join

_NEEDED = {
    "apiKey": ("name", "in"),
    "http": ("scheme",),
    "oauth2": ("flows",),
    "openIdConnect": ("openIdConnectUrl",),
}
_NEEDED_BY_FLOW = {
    "implicit": ("authorizationUrl",),
    "password": ("tokenUrl",),
    "clientCredentials": ("tokenUrl",),
    "authorizationCode": ("authorizationUrl", "tokenUrl"),
    "deviceAuthorization": ("deviceAuthorizationUrl", "tokenUrl"),
    "application": ("tokenUrl",),
    "accessCode": ("authorizationUrl", "tokenUrl"),
}
#: The registered HTTP authentication schemes, and two that are in wide use.
_HTTP = (
    "basic", "bearer", "concealed", "digest", "dpop", "gnap", "hoba", "mutual", "negotiate", "oauth",
    "privatetoken", "scram-sha-1", "scram-sha-256", "vapid", "ntlm", "aws4-hmac-sha256",
)  # fmt: skip


def _schemes(outline: Outline) -> dict[str, dict[str, Any]]:
    """Return the security schemes by name, references followed."""
    root = outline.at("#" if outline.version == 20 else "#/components")
    field = "securityDefinitions" if outline.version == 20 else "securitySchemes"
    held = as_object(root.value.get(field)) if root is not None else {}
    found: dict[str, dict[str, Any]] = {}
    for name, each in held.items():
        node = outline.follow(join(root.pointer if root is not None else "#", field, name))
        found[name] = node.value if node is not None else as_object(each)
    return found


def _required(outline: Outline) -> Iterator[tuple[str, str, Any]]:
    """Yield each scheme that a security requirement names: its place, its name and the scopes."""
    for node in outline.nodes("security-requirement"):
        for name, scopes in node.value.items():
            yield join(node.pointer, name), name, scopes


@check
def undefined_security_scheme(subject: Subject) -> Iterator[Mistake]:
    """A security requirement with a scheme that is not defined."""
    schemes = _schemes(subject.outline)
    for pointer, name, _ in _required(subject.outline):
        is_address = subject.outline.version >= 32 and ("/" in name or ":" in name or "#" in name)
        if name not in schemes and not is_address:
            hint = nearest(name, schemes)
            meant = f" Did you mean {hint!r}?" if hint else ""
            yield Mistake(pointer, f"The security scheme {name!r} is not defined.{meant}")


@check
def undefined_scope(subject: Subject) -> Iterator[Mistake]:
    """A security requirement with a scope that its scheme does not define, or cannot have."""
    schemes = _schemes(subject.outline)
    for pointer, name, scopes in _required(subject.outline):
        scheme = schemes.get(name)
        if scheme is None or not isinstance(scopes, list):
            continue
        kind = scheme.get("type")
        if kind == "oauth2":
            defined = _scopes(scheme)
            for index, scope in enumerate(scopes):
                if isinstance(scope, str) and scope not in defined:
                    yield Mistake(
                        join(pointer, index), f"The scheme {name!r} does not define the scope {scope!r}."
                    )
        elif kind != "openIdConnect" and scopes and subject.outline.version < 31:
            yield Mistake(
                pointer,
                f"{subject.outline.version_name} allows no scopes for {name!r}, whose type is {quote(kind)}.",
            )


def _scopes(scheme: dict[str, Any]) -> set[str]:
    flows = as_object(scheme.get("flows")).values()
    listed = [as_object(as_object(flow).get("scopes")) for flow in flows]
    return {scope for scopes in (*listed, as_object(scheme.get("scopes"))) for scope in scopes}


@check
def malformed_security_requirement(subject: Subject) -> Iterator[Mistake]:
    """A security requirement whose scopes are no list of text."""
    for pointer, name, scopes in _required(subject.outline):
        if not isinstance(scopes, list) or not all(isinstance(each, str) for each in scopes):
            yield Mistake(pointer, f"The scopes of {name!r} must be a list of text, not {quote(scopes)}.")


@check
def incomplete_security_scheme(subject: Subject) -> Iterator[Mistake]:
    """A security scheme without a field that its type or flow requires."""
    outline = subject.outline
    for node in outline.nodes("security-scheme"):
        kind = node.value.get("type")
        needed = _NEEDED.get(kind, ()) if isinstance(kind, str) else ()
        if outline.version == 20 and kind == "oauth2":
            flow = node.value.get("flow")
            needed = ("flow", "scopes", *(_NEEDED_BY_FLOW.get(flow, ()) if isinstance(flow, str) else ()))
        for name in needed:
            if name not in node.value:
                yield Mistake(
                    node.pointer,
                    f"The security scheme {node.key!r} has no {name}, which type {kind} requires.",
                )
    for node in outline.nodes("oauth-flows"):
        if not any(not name.startswith("x-") for name in node.value):
            yield Mistake(node.pointer, "There is no flow; type oauth2 requires one.")
    for node in outline.nodes("oauth-flow"):
        for name in _NEEDED_BY_FLOW.get(node.key, ()):
            if name not in node.value:
                yield Mistake(node.pointer, f"The flow {node.key} has no {name}.")


@check(severity="info")
def field_of_another_security_type(subject: Subject) -> Iterator[Mistake]:
    """A field of a security scheme that has no effect on its type, such as `scheme` of an apiKey."""
    owners = {
        "name": {"apiKey"}, "in": {"apiKey"}, "scheme": {"http"}, "bearerFormat": {"http"},
        "flows": {"oauth2"}, "openIdConnectUrl": {"openIdConnect"}, "flow": {"oauth2"},
        "authorizationUrl": {"oauth2"}, "tokenUrl": {"oauth2"}, "scopes": {"oauth2"},
    }  # fmt: skip
    for node in subject.outline.nodes("security-scheme"):
        kind = node.value.get("type")
        for name in node.value if isinstance(kind, str) else ():
            if kind not in owners.get(name, {kind}):
                yield Mistake(join(node.pointer, name), f"{name} has no effect on a scheme of type {kind}.")


@check(severity="warning")
def unknown_http_scheme(subject: Subject) -> Iterator[Mistake]:
    """An HTTP authentication scheme that is not registered."""
    for node in _of_type(subject.outline, "http"):
        scheme = node.value.get("scheme")
        if isinstance(scheme, str) and scheme.lower() not in _HTTP:
            hint = nearest(scheme, _HTTP)
            meant = f" Did you mean {hint!r}?" if hint else ""
            yield Mistake(
                join(node.pointer, "scheme"), f"{scheme!r} is not a registered authentication scheme.{meant}"
            )


def _of_type(outline: Outline, kind: str) -> Iterator[Node]:
    return (node for node in outline.nodes("security-scheme") if node.value.get("type") == kind)
