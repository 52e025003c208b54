"""What a response says that its request used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aoai_conformance.json_access import members
from aoai_model.case import Case
from aoai_model.exchange import Response
from aoai_strategies.requests.costs import Usage, usage_if_accepted

#: One of the last chunks of a stream contains the usage.
_LAST_EVENTS = 4
#: Larger token counts are implausible and ignored.
_UNBELIEVABLE = 10**12


@dataclass(frozen=True, slots=True)
class ReportedUsage:
    """The usage of one response. `cached_tokens` are the prompt tokens that came from the cache."""

    usage: Usage = field(default_factory=Usage)
    cached_tokens: int = 0


def reported_usage(case: Case, response: Response | None) -> ReportedUsage:
    """The usage that a response reports, and the estimate of the plan for what a 2xx does not report.

    Any other status is free.
    """
    if response is None or not 200 <= response.status < 300:
        return ReportedUsage(Usage(requests=1))
    estimate = usage_if_accepted(case)
    reported = _usage(response)
    details = members(reported.get("prompt_tokens_details"))
    prompt = _count(reported.get("prompt_tokens"), estimate.prompt_tokens)
    completion = _count(reported.get("completion_tokens"), 0 if reported else estimate.completion_tokens)
    return ReportedUsage(
        replace(estimate, prompt_tokens=prompt, completion_tokens=completion),
        min(prompt, _count(details.get("cached_tokens"), 0)),
    )


def _usage(response: Response) -> Mapping[str, Any]:
    """The usage in a body or in one of the last chunks of a stream, or an empty mapping."""
    texts = [response.body]
    if response.events is not None:
        texts = [event.data.encode() for event in reversed(response.events[-_LAST_EVENTS:])]
    for text in texts:
        if b'"usage"' not in text:
            continue
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            continue
        usage = body.get("usage") if isinstance(body, dict) else None
        if isinstance(usage, dict):
            return usage
    return {}


def _count(value: object, otherwise: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _UNBELIEVABLE:
        return value
    return otherwise
