"""The rate limits that a server states in the headers of its responses."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aoai_model.exchange import Response

_HEADER = re.compile(
    r"x-?rate-?limit-(?:limit|remaining|reset)-[a-z-]{1,40}|retry-after(?:-ms)?|azure-openai-deployment-utilization",
    re.IGNORECASE,
)
_LONGEST = 60


def rate_limits(response: Response | None) -> Mapping[str, str]:
    """The headers about limits by name in lower case; empty if the server states none."""
    if response is None:
        return {}
    return {name.lower(): value[:_LONGEST] for name, value in response.headers if _HEADER.fullmatch(name)}
