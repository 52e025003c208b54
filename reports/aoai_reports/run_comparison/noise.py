"""The declared noise (noise.yaml): what differs from run to run although nothing has changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from aoai_specs.plain_yaml import load_yaml


@dataclass(frozen=True, slots=True)
class DeclaredNoise:
    """The lists of noise.yaml.

    `headers` are lower-case names of headers that are not compared. `equal_values` are the fields whose
    values are compared, except for the (field, value) pairs in `passing_values`. The contents of `opaque`
    fields are not compared. `requests` are patterns of what a request hash leaves out.
    """

    headers: frozenset[str]
    equal_values: frozenset[str]
    passing_values: frozenset[tuple[str, str]]
    opaque: frozenset[str]
    requests: tuple[re.Pattern[str], ...]

    def without_passing(self, text: str) -> str:
        """A part of a request with every id that belongs to one run replaced by `#`."""
        for pattern in self.requests:
            text = pattern.sub("#", text)
        return text


@cache
def declared_noise() -> DeclaredNoise:
    """The packaged list."""
    loaded = load_yaml(files(__package__).joinpath("noise.yaml").read_text(encoding="utf-8"))
    return DeclaredNoise(
        headers=frozenset(each["name"] for each in loaded["headers"]),
        equal_values=frozenset(each["name"] for each in loaded["equal_values"]),
        passing_values=frozenset(
            (each["name"], value) for each in loaded["passing_values"] for value in each["values"]
        ),
        opaque=frozenset(each["name"] for each in loaded["opaque"]),
        requests=tuple(re.compile(each["pattern"]) for each in loaded["requests"]),
    )
