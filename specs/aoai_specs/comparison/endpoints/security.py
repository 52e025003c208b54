"""Differences between security requirements and schemes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from aoai_specs.comparison.difference import Difference
from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.endpoints.endpoint import Endpoint
from aoai_specs.json_values import are_identical, key_of, quote
from aoai_specs.loading.references import follow
from aoai_specs.pointers import join

_SCHEMES = "#/components/securitySchemes"
#: OpenAPI 3 names of the OAuth flows of Swagger 2.0.
_FLOWS = {"accessCode": "authorizationCode", "application": "clientCredentials"}
_WORDS = ("description",)

Alternative = Mapping[str, tuple[str, ...]]
_NO_ACCESS: frozenset[str] = frozenset()


class _Needed(NamedTuple):
    """An alternative as it is listed, and the scopes that it needs of each scheme."""

    listed: Alternative
    needs: Mapping[str, frozenset[str]]


class SecuritySchemes(NamedTuple):
    """The security schemes of two descriptions by name, and whether they are `unchanged`."""

    base: Mapping[str, Any]
    revision: Mapping[str, Any]
    unchanged: bool

    @classmethod
    def of(cls, base: Mapping[str, Any], revision: Mapping[str, Any]) -> SecuritySchemes:
        """Return the schemes of two descriptions."""
        schemes = _schemes_of(base), _schemes_of(revision)
        return cls(*schemes, are_identical(*schemes))


def security_differences(
    base: Endpoint, revision: Endpoint, schemes: SecuritySchemes
) -> Iterator[Difference]:
    """Yield added and removed alternatives and scopes; the type of a scheme identifies it, not its name.

    Whoever has the credentials of an alternative keeps access if any later alternative needs no more.
    """
    if schemes.unchanged and base.security == revision.security:
        return
    old, new = _alternatives(base, schemes.base), _alternatives(revision, schemes.revision)
    at = (_place(base), _place(revision))
    gone = [each for each in old if all(each.needs != other.needs for other in new)]
    came = [each for each in new if all(each.needs != other.needs for other in old)]
    for each in list(gone):
        other = next((other for other in came if other.needs.keys() == each.needs.keys()), None)
        if other is not None:
            gone.remove(each)
            came.remove(other)
            yield from _scopes(each, other, at, served=_is_served(each, new))
    for each in gone:
        served = _is_served(each, new)
        yield Difference(
            "security-alternative-removed",
            f"the credential {_names(each)} is no longer listed; less suffices"
            if served
            else f"the credential {_names(each)} is no longer accepted",
            *at,
            _plain(each.listed),
            None,
            request=Effect.NOTHING if served else Effect.NARROWS,
            gone=True,
        )
    for each in came:
        yield Difference(
            "security-alternative-added",
            f"the credential {_names(each)} is now accepted",
            *at,
            None,
            _plain(each.listed),
            request=Effect.WIDENS,
        )


def _is_served(alternative: _Needed, among: list[_Needed]) -> bool:
    """Whether the credentials of an alternative satisfy any of several ones."""
    return any(
        all(scopes <= alternative.needs.get(name, _NO_ACCESS) for name, scopes in each.needs.items())
        and each.needs.keys() <= alternative.needs.keys()
        for each in among
    )


def scheme_differences(
    schemes: SecuritySchemes, used: tuple[set[str], set[str]]
) -> Iterator[tuple[str, Difference]]:
    """Yield by name how schemes that both descriptions use differ."""
    old, new, _ = schemes
    for name in [each for each in old if each in new]:
        if name not in used[0] or name not in used[1]:
            continue
        before, after = _essence(old[name]), _essence(new[name])
        if key_of(before) != key_of(after):
            place = join(_SCHEMES, name)
            yield (
                name,
                Difference(
                    "security-scheme-changed",
                    f"the credential {name!r} changes from {quote(before)} to {quote(after)}",
                    place,
                    place,
                    before,
                    after,
                    request=Effect.CHANGES,
                ),
            )


def _schemes_of(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the security schemes of a description by name."""
    components = content.get("components")
    held = components.get("securitySchemes") if isinstance(components, dict) else None
    found = (
        {name: follow(content, join(_SCHEMES, name))[1] for name in held} if isinstance(held, dict) else {}
    )
    return {name: scheme for name, scheme in found.items() if isinstance(scheme, dict)}


def _alternatives(endpoint: Endpoint, schemes: Mapping[str, Any]) -> list[_Needed]:
    found: list[_Needed] = []
    for listed in endpoint.security or ({},):
        needs: dict[str, frozenset[str]] = {}
        for name, scopes in listed.items():
            identity = _identity(name, schemes)
            needs[identity] = needs.get(identity, frozenset()) | frozenset(scopes)
        if all(needs != each.needs for each in found):
            found.append(_Needed(listed, needs))
    return found


def _identity(name: str, schemes: Mapping[str, Any]) -> str:
    """Identify a scheme by what a client has to send; OAuth by name, since its URLs are details."""
    held = schemes.get(name)
    if not isinstance(held, dict):
        return name
    described = _modern(held)
    kind = described.get("type")
    if kind == "apiKey":
        return f"apiKey {described.get('in')} {str(described.get('name')).lower()}"
    if kind == "http":
        return f"http {str(described.get('scheme')).lower()}"
    return f"{kind} {name}"


def _modern(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a scheme of Swagger 2.0 in the form of OpenAPI 3."""
    if described.get("type") == "basic":
        return {"type": "http", "scheme": "basic"}
    if "flow" not in described:
        return described
    urls = {key: value for key, value in described.items() if key.endswith("Url")}
    name = str(described["flow"])
    return {"type": "oauth2", "flows": {_FLOWS.get(name, name): urls}}


def _essence(scheme: Mapping[str, Any]) -> dict[str, Any]:
    described = _modern(scheme)
    essence = {
        key: value for key, value in described.items() if key not in _WORDS and not key.startswith("x-")
    }
    flows = essence.get("flows")
    if isinstance(flows, dict):
        essence["flows"] = {
            name: {key: value for key, value in flow.items() if key.endswith("Url")}
            for name, flow in flows.items()
            if isinstance(flow, dict)
        }
    return essence


def _scopes(old: _Needed, new: _Needed, at: tuple[str, str], *, served: bool) -> Iterator[Difference]:
    before = {scope for scopes in old.needs.values() for scope in scopes}
    after = {scope for scopes in new.needs.values() for scope in scopes}
    for scope in sorted(before - after):
        yield Difference(
            "security-scope-removed",
            f"the scope {scope!r} is no longer required",
            *at,
            scope,
            None,
            request=Effect.WIDENS,
            gone=True,
        )
    for scope in sorted(after - before):
        yield Difference(
            "security-scope-added",
            f"the scope {scope!r} is now required",
            *at,
            None,
            scope,
            request=Effect.NOTHING if served else Effect.NARROWS,
        )


def _place(endpoint: Endpoint) -> str:
    return join(endpoint.pointer, "security") if "security" in endpoint.described else "#/security"


def _plain(alternative: Alternative) -> dict[str, list[str]]:
    return {name: list(scopes) for name, scopes in alternative.items()}


def _names(alternative: _Needed) -> str:
    names = [
        f"{name!r} ({', '.join(scopes)})" if scopes else repr(name)
        for name, scopes in alternative.listed.items()
    ]
    return " and ".join(names) or "none"
