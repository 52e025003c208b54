"""Text that somebody else wrote, made safe to look at: nothing in it acts on a terminal or hides."""

from __future__ import annotations

import re

from aoai_reports.record.evidence import cut_text, one_line

# Control characters, invisible and direction-changing ones, lone surrogates, and what XML forbids.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_HIDDEN_BUT_LINES = re.compile(_HIDDEN.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))


def visible(text: str, *, lines: bool = False) -> str:
    r"""The text with every character that acts or hides written out, such as `\x1b` or `\u202e`.

    Line ends and tabs are written out too, unless `lines` keeps them; a CR LF then counts as one line end.
    """
    if lines:
        return _HIDDEN_BUT_LINES.sub(_written_out, text.replace("\r\n", "\n"))
    return _HIDDEN.sub(_written_out, text)


def visible_line(text: str, longest: int = 300) -> str:
    """The text on one line of bounded length, as `visible` writes it."""
    return visible(cut_text(text, longest))


def visible_value(value: object, longest: int = 300) -> str:
    """A JSON value on one line of bounded length, as `visible` writes it."""
    return visible(cut_text(one_line(value), longest))


def _written_out(match: re.Match[str]) -> str:
    character = match.group()
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if named:
        return named
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
