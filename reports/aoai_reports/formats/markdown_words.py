"""Words that somebody else wrote, as Markdown in which nothing of them acts."""

from __future__ import annotations

import re

from aoai_reports.formats.legible import visible_line

# Whatever Markdown or HTML could read as more than a letter. As character references none of it acts.
_ACTIVE = re.compile(r"(?<=www)\.|[^\w\s,;()\"'%?/+.=-]|_", re.ASCII | re.IGNORECASE)
# GitHub makes links of these after rendering, references or not, unless a tag parts them from what follows.
_LINKING = re.compile("&#(35|64);")


def folded(title: str, content: str) -> str:
    """A part that is folded away under its title; `content` is Markdown already."""
    return f"\n<details><summary>{plain(title)}</summary>\n\n{content}\n\n</details>"


def plain(text: str, longest: int = 400) -> str:
    """Text that Markdown, HTML and GitHub's own marks (mentions, emoji, links) take for nothing but text."""
    return _LINKING.sub(r"<span>\g<0></span>", _escaped(visible_line(text, longest)))


def code(text: str) -> str:
    """The same in the type of code."""
    return f"<code>{_escaped(visible_line(text))}</code>"


def _escaped(text: str) -> str:
    return _ACTIVE.sub(_reference, text)


def _reference(match: re.Match[str]) -> str:
    character = match.group()
    return f"&#{ord(character)};" if ord(character) < 0x80 else character
