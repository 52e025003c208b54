"""Mistakes that checks yield, and findings that the lint reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]
#: The severities, the worst first.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class _Nothing:
    """Marks the absence of a witness, since null can be one."""

    def __repr__(self) -> str:
        return "no witness"

    def __reduce__(self) -> str:
        return "NO_WITNESS"


NO_WITNESS: Any = _Nothing()


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake as a check yields it.

    `pointer` is its place in the description, `message` one sentence, and `witness` a value that demonstrates
    it, if there is one. `file` is the file of published examples with this place, if it is not the
    description.
    """

    pointer: str
    message: str
    witness: Any = field(default=NO_WITNESS)
    file: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake with its check and document.

    `check` is the id of the check, `document` the name of the description or its file, `clause` the address
    of the place, and `line` its line in the file (None for documents of the catalogue, whose overlay moves
    lines). `severity` is that of the check. `explained` is the reason why the mistake is known and stays,
    or "".
    """

    check: str
    document: str
    pointer: str
    clause: str
    message: str
    witness: Any = field(default=NO_WITNESS)
    line: int | None = None
    explained: str = ""
    severity: Severity = "error"

    def to_json(self) -> dict[str, Any]:
        """Return the finding as JSON, without absent fields."""
        content: dict[str, Any] = {
            "check": self.check,
            "severity": self.severity,
            "document": self.document,
            "pointer": self.pointer,
            "clause": self.clause,
            "message": self.message,
        }
        if self.witness is not NO_WITNESS:
            content["witness"] = self.witness
        if self.line is not None:
            content["line"] = self.line
        if self.explained:
            content["explained"] = self.explained
        return content
