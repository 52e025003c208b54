"""Metrics for Prometheus, which fetches them from the emulator."""

from __future__ import annotations

from aoai_emulator.metrics.measurement import BUCKETS, Measurement
from aoai_specs.errors import MissingExtraError

_LABELS = ("operation", "deployment")


class PrometheusMeter:
    """Counts in a registry of its own. Raises MissingExtraError without the extra prometheus."""

    def __init__(self) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Histogram
        except ImportError as error:
            raise MissingExtraError("prometheus", "Serving metrics to Prometheus") from error
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "aoai_emulator_requests",
            "Requests by operation, deployment, status and fault.",
            (*_LABELS, "status", "fault"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "aoai_emulator_request_duration_seconds",
            "Seconds from a request to the last byte of its response.",
            _LABELS,
            registry=self._registry,
            buckets=BUCKETS,
        )
        self._tokens = Counter(
            "aoai_emulator_tokens",
            "Tokens that responses report: input and output.",
            (*_LABELS, "type"),
            registry=self._registry,
        )

    def record(self, measurement: Measurement) -> None:
        """Count a request."""
        place = (measurement.operation, measurement.deployment)
        self._requests.labels(*place, measurement.status, measurement.fault).inc()
        self._seconds.labels(*place).observe(measurement.seconds)
        for kind, count in (("input", measurement.input_tokens), ("output", measurement.output_tokens)):
            if count:
                self._tokens.labels(*place, kind).inc(count)

    def exposition(self) -> tuple[bytes, str]:
        """Return all metrics in the text format of Prometheus, and its media type."""
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self._registry), CONTENT_TYPE_LATEST
