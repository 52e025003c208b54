"""Which defects did not count because they come and go."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, false

from aoai_reports.history.migrations.columns import FLAG

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; all defects so far counted unless they were accepted."""
    op.add_column("defects", Column("flaky", FLAG, nullable=False, server_default=false()))
