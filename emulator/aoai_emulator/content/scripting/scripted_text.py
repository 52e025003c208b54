"""The text of a script, within the limits of the request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from aoai_emulator.content.prose import Ending, Written, within
from aoai_emulator.content.tokens import tokenize
from aoai_emulator.http.scripts import Script

_Part = TypeVar("_Part")
_ENDINGS: dict[str | None, Ending] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
}


def scripted_text(text: str, script: Script, *, limit: int | None, stops: Sequence[str]) -> Written:
    """Return a text of a script, cut at the limit and before the first stop sequence."""
    pieces = [tokenize(piece) for piece in script.pieces] or [tokenize(text)]
    written = within([token for piece in pieces for token in piece], limit=limit, stops=stops)
    sizes = _shortened(map(len, pieces), len(written.tokens)) if script.pieces else ()
    return Written(written.tokens, _ENDINGS.get(script.finish_reason, written.ending), sizes)


def text_or_built_in(
    script: Script | None, built_in: Written, *, limit: int | None, stops: Sequence[str]
) -> Written:
    """Return the text of a script; without one, the built-in text, which another ending cuts in half."""
    if script is None:
        return built_in
    if script.text is not None:
        return scripted_text(script.text, script, limit=limit, stops=stops)
    ending = _ENDINGS.get(script.finish_reason)
    return built_in if ending is None else Written(halved(built_in.tokens), ending)


def halved(parts: Sequence[_Part]) -> tuple[_Part, ...]:
    """Return the first half of some tokens, or the only one."""
    return tuple(parts[: (len(parts) + 1) // 2])


def _shortened(sizes: Iterable[int], total: int) -> tuple[int, ...]:
    """Return the sizes of the pieces of a text of which `total` tokens are left."""
    kept = []
    for size in sizes:
        kept.append(min(size, total))
        total -= kept[-1]
        if total <= 0:
            break
    return tuple(kept)
