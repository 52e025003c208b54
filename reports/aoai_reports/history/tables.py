"""The tables of the history as they are now. `migrations` creates and changes them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine import Dialect

#: Stands for U+0000, which PostgreSQL cannot store: a character that no text may contain for other purposes.
_NUL = "\ufdd0"


class AnyText(TypeDecorator[str]):
    """Text from anywhere, including U+0000."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it is stored."""
        return value if value is None or dialect.name == "sqlite" else value.replace("\0", _NUL)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it was given."""
        return value if value is None or dialect.name == "sqlite" else value.replace(_NUL, "\0")


METADATA = MetaData()

RUNS = Table(
    "runs", METADATA,
    Column("id", String, primary_key=True),
    *(Column(name, AnyText) for name in ("started", "ended")),
    Column("seconds", Double),
    *(Column(name, AnyText) for name in ("target", "documents", "profile")),
    Column("seed", BigInteger),
    *(Column(name, AnyText) for name in ("tool", "verdict")),
    Column("interrupted", Boolean),
    *(Column(name, BigInteger) for name in ("requests", "prompt", "completion")),
    Column("record", AnyText),
    Column("has_answers", Boolean),
    Column("label", AnyText),
)  # fmt: skip

RULES = Table(
    "rules", METADATA,
    *(Column(name, AnyText, primary_key=True) for name in ("run", "document", "operation", "rule")),
    *(Column(name, BigInteger) for name in ("passed", "violation", "inconclusive")),
)  # fmt: skip

DEFECTS = Table(
    "defects", METADATA,
    *(
        Column(name, AnyText, primary_key=True)
        for name in ("run", "document", "operation", "rule", "place", "reason")
    ),
    *(Column(name, AnyText) for name in ("level", "message")),
    Column("count", BigInteger),
    *(Column(name, Boolean) for name in ("known", "flaky")),
)  # fmt: skip

CAUSES = Table(
    "causes", METADATA,
    *(Column(name, AnyText, primary_key=True) for name in ("run", "id")),
    Column("place", BigInteger),
    *(Column(name, AnyText) for name in ("title", "effect", "level")),
    *(Column(name, BigInteger) for name in ("violations", "known")),
)  # fmt: skip

COSTS = Table(
    "costs", METADATA,
    *(Column(name, AnyText, primary_key=True) for name in ("run", "document", "operation")),
    *(Column(name, BigInteger) for name in ("requests", "prompt", "completion")),
)  # fmt: skip

#: The points of each operation that got a response: a JSON array of their ids, deflated.
ANSWERS = Table(
    "answers", METADATA,
    *(Column(name, AnyText, primary_key=True) for name in ("run", "document", "operation")),
    Column("points", LargeBinary),
)  # fmt: skip
