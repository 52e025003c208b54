"""Lines of text for a terminal: broken at spaces only, so that ids, pointers and URLs stay whole."""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

#: The width of the names of fields.
_NAME = 12
_WORD = re.compile("[^ ]+ *")
_OWN_LINE_INDENT = 4


class Lines:
    """Lines for a console, in its encoding.

    A text is broken at spaces to fit the console; a longer word overflows. With `most`, a text has at most so
    many lines of the console, and an ellipsis for what is left out.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines: list[Text] = []

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def width(self) -> int:
        """The width of the console."""
        return self._console.width

    def add(
        self, text: Text | str, *, prefix: Text | str = "", tail: Text | str = "", most: int | None = None
    ) -> None:
        """Add a text between a prefix and a tail; its further lines are indented by the prefix.

        The tail stays if the text is cut.
        """
        head, end, body = self._fitting(prefix), self._fitting(tail), self._fitting(text)
        indent = head.cell_len
        room = self.width - indent
        lines = self._wrapped(body + end, room)
        if most is not None:
            if len(lines) > most:
                lines = self._wrapped(body, room)[:most]
                lines[-1] = self._shortened(lines[-1], room - end.cell_len) + end
            lines = [self._cut(line, room) for line in lines]
        for number, line in enumerate(lines):
            self._lines.append(head + line if number == 0 else Text(" " * indent) + line)

    def add_whole(self, text: Text) -> None:
        """Add a text as one line, which the terminal breaks if it is too long."""
        self._lines.append(self._fitting(text))

    def gap(self) -> None:
        """Add an empty line."""
        self._lines.append(Text())

    def title(self, text: str, style: str) -> None:
        """Add an empty line and a heading."""
        self.gap()
        self.add(Text(text, f"bold {style}"))

    def field(self, name: str, value: str, *, whole: bool = False, most: int | None = None) -> None:
        """Add a named value with a hanging indent.

        With `whole`, it is one line. A value with a word that does not fit begins on a line of its own.
        """
        label = Text(f"  {name:<{_NAME}} ", "dim")
        room = self.width - label.cell_len
        if whole:
            self._lines.append(self._fitting(label) + self._fitting(value))
        elif most != 1 and max(map(cell_len, value.split(" "))) > room:
            self._lines.append(self._fitting(label))
            self.add(value, prefix=" " * _OWN_LINE_INDENT, most=most)
        else:
            self.add(value, prefix=label, most=most)

    def extend(self, other: Lines) -> None:
        """Add the lines of another one."""
        self._lines += other._lines

    def print(self) -> None:
        """Print all lines; the terminal breaks those that are too long."""
        for line in self._lines:
            line.rstrip()
            self._console.print(line, soft_wrap=True)

    def _wrapped(self, text: Text, width: int) -> list[Text]:
        offsets: list[int] = []
        used = 0
        for word in _WORD.finditer(text.plain):
            length = cell_len(word.group().rstrip(" "))
            if used and used + length > width:
                offsets.append(word.start())
                used = 0
            used += cell_len(word.group())
        return list(text.divide(offsets))

    def _shortened(self, line: Text, width: int) -> Text:
        """A line with an ellipsis instead of the last words that leave no room for it."""
        line.rstrip()
        end = len(line.plain)
        while cell_len(line.plain[:end]) > width - 2 and " " in line.plain[:end]:
            end = line.plain.rindex(" ", 0, end)
        return line[:end] + self._fitting(" …")

    def _cut(self, line: Text, width: int) -> Text:
        """A line that fits, which is cut inside a word if a single word is too long."""
        line.rstrip()
        if line.cell_len <= width:
            return line
        ellipsis = self._fitting("…")
        line.truncate(max(width - ellipsis.cell_len, 1), overflow="crop")
        return line + ellipsis

    def _fitting(self, text: Text | str) -> Text:
        """A text in which characters that the console cannot show are escaped."""
        text = Text(text) if isinstance(text, str) else text
        encoding = self._console.encoding or "utf-8"
        try:
            text.plain.encode(encoding)
        except UnicodeEncodeError:
            plain = text.plain.encode(encoding, "backslashreplace").decode(encoding)
            text = Text(plain, style=text.style)
        return text
