"""Reads the shell blocks of Markdown pages, and the commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>run)(?:: exit (?P<code>\d))? -->\n)?^```sh\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_SEPARATORS = {"|", "||", "&&", "&", ";", ">", ">>", "2>", "(", ")"}


@dataclass(frozen=True)
class ShellBlock:
    """A shell block; `expected_exit` is None unless the page marks it with `<!-- run -->`."""

    text: str
    expected_exit: int | None


def shell_blocks(page: Path) -> list[ShellBlock]:
    """Return the shell blocks of a page, in order."""
    return [
        ShellBlock(match["text"], int(match["code"] or 0) if match["mark"] else None)
        for match in _BLOCK.finditer(page.read_text(encoding="utf-8"))
    ]


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command in a shell block, without comments and leading assignments."""
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word in _SEPARATORS:
                if words:
                    yield words
                words = []
            elif words or "=" not in word or word.startswith("-"):
                words.append(word)
