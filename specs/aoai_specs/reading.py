"""Reading a user's description: from its file to a sound OpenAPI 3 description with its problems."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aoai_specs.loading.files import Loaded, read
from aoai_specs.loading.repairs import repair
from aoai_specs.loading.sources import read_source
from aoai_specs.loading.structure import openapi_kind
from aoai_specs.loading.swagger import upgrade


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """How to read a user's description.

    `overlays` are files with OpenAPI Overlays, or names of documents of the catalogue, whose corrections
    apply. `remote_references` allows references to other hosts. `surface` and `api_version` replace what the
    description says, the latter only if its `info.version` is no api-version. With `as_published`, no
    correction of the catalogue applies unless `overlays` names it.
    """

    as_published: bool = False
    overlays: tuple[str, ...] = ()
    remote_references: bool = False
    surface: str | None = None
    api_version: str | None = None


def read_description(
    source: str, options: ReadingOptions | None = None, *, keep_patterns: bool = False
) -> Loaded:
    """Return a user's description as OpenAPI 3. Raises DocumentError if it cannot be read or is none."""
    del options
    return validate(read(read_source(source), source), keep_patterns=keep_patterns)


def validate(published: Loaded, *, keep_patterns: bool = False) -> Loaded:
    """Return a description as OpenAPI 3, without the parts that cannot be used, which its problems list.

    With `keep_patterns`, patterns that are not regular expressions stay. Raises DocumentError with file and
    line for what is no API description.
    """
    repaired = repair(published, keep_patterns=keep_patterns)
    sound = replace(repaired, as_written=published.content)
    return sound if openapi_kind(sound) == "openapi" else upgrade(sound)
