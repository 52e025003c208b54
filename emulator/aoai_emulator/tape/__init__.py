"""Recorded responses, found by the request."""
