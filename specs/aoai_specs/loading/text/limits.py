"""Limits of the texts that are read, since descriptions may come from anyone."""

from __future__ import annotations

#: The largest text that is read, in bytes; about ten times the largest published description.
MAX_BYTES = 16 * 1024 * 1024
#: The most values in a text after its aliases are expanded.
MAX_VALUES = 500_000
MAX_DEPTH = 100
#: Longer numbers are read as texts.
MAX_DIGITS = 1000

TOO_DEEP = f"values are nested deeper than {MAX_DEPTH} levels."
TOO_MANY = f"the file has more than {MAX_VALUES} values after its aliases are expanded."
