"""The causes of a run."""

from __future__ import annotations

from alembic import op

from aoai_reports.history.migrations.columns import STRICT_WITHOUT_ROWID, numbers, run_column, texts

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table; `place` is the place of a cause in the report."""
    op.create_table(
        "causes",
        run_column(),
        *texts("id", primary_key=True),
        *numbers("place"),
        *texts("title", "effect", "level"),
        *numbers("violations", "known"),
        **STRICT_WITHOUT_ROWID,
    )
