"""The types of columns and the options of tables, for SQLite's strict tables and for PostgreSQL."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import REAL, BigInteger, Boolean, Column, Double, ForeignKey, Integer, Text
from sqlalchemy.types import TypeEngine

NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")
REAL_NUMBER: Final[TypeEngine[float]] = Double().with_variant(REAL(), "sqlite")
FLAG: Final = Boolean().with_variant(Integer(), "sqlite")
#: The options of `op.create_table`.
STRICT: Final[dict[str, Any]] = {"sqlite_strict": True}
STRICT_WITHOUT_ROWID: Final[dict[str, Any]] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def texts(*names: str, primary_key: bool = False) -> list[Column[Any]]:
    """Columns of text that are never null."""
    return [Column(name, Text, nullable=False, primary_key=primary_key) for name in names]


def numbers(*names: str) -> list[Column[Any]]:
    """Columns of integers that are never null."""
    return [Column(name, NUMBER, nullable=False) for name in names]


def run_column(*, primary_key: bool = True) -> Column[Any]:
    """The run that a row belongs to; the row is deleted with it."""
    return Column(
        "run", Text, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, primary_key=primary_key
    )
