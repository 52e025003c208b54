"""Limits on requests and tokens per minute, and provisioned throughput, with the headers of the service.

A minute starts with its first request; when it is over, the whole limit is available again. Tokens are
estimated before the response, as the service does. Lines of batches do not count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from types import MappingProxyType
from typing import Any

from aoai_emulator.control.clock import EmulatorClock
from aoai_emulator.control.deployment_names import require_deployments
from aoai_emulator.control.errors import ControlError
from aoai_emulator.control.token_estimates import estimated_tokens
from aoai_emulator.http.rejections import Rejection, RejectionError, too_many_requests
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.http.retry_headers import RETRY_HEADERS, retry_headers
from aoai_emulator.settings import Settings
from aoai_emulator.traffic.limits import INFERENCE_KINDS, DeploymentLimits, read_limits
from aoai_emulator.traffic.per_deployment import value_of
from aoai_specs.json_values import quote

MINUTE = 60.0
#: What a unit of provisioned throughput processes in a minute: about that of gpt-4o.
TOKENS_PER_UNIT = 2500
#: How many tokens of a prompt cost as much as one of a completion.
COMPLETION_COST = 3
#: The header `policy-id` of a 429, by the limit that is exceeded.
_POLICIES = MappingProxyType({"call": "DeploymentRatelimit-Call", "token": "DeploymentRatelimit-Token"})
_UTILIZATION = "azure-openai-deployment-utilization"


@dataclass(slots=True)
class _Minute:
    """What a deployment has used in the current minute."""

    began: float = 0.0
    requests: int = 0
    tokens: int = 0

    def renew(self, now: float) -> None:
        """Start another minute if this one is over, or if the clock was set back."""
        if not self.began <= now < self.began + MINUTE or not self.requests:
            self.began, self.requests, self.tokens = now, 0, 0


@dataclass(slots=True)
class _Load:
    """The tokens that a provisioned deployment still has to process."""

    tokens: float = 0.0
    since: float = 0.0

    def drain(self, now: float, rate: float) -> None:
        """Subtract what was processed since the last request, at a rate per second."""
        self.tokens = max(0.0, self.tokens - max(0.0, now - self.since) * rate)
        self.since = now


class RateLimits:
    """The limits of one emulator and their use.

    `retry_names` are some of RETRY_HEADERS; `is_none` is whether no deployment has limits.
    """

    def __init__(self, settings: Settings, clock: EmulatorClock) -> None:
        self._settings = settings
        self._clock = clock
        self._limits = self._read(settings.limits)
        self.is_none = not self._limits
        self.retry_names = self._names(settings.retry_headers)
        self._minutes: dict[str, _Minute] = {}
        self._loads: dict[str, _Load] = {}

    def set(self, limits: Any = None, names: Any = None) -> None:
        """Replace the limits (a list of JSON or a tuple of DeploymentLimits), and the headers of a 429.

        None keeps them. What was used is forgotten. Raises UnknownNameError, TrafficError or
        ControlError.
        """
        read = None if limits is None else self._read(limits)
        named = None if names is None else self._names(names)
        if read is not None:
            self._limits = read
            self.is_none = not read
            self._minutes.clear()
            self._loads.clear()
        if named is not None:
            self.retry_names = named

    @property
    def sent_names(self) -> tuple[str, ...]:
        """Those of the retry headers that the flavour sends: `strict` has the one of HTTP only."""
        if self._settings.flavour == "azure":
            return self.retry_names
        return tuple(name for name in self.retry_names if name == "retry-after")

    def reset(self) -> None:
        """Return to the limits that the emulator was started with, unused."""
        self.set(self._settings.limits, self._settings.retry_headers)

    def charge(self, request: AcceptedRequest) -> None:
        """Count a request. Raises RejectionError (429) if it exceeds a limit; it then counts for none."""
        if not self._limits or request.kind not in INFERENCE_KINDS:
            return
        name, now = request.deployment.name, self._clock.now()
        units = self._limit(name, "provisioned_units")
        if units is not None:
            self._charge_load(request, units, now)
            return
        most_requests, most_tokens = (self._limit(name, each) for each in _PER_MINUTE)
        if most_requests is None and most_tokens is None:
            return
        minute = self._minute(name, now)
        prompt, completion = estimated_tokens(request)
        tokens = prompt + completion
        exceeded = "call" if most_requests is not None and minute.requests >= most_requests else None
        if most_tokens is not None and minute.tokens + tokens > most_tokens:
            exceeded = exceeded or "token"
        if exceeded is not None:
            raise RejectionError(self._rejection(request, exceeded, minute.began + MINUTE - now))
        minute.requests += 1
        minute.tokens += tokens

    def headers(self, deployment: str, kind: str | None) -> dict[str, str]:
        """Return the headers that tell what is left of a deployment's limits; none without limits."""
        if not self._limits or kind not in INFERENCE_KINDS:
            return {}
        now = self._clock.now()
        units = self._limit(deployment, "provisioned_units")
        if units is not None:
            return {_UTILIZATION: f"{self._utilization(deployment, units, now):.1f}%"}
        headers: dict[str, str] = {}
        for name, used in (("requests", "requests"), ("tokens", "tokens")):
            limit = self._limit(deployment, f"{name}_per_minute")
            if limit is None:
                continue
            minute = self._minute(deployment, now)
            headers[f"x-ratelimit-limit-{name}"] = str(limit)
            headers[f"x-ratelimit-remaining-{name}"] = str(max(0, limit - getattr(minute, used)))
            if "x-ratelimit-reset" in self.retry_names:
                headers[f"x-ratelimit-reset-{name}"] = str(ceil(minute.began + MINUTE - now))
        return headers

    def as_json(self) -> dict[str, Any]:
        """Return the limits, and what each deployment has used of them."""
        now = self._clock.now()
        used: list[dict[str, Any]] = []
        for name in list(self._minutes):
            minute = self._minute(name, now)
            resets_in = minute.began + MINUTE - now if minute.requests else 0
            used.append(
                {
                    "deployment": name,
                    "requests": minute.requests,
                    "tokens": minute.tokens,
                    "resets_in": round(resets_in, 3),
                }
            )
        for name in list(self._loads):
            units = self._limit(name, "provisioned_units")
            if units is not None:
                used.append(
                    {"deployment": name, "utilization": round(self._utilization(name, units, now), 1)}
                )
        return {
            "limits": [each.as_json() for each in self._limits],
            "retry_headers": list(self.retry_names),
            "used": used,
        }

    def _charge_load(self, request: AcceptedRequest, units: int, now: float) -> None:
        name, rate = request.deployment.name, units * TOKENS_PER_UNIT / MINUTE
        load = self._loads.setdefault(name, _Load())
        load.drain(now, rate)
        excess = load.tokens - units * TOKENS_PER_UNIT
        if excess >= 0:
            raise RejectionError(self._rejection(request, "capacity", max(excess / rate, 0.001)))
        prompt, completion = estimated_tokens(request)
        load.tokens += prompt + COMPLETION_COST * completion

    def _utilization(self, name: str, units: int, now: float) -> float:
        load = self._loads.setdefault(name, _Load())
        load.drain(now, units * TOKENS_PER_UNIT / MINUTE)
        return min(100.0, 100 * load.tokens / (units * TOKENS_PER_UNIT))

    def _minute(self, name: str, now: float) -> _Minute:
        minute = self._minutes.setdefault(name, _Minute())
        minute.renew(now)
        return minute

    def _limit(self, deployment: str, name: str) -> int | None:
        found: int | None = value_of(self._limits, deployment, lambda row: getattr(row, name))
        return found

    def _rejection(self, request: AcceptedRequest, exceeded: str, seconds: float) -> Rejection:
        names = self.sent_names
        if exceeded == "capacity":
            names = tuple(name for name in names if name != "x-ratelimit-reset")
        version = request.document.name.version.text
        headers = retry_headers(seconds, names)
        if request.is_azure and exceeded in _POLICIES:
            headers["policy-id"] = _POLICIES[exceeded]
        return replace(
            too_many_requests(ceil(seconds)),
            message=f"Requests to the {request.operation.id} Operation under API version {version} have "
            f"exceeded {exceeded} rate limit of the deployment {request.deployment.name}. "
            f"Please retry after {ceil(seconds)} seconds.",
            headers=headers,
        )

    def _read(self, limits: Any) -> tuple[DeploymentLimits, ...]:
        rows: tuple[DeploymentLimits, ...] = limits if isinstance(limits, tuple) else read_limits(limits)
        require_deployments(rows, self._settings)
        return rows

    def _names(self, names: Any) -> tuple[str, ...]:
        if not isinstance(names, list | tuple) or not all(name in RETRY_HEADERS for name in names):
            raise ControlError(f"Retry headers are {', '.join(RETRY_HEADERS)}, or none, not {quote(names)}.")
        return tuple(names)


_PER_MINUTE = ("requests_per_minute", "tokens_per_minute")
