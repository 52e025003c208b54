"""One choice of a chat: reasoning, then text, a refusal or calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aoai_emulator.content.tokens import grouped, in_pieces


@dataclass(frozen=True, slots=True)
class Call:
    """One function call: its id, the function's name, and its arguments as tokens of JSON text.

    A custom tool gets any text instead.
    """

    id: str
    name: str
    arguments: tuple[str, ...]
    is_custom: bool = False


@dataclass(slots=True)  # not frozen, which would double the cost to create one
class Choice:
    """One choice: the `tokens` of its text, or None if it only has `calls` or a refusal.

    `elder` is true for the deprecated form `function_call`. `thought` is the reasoning that came
    first; `accepted` and `rejected` count the tokens of a prediction. `scripted` is set if the request or a
    fixture says what to respond; `pieces` are then the numbers of tokens that a stream sends at once, and
    `waits` the seconds before each piece.
    """

    index: int
    tokens: tuple[str, ...] | None
    calls: tuple[Call, ...]
    elder: bool
    finish_reason: str
    thought: tuple[str, ...] = ()
    accepted: int = 0
    rejected: int = 0
    refusal: tuple[str, ...] | None = None
    scripted: bool = False
    pieces: tuple[int, ...] = ()
    waits: tuple[float, ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether the content filter cut the text off."""
        return self.finish_reason == "content_filter"

    @property
    def text(self) -> str | None:
        """The whole text, or None."""
        return None if self.tokens is None else "".join(self.tokens)

    @property
    def refused_text(self) -> str | None:
        """The whole refusal, or None."""
        return None if self.refusal is None else "".join(self.refusal)

    @property
    def token_count(self) -> int:
        """How many tokens were generated, whether they are shown or not."""
        count = len(self.tokens or ()) + len(self.refusal or ()) + len(self.thought) + self.rejected
        return count + sum(len(call.arguments) for call in self.calls) if self.calls else count

    def texts(self, size: int) -> Sequence[str]:
        """Return the text as a stream sends it: in its pieces, or `size` tokens at once."""
        if size == 1 and not self.pieces:
            return self.tokens or ()
        return ["".join(run) for run in self.runs(size)]

    def runs(self, size: int) -> list[Sequence[str]]:
        """Return the tokens of the text as a stream sends them: in its pieces, or `size` at once."""
        tokens = self.tokens or ()
        return in_pieces(tokens, self.pieces) if self.pieces else grouped(tokens, size)
