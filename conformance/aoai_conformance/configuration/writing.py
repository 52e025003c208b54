"""Writes targets as TOML: for `init`, and for the configuration that `doctor` suggests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from aoai_conformance.configuration.reading import TARGET_NAME, configurable_options
from aoai_conformance.options import EMULATOR, Option, RunChoices

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def target_text(name: str, choices: RunChoices) -> str:
    """The table `[targets.NAME]`: address, variable of the key, and what differs from the defaults."""
    return "\n".join([f"[targets.{_key(name)}]", *_pairs(choices), ""])


def suggested_name(url: str) -> str:
    """A name for the target at a URL: the first part of its host, such as `contoso`, otherwise `local`."""
    host = urlsplit(url).hostname or ""
    first = re.sub(r"[^A-Za-z0-9_-]+", "-", host.partition(".")[0]).strip("-_")
    return first if TARGET_NAME.fullmatch(first) and not first.isdigit() and first != "localhost" else "local"


def _pairs(choices: RunChoices) -> Iterator[str]:
    for option in configurable_options():
        value = getattr(choices, option.field)
        is_shown = option.field == "target" or (
            option.field == "api_key_env" and choices.auth == "key" and choices.target != EMULATOR
        )
        if is_shown or value != option.default:
            yield f"{option.key} = {_value(option, value)}"


def _value(option: Option, value: object) -> str:
    if option.table and isinstance(value, tuple):
        pairs = (str(each).partition("=") for each in value)
        return f"{{ {', '.join(f'{_key(name)} = {_text(text)}' for name, _, text in pairs)} }}"
    if isinstance(value, tuple):
        texts = [_text(str(each)) for each in value]
        return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else _text(str(value))


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """A TOML string; JSON escapes all that TOML requires, except one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
