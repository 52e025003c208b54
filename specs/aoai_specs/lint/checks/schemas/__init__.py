"""Checks of schemas: what they contradict, require, select or exclude."""
