"""The points that got a response."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, LargeBinary, false

from aoai_reports.history.migrations.columns import FLAG, STRICT_WITHOUT_ROWID, run_column, texts

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table; `has_answers` distinguishes the runs that were stored without points."""
    op.create_table(
        "answers",
        run_column(),
        *texts("document", "operation", primary_key=True),
        Column("points", LargeBinary, nullable=False),
        **STRICT_WITHOUT_ROWID,
    )
    op.add_column("runs", Column("has_answers", FLAG, nullable=False, server_default=false()))
