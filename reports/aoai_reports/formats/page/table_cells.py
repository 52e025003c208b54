"""Cells of tables that a page repeats by the thousand, which Jinja would put together slowly."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup, escape


@lru_cache(maxsize=1024)
def number_cell(number: int, level: str = "") -> Markup:
    """Return the cell of a number; `level` colours it unless the number is 0."""
    colour = " zero" if number == 0 else f" hot-{escape(level)}" if level else ""
    return Markup(f'<td class="n{colour}">{number:,}</td>')  # noqa: S704 - a number, and an escaped level
