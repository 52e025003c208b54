"""Scripts: what a model shall respond, instead of the built-in content."""

from __future__ import annotations

from dataclasses import dataclass

#: The reasons why a model ends a response.
FINISH_REASONS = ("stop", "length", "content_filter", "tool_calls", "function_call")


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """A call of a function: its name, its arguments as JSON text, and its id if it is not generated."""

    name: str
    arguments: str = "{}"
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """What one choice of a response says: a text, calls or a refusal.

    Without any of these, the built-in content stays, and only `finish_reason` differs. `pieces` are the parts
    in which a stream sends the text; `waits` has the seconds to wait before each of them.
    """

    text: str | None = None
    calls: tuple[ScriptedCall, ...] = ()
    refusal: str | None = None
    finish_reason: str | None = None
    pieces: tuple[str, ...] = ()
    waits: tuple[float, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the built-in content stays."""
        return self.text is None and self.refusal is None and not self.calls
