"""Which defects the baseline accepted."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, false

from aoai_reports.history.migrations.columns import FLAG

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; the defects so far were not accepted."""
    op.add_column("defects", Column("known", FLAG, nullable=False, server_default=false()))
