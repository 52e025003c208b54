"""What changed since the previous run that tested the same: the key `changes` of summary.json."""

from __future__ import annotations

from dataclasses import dataclass

from aoai_model.serialization import Json
from aoai_model.verdict import Level
from aoai_reports.record.evidence import storable
from aoai_reports.results.cause_kinds import cause_id
from aoai_reports.results.findings import Identity, fingerprint_of


@dataclass(frozen=True, slots=True)
class DefectChange:
    """A defect whose presence changed.

    `seen` is whether each comparable run that tested it showed it, the oldest first and this run last.
    `message` is that of the newest run that shows it, `title` that of its cause there. `last_seen` is the
    start of the last earlier run that shows it, empty if none does. `known` is whether the baseline accepts
    it.
    """

    identity: Identity
    level: Level
    title: str
    message: str
    seen: tuple[bool, ...]
    last_seen: str = ""
    known: bool = False

    @property
    def cause(self) -> str:
        """The id of its cause."""
        return cause_id(self.identity)

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "fingerprint": fingerprint_of(self.identity),
            "cause": storable(self.cause),
            "rule": self.identity.rule,
            "level": self.level,
            "document": self.identity.document,
            "operation": self.identity.operation,
            "place": storable(self.identity.place),
            "message": storable(self.message),
            "seen": list(self.seen),
            "last_seen": self.last_seen or None,
            "known": self.known,
        }


@dataclass(frozen=True, slots=True)
class NightChanges:
    """What changed since the previous comparable run.

    `since` is its start, empty if there is none; then every violation that is not accepted is new. `new`
    defects were absent from it, `fixed` ones are absent now. `flaky` defects come and go, and did so again;
    `lasting` ones did, but each of the last runs shows them.
    """

    since: str = ""
    new: tuple[DefectChange, ...] = ()
    fixed: tuple[DefectChange, ...] = ()
    flaky: tuple[DefectChange, ...] = ()
    lasting: tuple[DefectChange, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.new or self.fixed or self.flaky or self.lasting)

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "since": self.since or None,
            "new": [each.to_json() for each in self.new],
            "fixed": [each.to_json() for each in self.fixed],
            "flaky": [each.to_json() for each in self.flaky],
            "lasting": [each.to_json() for each in self.lasting],
        }
