"""Differences between endpoints: paths, parameters, bodies, responses and security."""
