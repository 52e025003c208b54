"""Examines a target with a few requests: what responds, what it supports, and why something fails."""
