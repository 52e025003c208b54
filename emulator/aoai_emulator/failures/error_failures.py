"""Errors on demand, as the service sends them: status, body and headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aoai_emulator.content.filters import filtered_severities
from aoai_emulator.http.rejections import (
    Rejection,
    deployment_not_found,
    internal_error,
    invalid_request,
    prompt_filtered,
    too_many_requests,
    wrong_key,
)

#: The setting of errors that name a time to wait, in seconds.
RETRY_AFTER = "retry_after"


@dataclass(frozen=True, slots=True)
class ErrorFailure:
    """One error: its id, what it is, and the rejection. With `waits`, its headers name a time to wait."""

    id: str
    summary: str
    rejection: Callable[[], Rejection]
    waits: bool = False
    is_filter: bool = False


def _gateway(status: int, code: str, message: str) -> Callable[[], Rejection]:
    return lambda: Rejection(status, code, message)


_ROWS = (
    ErrorFailure(
        "error-400",
        "The response is 400: the model rejects the request.",
        lambda: invalid_request("The request is invalid.", code=None),
    ),
    ErrorFailure("error-401", "The response is 401: the key is rejected.", wrong_key),
    ErrorFailure(
        "error-403",
        "The response is 403: access is denied, as from outside a virtual network.",
        _gateway(403, "403", "Access denied due to Virtual Network/Firewall rules."),
    ),
    ErrorFailure("error-404", "The response is 404: the deployment does not exist.", deployment_not_found),
    ErrorFailure(
        "error-408",
        "The response is 408: the request took too long.",
        _gateway(408, "Timeout", "The operation timed out."),
    ),
    ErrorFailure(
        "error-409",
        "The response is 409: the resource is being changed.",
        _gateway(409, "Conflict", "Another operation on this resource is in progress."),
    ),
    ErrorFailure(
        "error-424",
        "The response is 424: the model failed on the input.",
        _gateway(424, "424", "The model could not process the input."),
    ),
    ErrorFailure(
        "error-429",
        "The response is 429: too many requests; `retry-after` is the time to wait in seconds (1).",
        lambda: too_many_requests(1),
        waits=True,
    ),
    ErrorFailure("error-500", "The response is 500: the server failed.", internal_error),
    ErrorFailure(
        "error-502",
        "The response is 502: the gateway received no valid response.",
        _gateway(502, "BadGateway", "The model sent an invalid response."),
    ),
    ErrorFailure(
        "error-503",
        "The response is 503: the service is unavailable; `retry-after` is the time to wait in seconds (1).",
        _gateway(503, "ServiceUnavailable", "The service is temporarily unable to process the request."),
        waits=True,
    ),
    ErrorFailure(
        "error-504",
        "The response is 504: the model did not respond in time.",
        _gateway(504, "GatewayTimeout", "The model did not respond in time."),
    ),
    ErrorFailure(
        "error-content-filter",
        "The response is 400: the content filter blocks the prompt.",
        lambda: prompt_filtered(filtered_severities()),
        is_filter=True,
    ),
)

#: Every error on demand by its id.
ERRORS: Mapping[str, ErrorFailure] = MappingProxyType({row.id: row for row in _ROWS})
