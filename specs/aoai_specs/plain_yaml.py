"""Reads YAML of packaged tables and of small files that users write, such as a baseline.

API descriptions have a reader of their own, which knows lines and limits: see `aoai_specs.loading`.
"""

from __future__ import annotations

from typing import Any

import yaml

#: The safe loader of libyaml, about eight times as fast; PyYAML can be built without it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(text: str | bytes) -> Any:
    """Return the plain data of a YAML text, as `yaml.safe_load` does.

    Raises yaml.YAMLError for what is not YAML, ValueError for a date that does not exist, and RecursionError
    for a text that is nested too deeply.
    """
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader


def error_line(error: Exception, text: str) -> int | None:
    """Return the line of a text at which `load_yaml` failed; None if the error names none.

    If the text ends too early, the parser names the line after the last one; this returns the last one.
    """
    line = getattr(getattr(error, "problem_mark", None), "line", None)
    return None if line is None else min(line + 1, max(len(text.splitlines()), 1))
