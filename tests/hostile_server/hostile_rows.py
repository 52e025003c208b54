"""The expected result for each hostile server: each behaviour is a function with its row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from half_working_runs import CHAT, COMPLETIONS, EMBEDDINGS
from half_working_wire import Reply, Request
from hostile_wire import Behave

#: Enough for the record of any row with small responses.
LITTLE = 2_000_000
#: A few requests show whatever is wrong with all of them.
FEW = ("--max-requests", "6")
#: For responses that each take long to send, to judge or to wait for.
FEWER = ("--max-requests", "4")
FEWEST = ("--max-requests", "2")
VERDICTS = {0: "conformant", 1: "nonconformant", 3: "inconclusive"}
OPERATIONS = {"embeddings": EMBEDDINGS, "completions": COMPLETIONS, "chat": CHAT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A behaviour and the expected result of a run.

        `fires` are all rules that must be violated at must or should. `says` is a text that the summary
    or the terminal must contain. `kept` bounds the bytes of the record; `written` is false where the target
        cannot be tested at all, so that nothing is written.
    """

    behave: Behave
    exit: int
    fires: frozenset[str]
    says: str
    operation: str
    applies: Callable[[Reply, Request], bool]
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
    """Declare a behaviour; `on` selects the replies to alter: `successes`, `streams` or `everything`."""

    def declare(behave: Behave) -> Behave:
        name = behave.__name__
        assert name not in ROWS, f"two behaviours are named {name}"
        ROWS[name] = Row(
            behave=behave,
            exit=exit_code,
            fires=frozenset(fires),
            says=says,
            operation=OPERATIONS[operation or ("completions" if on == "streams" else "embeddings")],
            applies=_APPLIES[on],
            options=options,
            kept=kept,
            written=written,
        )
        return behave

    return declare


_APPLIES: dict[str, Callable[[Reply, Request], bool]] = {
    "everything": lambda _reply, _asked: True,
    "successes": lambda reply, _asked: reply.is_success,
    "streams": lambda reply, request: reply.is_success and request.streams,
}
