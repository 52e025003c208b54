"""Texts in which `${VARIABLE}` stands for a secret from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aoai_conformance.redaction.secrets import remember
from aoai_specs.errors import ConformanceError

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Names that messages may contain; others might be a secret given by mistake.
_PLAIN_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class ResolvedText:
    """A text with the values of its variables, which are its `secrets`."""

    text: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def has_variables(template: str) -> bool:
    """Whether a text contains `${`."""
    return "${" in template


def is_variable(template: str) -> bool:
    """Whether a text is one variable and nothing else."""
    match = _VARIABLE.fullmatch(template)
    return match is not None and _NAME.fullmatch(match[1]) is not None


def check_variables(template: str, what: str) -> None:
    """Raise ConformanceError if a text contains `${` without the name of a variable and `}`.

    `what` starts the message: "--header X-Team".
    """
    rest = _VARIABLE.sub(lambda match: "" if _NAME.fullmatch(match[1]) else match[0], template)
    if has_variables(rest):
        raise ConformanceError(f"{what} has a malformed variable; write ${{NAME}}.")


def resolve_variables(template: str, what: str, environment: Mapping[str, str] | None = None) -> ResolvedText:
    """Replace each `${NAME}` by the value of the environment variable, and remember the value as a secret.

    Raises ConformanceError, with a message that starts with `what` and contains no value, if a variable is
    malformed, unset or blank.
    """
    check_variables(template, what)
    values = os.environ if environment is None else environment
    secrets: dict[str, None] = {}

    def value_of(match: re.Match[str]) -> str:
        value = values.get(match[1], "").strip()
        if not value:
            raise ConformanceError(f"{what}: {describe_variable(match[1])} is not set.")
        remember(value)
        secrets[value] = None
        return value

    text = _VARIABLE.sub(value_of, template)
    return ResolvedText(text, tuple(secrets))


def describe_variable(name: str, otherwise: str = "a variable in its value") -> str:
    """The name of a variable for messages, or `otherwise` if it might be a secret given by mistake."""
    return f"the environment variable {name}" if _PLAIN_NAME.fullmatch(name) else otherwise
