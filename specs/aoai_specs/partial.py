"""Partial descriptions: those that cover only part of their api-version.

A description says so at its root: `x-described: partial`. It does not deny what it leaves out: an operation,
a parameter or a property that it does not describe may exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DESCRIBED = "x-described"
PARTIAL = "partial"


def is_partial(content: Mapping[str, Any]) -> bool:
    """Whether a description says that it covers only part of its api-version."""
    return content.get(DESCRIBED) == PARTIAL
