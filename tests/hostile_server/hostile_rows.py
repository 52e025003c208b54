"""What a run against a hostile server must come to: each behaviour is a function with its row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from half_working_runs import CHAT, COMPLETIONS, EMBEDDINGS
from half_working_wire import Asked, Reply
from hostile_wire import Behave

#: Enough for the record of any row that keeps little.
LITTLE = 2_000_000
#: A few requests show whatever is wrong with all of them.
FEW = ("--max-requests", "6")
VERDICTS = {0: "conformant", 1: "nonconformant", 3: "inconclusive"}
OPERATIONS = {"embeddings": EMBEDDINGS, "completions": COMPLETIONS, "chat": CHAT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A behaviour and what a run must come to.

    `fires` are the rules violated at must or should, all of them: no other may be. `says` is what the summary
    or the terminal must hold. `kept` bounds the bytes of the record; `written` is false where the target
    cannot be tested at all, so that nothing is written.
    """

    behave: Behave
    exit: int
    fires: frozenset[str]
    says: str
    operation: str
    spoils: Callable[[Reply, Asked], bool]
    options: tuple[str, ...]
    kept: int
    written: bool

    @property
    def verdict(self) -> str:
        return VERDICTS[self.exit]


ROWS: dict[str, Row] = {}


def hostile(
    exit_code: int,
    *fires: str,
    says: str = "",
    on: str = "successes",
    operation: str = "",
    options: tuple[str, ...] = FEW,
    kept: int = LITTLE,
    written: bool = True,
) -> Callable[[Behave], Behave]:
    """Declare a behaviour; `on` says which replies are spoilt: `successes`, `streams` or `everything`."""

    def declare(behave: Behave) -> Behave:
        name = behave.__name__
        assert name not in ROWS, f"two behaviours are called {name}"
        ROWS[name] = Row(
            behave=behave,
            exit=exit_code,
            fires=frozenset(fires),
            says=says,
            operation=OPERATIONS[operation or ("completions" if on == "streams" else "embeddings")],
            spoils=_SPOILS[on],
            options=options,
            kept=kept,
            written=written,
        )
        return behave

    return declare


_SPOILS: dict[str, Callable[[Reply, Asked], bool]] = {
    "everything": lambda _reply, _asked: True,
    "successes": lambda reply, _asked: reply.is_success,
    "streams": lambda reply, asked: reply.is_success and asked.streams,
}
