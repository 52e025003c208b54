"""Differences between schemas, compared by meaning."""
