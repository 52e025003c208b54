"""Compares two records: defects, behaviour, points, timings and capabilities."""
