"""Failures on demand that break no contract: errors of the service, and failures of the connection."""
