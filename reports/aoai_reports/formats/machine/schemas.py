"""The published JSON Schemas: what each describes, and its text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from aoai_specs.errors import UnknownNameError

_FILE = re.compile(r"(?P<name>[a-z-]+)-v(?P<version>\d+)\.json")


@dataclass(frozen=True, slots=True)
class PublishedSchema:
    """A schema by its name, such as `summary`, and its version; `title` says what it describes."""

    name: str
    version: int
    title: str
    text: str

    @property
    def id(self) -> str:
        """The name with the version: `summary-v1`."""
        return f"{self.name}-v{self.version}"

    @property
    def identifier(self) -> str:
        """What the member `schema` of the described data says: `aoai-conformance/summary/v1`."""
        return f"aoai-conformance/{self.name}/v{self.version}"


@cache
def published_schemas() -> Mapping[str, PublishedSchema]:
    """Every packaged schema by its id, sorted by name and version."""
    found = []
    for file in files("aoai_reports").joinpath("schemas").iterdir():
        match = _FILE.fullmatch(file.name)
        if match is not None:
            text = file.read_text(encoding="utf-8")
            found.append(
                PublishedSchema(match["name"], int(match["version"]), json.loads(text)["title"], text)
            )
    return {each.id: each for each in sorted(found, key=lambda each: (each.name, each.version))}


def find_schema(name: str, further: Iterable[PublishedSchema] = ()) -> PublishedSchema:
    """The schema with this id, or the newest one with this name; `further` are schemas of other packages.

    Raises UnknownNameError if there is none.
    """
    schemas = {**published_schemas(), **{each.id: each for each in further}}
    versions = [each for each in schemas.values() if name in (each.name, each.identifier, each.id)]
    if not versions:
        raise UnknownNameError("schema", name, schemas)
    return versions[-1]
