"""What the emulator logs about addresses: what was not found, and which document serves other api-versions.

One line for each case, the first time it occurs: what was requested, and what is available. All texts of the
client are escaped and cut. The lines have level INFO, so that only an application that wants them shows them.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from aoai_emulator.addresses.known_versions import known_versions, nearest_operations
from aoai_emulator.addresses.layouts import VERSIONLESS
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.requests import IncomingRequest
from aoai_specs.document import Operation

LOGGER = logging.getLogger("aoai_emulator.addresses")
#: How many different lines are remembered, so that they are not repeated.
MOST_REMEMBERED = 512
_LONGEST = 120
_MOST_LISTED = 30
_MOST_PATHS = 5
_UNKNOWN_ADDRESS = frozenset({(404, "404"), (400, "BadRequest")})
_UNKNOWN_DEPLOYMENT = frozenset({"DeploymentNotFound", "unknown_model"})


class Notices:
    """Logs each line once."""

    def __init__(self, templates: Sequence[str]) -> None:
        self._templates = templates
        self._logged: OrderedDict[str, None] = OrderedDict()

    def served(self, request: IncomingRequest, announced: str) -> None:
        """Log that the document of the `announced` version serves an api-version that has none of its own."""
        if request.layout == "openai" or not _is_wanted():
            return
        asked = _cut(request.asked or "")
        surface = request.matches[0].document.name.surface
        place = _template(request.matches, announced)
        self._log(f"api-version {asked} of {place} is served by {surface}@{announced}.")

    def rejected(self, request: IncomingRequest, rejection: Rejection) -> None:
        """Log what is available, if the rejection is about a path, an api-version or a deployment."""
        reason = self._reason(request, rejection) if _is_wanted() else None
        if reason is not None:
            place = f"{_cut(request.method)} {_cut(request.path)}"
            self._log(f"{rejection.status} for {place}: {reason}")

    def _reason(self, request: IncomingRequest, rejection: Rejection) -> str | None:
        if rejection.code in _UNKNOWN_DEPLOYMENT:
            return _about_deployment(request)
        if (rejection.status, rejection.code) not in _UNKNOWN_ADDRESS:
            return None
        if not request.matches:
            return self._about_path(request.path)
        return None if request.matches_of_version else _about_version(request)

    def _about_path(self, path: str) -> str:
        nearest = get_close_matches(path[:_LONGEST], self._templates, n=_MOST_PATHS, cutoff=0.5)
        if nearest:
            return f"no document describes this path. Similar paths: {', '.join(nearest)}."
        return f"no document describes this path. Available: {_listed(self._templates)}."

    def _log(self, line: str) -> None:
        if line in self._logged:
            return
        self._logged[line] = None
        if len(self._logged) > MOST_REMEMBERED:
            self._logged.popitem(last=False)
        LOGGER.info("%s", line)


def _is_wanted() -> bool:
    return LOGGER.isEnabledFor(logging.INFO)


def _about_version(request: IncomingRequest) -> str:
    asked = request.query.get("api-version")
    said = f"api-version {_cut(asked)} is not served here" if asked else "the request has no api-version"
    if request.layout == "openai":
        return f"{said}. Leave it out, or send {' or '.join(VERSIONLESS)}."
    available = {each.document.api_version for each in request.matches}
    if request.settings.versions == "nearest":
        surfaces = {each.document.name.surface for each in request.matches}
        known = {text for surface in surfaces for text in known_versions(surface)}
        available |= {text for text in known if nearest_operations(request.matches, text)}
    return f"{said}. Available: {_listed(sorted(available))}."


def _about_deployment(request: IncomingRequest) -> str:
    name = request.location.deployment or request.sent.get("model") or request.query.get("model")
    said = f"there is no deployment {_cut(str(name))}" if name else "no deployment serves this operation"
    names = [deployment.name for deployment in request.settings.deployments]
    return f"{said}. Available: {_listed(names)}; --any-deployment accepts every name."


def _template(operations: Iterable[Operation], version: str) -> str:
    return next(each.path for each in operations if each.document.api_version == version)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_LISTED]) + (", …" if len(names) > _MOST_LISTED else "")


def _cut(text: str) -> str:
    """Return a text of a client for a log: escaped, so that it stays on one line, and cut."""
    return ascii(text[:_LONGEST])[1:-1] + ("…" if len(text) > _LONGEST else "")
