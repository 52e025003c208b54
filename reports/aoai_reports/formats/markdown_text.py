"""Untrusted text as Markdown: escapes everything that Markdown, HTML or GitHub would interpret."""

from __future__ import annotations

import re

from aoai_reports.formats.legible import visible_line

# Characters that Markdown or HTML might interpret, to be replaced by character references.
_ACTIVE = re.compile(r"(?<=www)\.|[^\w\s,;()\"'%?/+.=-]|_", re.ASCII | re.IGNORECASE)
# GitHub turns these into links even as references, unless a tag separates them from what follows.
_LINKING = re.compile("&#(35|64);")


def folded(title: str, content: str) -> str:
    """A collapsed section; `content` is Markdown."""
    return f"\n<details><summary>{plain(title)}</summary>\n\n{content}\n\n</details>"


def plain(text: str, longest: int = 400) -> str:
    """Text that Markdown, HTML and GitHub (mentions, emoji, links) do not interpret."""
    return _LINKING.sub(r"<span>\g<0></span>", _escaped(visible_line(text, longest)))


def code(text: str) -> str:
    """Text as code, escaped in the same way."""
    return f"<code>{_escaped(visible_line(text))}</code>"


def _escaped(text: str) -> str:
    return _ACTIVE.sub(_reference, text)


def _reference(match: re.Match[str]) -> str:
    character = match.group()
    return f"&#{ord(character)};" if ord(character) < 0x80 else character
