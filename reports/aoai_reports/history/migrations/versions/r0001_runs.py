"""Runs with their rules, defects and costs."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column

from aoai_reports.history.migrations.columns import (
    FLAG,
    REAL_NUMBER,
    STRICT,
    STRICT_WITHOUT_ROWID,
    numbers,
    run_column,
    texts,
)

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables.

    An index of PostgreSQL cannot hold long texts such as the place of a defect, so that defects have no
    primary key there.
    """
    op.create_table(
        "runs",
        *texts("id", primary_key=True),
        *texts("started", "ended"),
        Column("seconds", REAL_NUMBER, nullable=False),
        *texts("target", "documents", "profile"),
        *numbers("seed"),
        *texts("tool", "verdict"),
        Column("interrupted", FLAG, nullable=False),
        *numbers("requests", "prompt", "completion"),
        *texts("record"),
        **STRICT,
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_index("runs_by_start", "runs", ["target", "started"] if is_sqlite else ["started"])
    op.create_table(
        "rules",
        run_column(),
        *texts("document", "operation", "rule", primary_key=True),
        *numbers("passed", "violation", "inconclusive"),
        **STRICT_WITHOUT_ROWID,
    )
    op.create_table(
        "defects",
        run_column(primary_key=is_sqlite),
        *texts("document", "operation", "rule", "place", "reason", primary_key=is_sqlite),
        *texts("level", "message"),
        *numbers("count"),
        **STRICT_WITHOUT_ROWID,
    )
    if not is_sqlite:
        op.create_index("defects_by_run", "defects", ["run"])
    op.create_table(
        "costs",
        run_column(),
        *texts("document", "operation", primary_key=True),
        *numbers("requests", "prompt", "completion"),
        **STRICT_WITHOUT_ROWID,
    )
