"""Mistakes in a configuration file: collected with their lines, and raised together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from aoai_conformance.toml_positions import Path as KeyPath
from aoai_specs.errors import ConformanceError

_LONGEST_QUOTE = 60


class ConfigurationError(ConformanceError):
    """A configuration file that cannot be used; the message has a line for each mistake."""


@dataclass(slots=True)
class Mistakes:
    """The mistakes of one file; `lines` are those of its keys."""

    file: Path
    lines: Mapping[KeyPath, int]
    _found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, path: KeyPath, sentence: str) -> None:
        """Add a mistake at a key, or at the nearest table around it that has a line."""
        self._found.append((self.line_of(path), sentence))

    def line_of(self, path: KeyPath) -> int:
        """The line of a key, or of the nearest table around it; 1 if there is none."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def raise_if_any(self) -> None:
        """Raise ConfigurationError with all mistakes, in the order of their lines."""
        if self._found:
            raise ConfigurationError("\n".join(self.sentences))

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each mistake as FILE:LINE: SENTENCE, in the order of the lines."""
        ordered = sorted(self._found, key=lambda each: each[0])
        return tuple(f"{self.file}:{line}: {sentence}" for line, sentence in ordered)


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean `deployments`?`, or nothing if no known name is close."""
    lowered = {each.lower(): each for each in known}
    nearest = get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return f"; did you mean `{lowered[nearest[0]]}`?" if nearest else ""


def quoted(value: object) -> str:
    """A value of the file for a message, shortened."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text[:_LONGEST_QUOTE]}…`" if len(text) > _LONGEST_QUOTE else f"`{text}`"
