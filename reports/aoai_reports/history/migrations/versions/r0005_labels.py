"""The label of a target, which survives a change of its URL."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; the runs so far have no label."""
    op.add_column("runs", Column("label", Text, nullable=False, server_default=""))
