"""Prefixes of paths that a comparison leaves out, such as `/openai/deployments/{deployment-id}`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from aoai_specs.comparison.endpoints.endpoint import Endpoint
from aoai_specs.errors import DocumentError

_PARAMETER = re.compile(r"\{[^/{}]*\}")


class Prefix(NamedTuple):
    """A prefix of the paths of a description, with or without `base_path`, the path of its server.

    A parameter in it matches any parameter, `*` matches any segment. An empty prefix matches nothing.
    """

    text: str
    base_path: str

    def rest(self, endpoint: Endpoint) -> str | None:
        """Return the path of an endpoint without the prefix and without names; None without the prefix."""
        wanted = _segments(self.text)
        for path in (self.base_path + endpoint.template, endpoint.template) if wanted else ():
            parts = _segments(path)
            if len(parts) >= len(wanted) and all(map(_fits, wanted, parts)):
                return "/" + "/".join(parts[len(wanted) :])
        return None

    def key(self, endpoint: Endpoint) -> str:
        """Return the path by which an endpoint is matched: without the prefix, or else as it is."""
        rest = self.rest(endpoint)
        return endpoint.template if rest is None else rest

    def check(self, endpoints: Iterable[Endpoint]) -> None:
        """Raise DocumentError if no path has the prefix."""
        if self.text and all(self.rest(each) is None for each in endpoints):
            raise DocumentError(f"no path starts with the prefix {self.text!r}.")


def _segments(path: str) -> list[str]:
    return [each for each in _PARAMETER.sub("{}", path).split("/") if each]


def _fits(wanted: str, part: str) -> bool:
    return wanted in ("*", part)
