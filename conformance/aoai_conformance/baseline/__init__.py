"""Baselines: accepted violations."""
