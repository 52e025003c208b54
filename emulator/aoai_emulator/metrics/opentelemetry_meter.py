"""Metrics for OpenTelemetry, through the meter provider of the program."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aoai_emulator.metrics.measurement import BUCKETS, Measurement
from aoai_specs.errors import MissingExtraError

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider

_PURPOSE = "Sending metrics to OpenTelemetry"


class OpenTelemetryMeter:
    """Counts with a meter provider, by default that of the program.

    Raises MissingExtraError without the extra otel.
    """

    def __init__(self, provider: MeterProvider | None = None) -> None:
        try:
            from opentelemetry import metrics
        except ImportError as error:
            raise MissingExtraError("otel", _PURPOSE) from error
        meter = metrics.get_meter("aoai_emulator", meter_provider=provider)
        self._requests = meter.create_counter(
            "aoai_emulator.requests",
            unit="{request}",
            description="Requests by operation, deployment, status and fault.",
        )
        self._seconds = meter.create_histogram(
            "aoai_emulator.request.duration",
            unit="s",
            description="Seconds from a request to the last byte of its response.",
            explicit_bucket_boundaries_advisory=BUCKETS,
        )
        self._tokens = meter.create_counter(
            "aoai_emulator.tokens",
            unit="{token}",
            description="Tokens that responses report: input and output.",
        )

    def record(self, measurement: Measurement) -> None:
        """Count a request."""
        place = {"operation": measurement.operation, "deployment": measurement.deployment}
        self._requests.add(1, {**place, "status": measurement.status, "fault": measurement.fault})
        self._seconds.record(measurement.seconds, place)
        for kind, count in (("input", measurement.input_tokens), ("output", measurement.output_tokens)):
            if count:
                self._tokens.add(count, {**place, "type": kind})


def export_metrics() -> None:
    """Send this program's metrics by OTLP over HTTP; the variables OTEL_… say where and how often.

    Raises MissingExtraError without the extra otel.
    """
    try:
        from opentelemetry import metrics
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
    except ImportError as error:
        raise MissingExtraError("otel", _PURPOSE) from error
    resource = Resource.create({} if _has_service_name() else {"service.name": "aoai-emulator"})
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    metrics.set_meter_provider(MeterProvider(metric_readers=[reader], resource=resource))


def _has_service_name() -> bool:

    return "OTEL_SERVICE_NAME" in os.environ or "service.name" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
