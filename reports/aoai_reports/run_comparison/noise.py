"""The declared noise: what differs from run to run though nothing has changed, as data (noise.yaml)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class DeclaredNoise:
    """The lists of noise.yaml.

    `headers` are lower-case names that are not compared, `equal_values` the names of the fields whose texts
    are but for the (field, text) in `passing_values`, `opaque` the fields that are not looked into,
    `requests` what is left out of a request's hash.
    """

    headers: frozenset[str]
    equal_values: frozenset[str]
    passing_values: frozenset[tuple[str, str]]
    opaque: frozenset[str]
    requests: tuple[re.Pattern[str], ...]

    def without_passing(self, text: str) -> str:
        """A part of a request with everything that names something of one run written as `#`."""
        for pattern in self.requests:
            text = pattern.sub("#", text)
        return text


@cache
def declared_noise() -> DeclaredNoise:
    """The list that comes with the package."""
    loaded = yaml.safe_load(files(__package__).joinpath("noise.yaml").read_text(encoding="utf-8"))
    return DeclaredNoise(
        headers=frozenset(each["name"] for each in loaded["headers"]),
        equal_values=frozenset(each["name"] for each in loaded["equal_values"]),
        passing_values=frozenset(
            (each["name"], value) for each in loaded["passing_values"] for value in each["values"]
        ),
        opaque=frozenset(each["name"] for each in loaded["opaque"]),
        requests=tuple(re.compile(each["pattern"]) for each in loaded["requests"]),
    )
