"""Sends planned requests to a target and judges every exchange by every rule."""
