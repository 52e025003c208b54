"""Sends planned requests to a target and judges every exchange by every rule."""

__version__ = "0.1.0"
