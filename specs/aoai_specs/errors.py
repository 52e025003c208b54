"""The errors of the whole project, one small tree.

    ConformanceError            exit code 2, wrong usage or an unusable input
    ├── UnknownNameError        a name that nothing bears, with the nearest one that something does
    ├── DocumentError           an API description that cannot be read or means nothing
    │   └── OverlayError        an overlay that does not fit its document
    ├── OutputError             a folder or file that cannot be written
    │   └── LostOutputError     exit code 3, the output of a run that cannot be written any more
    └── TargetError             exit code 3, the target or the harness failed, nobody is to blame

Each message is one sentence or two that tell the user what to do; the command line prints it as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ConformanceError(Exception):
    """Root of every error that this project raises for its users."""

    exit_code = 2


class UnknownNameError(ConformanceError):
    """A name that nothing bears.

    `kind` says what was looked for ("rule", "operation", …), `known` are the names that exist. The message
    gives the nearest one, or the known ones where none is near or `list_known` asks for them anyway.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], *, list_known: bool = False) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(known)
        lowered = {candidate.lower(): candidate for candidate in self.known}
        nearest = get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
        shown = ", ".join(self.known[:12]) + (", …" if len(self.known) > 12 else "")
        if nearest:
            advice = f"did you mean {lowered[nearest[0]]!r}?"
            if list_known:
                advice += f" Known: {shown}."
        else:
            advice = f"known: {shown}." if shown else "there is none."
        super().__init__(f"There is no {kind} {name!r}; {advice}")


class DocumentError(ConformanceError):
    """An API description that cannot be read, is unsafe to read, or means nothing.

    `pointer` leads to the place in the description that is to blame, as far as it is known.
    """

    def __init__(self, message: str, pointer: str = "#") -> None:
        self.pointer = pointer
        super().__init__(message)


class OverlayError(DocumentError):
    """An overlay that does not fit the document it corrects."""


class OutputError(ConformanceError):
    """A folder or a file that cannot be written."""


class LostOutputError(OutputError):
    """The output of a run that was under way cannot be written any more: the run shows nothing."""

    exit_code = 3


class TargetError(ConformanceError):
    """The target or the harness failed, so that nothing can be said of conformance."""

    exit_code = 3
