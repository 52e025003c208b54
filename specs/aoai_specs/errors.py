"""The errors that this project raises for its users, in one tree.

    ConformanceError            exit code 2: wrong usage or unusable input
    ├── UnknownNameError        a name that does not exist, with the closest existing one
    ├── DocumentError           an API description that cannot be read or is invalid
    │   └── OverlayError        an overlay that does not fit its document
    ├── MissingExtraError       an optional dependency that is not installed, and how to install it
    ├── OutputError             a file or folder that cannot be written
    │   └── LostOutputError     exit code 3: the output of a run in progress cannot be written any more
    └── TargetError             exit code 3: the target or the harness failed; no conclusion is possible

Other packages derive theirs from ConformanceError or from one of these. A message is one or two sentences
that say what to do; the command line prints it as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

#: What `pip install 'aoai-conformance[EXTRA]'` can add.
EXTRAS = (
    *("allure", "audio", "entra", "fleet", "hypothesis", "otel", "postgresql", "prometheus"),
    *("pytest", "schemathesis", "tls"),
)


class ConformanceError(Exception):
    """The base class of every error that this project raises for its users."""

    exit_code = 2


class UnknownNameError(ConformanceError):
    """A name that does not exist.

    `kind` says what was looked up ("rule", "operation", …), `known` are the existing names. The message
    suggests the closest one; it lists the known names if none is close or if `list_known` is set.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], *, list_known: bool = False) -> None:
        from difflib import get_close_matches  # most commands end without this error

        self.kind = kind
        self.name = name
        self.known = tuple(known)
        lowered = {candidate.lower(): candidate for candidate in self.known}
        nearest = get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
        listed = ", ".join(self.known[:12]) + (", …" if len(self.known) > 12 else "")
        if nearest:
            advice = f"did you mean {lowered[nearest[0]]!r}?"
            if list_known:
                advice += f" Known: {listed}."
        else:
            advice = f"known: {listed}." if listed else "none exists."
        super().__init__(f"There is no {kind} {name!r}; {advice}")


class DocumentError(ConformanceError):
    """An API description that cannot be read, is unsafe to read, or is invalid.

    `pointer` is the place of the error in the description, as far as it is known.
    """

    def __init__(self, message: str, pointer: str = "#") -> None:
        self.pointer = pointer
        super().__init__(message)


class OverlayError(DocumentError):
    """An overlay that does not fit the document it extends."""


class MissingExtraError(ConformanceError):
    """An optional dependency that is not installed.

    `extra` is the extra of aoai-conformance that installs it; `purpose` starts the sentence, such as
    "Decoding audio".
    """

    def __init__(self, extra: str, purpose: str) -> None:
        self.extra = extra
        super().__init__(
            f"{purpose} needs the extra {extra}, which is not installed; run `{install_command(extra)}`."
        )


def install_command(extra: str) -> str:
    """Return the command that installs an extra."""
    return f"pip install 'aoai-conformance[{extra}]'"


class OutputError(ConformanceError):
    """A file or folder that cannot be written."""


class LostOutputError(OutputError):
    """The output of a run in progress cannot be written any more, so the run proves nothing."""

    exit_code = 3


class TargetError(ConformanceError):
    """The target or the harness failed, so no conclusion about conformance is possible."""

    exit_code = 3
