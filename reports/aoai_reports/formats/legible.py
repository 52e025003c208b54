"""Makes untrusted text safe to display: escapes control characters and commands to CI runners."""

from __future__ import annotations

import re

from aoai_reports.record.evidence import cut_text, one_line

# Control characters, invisible and direction-changing ones, lone surrogates, and what XML forbids.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
#: `##vso[` and `##[`, which a CI runner executes anywhere in a log, even with characters between them that it
#: ignores. The groups are the first `#`, the second one, what follows it, and the bracket.
BRACKET_COMMAND = re.compile(r"(#[^\x00-\x7f]*)(#)([^\[\s#]*)(\[)")
# It executes `::error::` where a line begins, and a line may be wrapped anywhere.
_COLON_COMMAND = re.compile(r"::(?=[A-Za-z-]+(?:::|\s))")
_HIDDEN_EXCEPT_LINES = re.compile(_HIDDEN.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))


def visible(text: str, *, lines: bool = False) -> str:
    r"""The text with control and invisible characters escaped, such as `\x1b` or `\u202e`.

    Line ends and tabs are escaped too unless `lines` keeps them; CR LF then becomes one line end. A
    command that GitHub Actions or Azure Pipelines would read from a log is broken: `:\x3aerror::`.
    """
    if text.isascii() and text.isprintable():
        shown = text  # most texts: a report escapes tens of thousands
    elif lines:
        shown = _HIDDEN_EXCEPT_LINES.sub(_escape, text.replace("\r\n", "\n"))
    else:
        shown = _HIDDEN.sub(_escape, text)
    if "::" in shown:
        shown = _COLON_COMMAND.sub(r":\\x3a", shown)
    if "[" in shown and "#" in shown:
        shown = BRACKET_COMMAND.sub(r"\1\2\3\\x5b", shown)
    return shown


def has_log_command(text: str) -> bool:
    """Whether a CI runner would read a command in a text."""
    return any(command.search(text) for command in (BRACKET_COMMAND, _COLON_COMMAND))


def visible_line(text: str, longest: int = 300) -> str:
    """The text on one line of bounded length, escaped as by `visible`."""
    return visible(cut_text(text, longest))


def visible_value(value: object, longest: int = 300) -> str:
    """A JSON value on one line of bounded length, escaped as by `visible`."""
    return visible(cut_text(one_line(value), longest))


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if named:
        return named
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
