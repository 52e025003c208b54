"""The api-versions that the service is known to have, and the document that serves each: the nearest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from aoai_specs.document import Operation
from aoai_specs.errors import ConformanceError
from aoai_specs.plain_yaml import load_yaml
from aoai_specs.versions import ApiVersion


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A version that the service has. `like` is the document that fits it better than the nearest by date."""

    version: ApiVersion
    like: ApiVersion | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The versions that have a kind of operation: from `since` to `last`, or only previews among them."""

    since: ApiVersion
    last: ApiVersion | None
    previews: bool

    def includes(self, version: ApiVersion) -> bool:
        """Return whether a version has the operation."""
        if self.previews and not version.preview:
            return False
        return self.since <= version and (self.last is None or version <= self.last)


def known_versions(surface: str) -> Mapping[str, KnownVersion]:
    """Return the known versions of a surface by their text; empty for an unknown surface."""
    return _tables()[0].get(surface, {})


def lifetimes(surface: str) -> Mapping[str, Lifetime]:
    """Return the lifetime of each kind of operation that some known version lacks."""
    return _tables()[1].get(surface, {})


def nearest_operations(operations: Sequence[Operation], api_version: str) -> tuple[Operation, ...]:
    """Return the operations of the document that serves a known api-version; empty if there is none.

    `operations` are those of one path in all documents. Those of the version's own document come first.
    Otherwise the nearest document counts, among those of the same surface that describe the path: the one
    that the version is `like`, else the newest that is not newer than the version, else the oldest. A kind of
    operation that the version lacks is not served.
    """
    own = tuple(each for each in operations if each.document.api_version == api_version)
    if own:
        return own
    for surface in dict.fromkeys(each.document.name.surface for each in operations):
        known = known_versions(surface).get(api_version)
        if known is None:
            continue
        alive = [each for each in operations if each.document.name.surface == surface and _has(known, each)]
        chosen = _nearest(known, {each.document.name.version for each in alive})
        return tuple(each for each in alive if each.document.name.version == chosen)
    return ()


def _has(known: KnownVersion, operation: Operation) -> bool:
    lifetime = lifetimes(operation.document.name.surface).get(operation.kind)
    return lifetime is None or lifetime.includes(known.version)


def _nearest(known: KnownVersion, described: Iterable[ApiVersion]) -> ApiVersion | None:
    versions = sorted(described)
    if known.like in versions:
        return known.like
    older = [version for version in versions if version <= known.version]
    return older[-1] if older else next(iter(versions), None)


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, dict[str, KnownVersion]], dict[str, dict[str, Lifetime]]]:
    table = load_yaml(files(__package__).joinpath("versions.yaml").read_text(encoding="utf-8"))
    sources = table.pop("sources")
    known = {
        surface: {text: _known(text, row, sources) for text, row in rows["versions"].items()}
        for surface, rows in table.items()
    }
    alive = {
        surface: {kind: _lifetime(row) for kind, row in rows["operations"].items()}
        for surface, rows in table.items()
    }
    return known, alive


def _known(text: str, row: Mapping[str, Any], sources: Mapping[str, str]) -> KnownVersion:
    return KnownVersion(
        ApiVersion(text), _version(row.get("like")), tuple(sources[key] for key in row["sources"])
    )


def _lifetime(row: Mapping[str, Any]) -> Lifetime:
    since = _version(row["since"])
    if since is None:
        raise ConformanceError("versions.yaml: an operation lacks `since`.")
    return Lifetime(since, _version(row.get("last")), bool(row.get("previews", False)))


def _version(text: str | None) -> ApiVersion | None:
    return None if text is None else ApiVersion(text)
