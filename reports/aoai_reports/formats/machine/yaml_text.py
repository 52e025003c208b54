"""YAML that may be printed in the log of a CI runner: no text in it is a command."""

from __future__ import annotations

import yaml

from aoai_reports.formats.legible import BRACKET_COMMAND, has_log_command


def yaml_text(value: object) -> str:
    r"""A value as YAML; `[` is `\x5b`, in quotes, where a CI runner would read a command."""
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return BRACKET_COMMAND.sub(r"\1\2\3\\x5b", text)


class _Dumper(yaml.SafeDumper):
    """Writes texts with commands in double quotes, so that no line begins with one."""


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if has_log_command(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
