"""Metrics of an emulator for Prometheus and OpenTelemetry: requests, durations and tokens."""
