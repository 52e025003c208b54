"""What the lint says: one mistake at one place of a description."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class _Nothing:
    """Stands for a witness where there is none, since null may be one."""

    def __repr__(self) -> str:
        return "no witness"


NO_WITNESS: Any = _Nothing()


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake as its check tells of it.

    `pointer` leads to its place in the description, `message` is one sentence, and `witness` a value that
    shows it, where there is one. `file` names the file of published examples that holds the place, if it is
    not the description.
    """

    pointer: str
    message: str
    witness: Any = field(default=NO_WITNESS)
    file: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake, and where it was found.

    `check` is the id of the check, `document` the name of the description (or its file), `clause` the
    address of the place, `line` its line in the file (None for a document of the catalogue, whose lines an
    overlay moves). `explained` is why the mistake is known and stays, or "".
    """

    check: str
    document: str
    pointer: str
    clause: str
    message: str
    witness: Any = field(default=NO_WITNESS)
    line: int | None = None
    explained: str = ""

    def to_json(self) -> dict[str, Any]:
        """The finding as JSON, without what it has not."""
        told: dict[str, Any] = {
            "check": self.check,
            "document": self.document,
            "pointer": self.pointer,
            "clause": self.clause,
            "message": self.message,
        }
        if self.witness is not NO_WITNESS:
            told["witness"] = self.witness
        if self.line is not None:
            told["line"] = self.line
        if self.explained:
            told["explained"] = self.explained
        return told
