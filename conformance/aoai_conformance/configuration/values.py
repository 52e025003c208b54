"""The values of keys: whether an option takes them, and in which form it stores them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from aoai_conformance.configuration.mistakes import Mistakes, quoted, suggestion
from aoai_conformance.options import Duration, Option
from aoai_conformance.toml_positions import Path as KeyPath

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_value(option: Option, raw: object, path: KeyPath, folder: Path, mistakes: Mistakes) -> Any:
    """The value of an option in the form of `RunChoices`; None, with a mistake noted, if it has another type.

    A table of pairs stays a mapping, so that tables can be merged. Files and folders are relative to
    `folder`.
    """
    if option.table:
        return _read_table(option, raw, path, mistakes)
    if not option.repeatable:
        return _read_single(option, raw, path, folder, mistakes)
    if option.takes_limits:
        raw = _limits_as_texts(raw)
    elements = raw if isinstance(raw, list) else [raw]
    places = [(*path, index) for index in range(len(elements))] if isinstance(raw, list) else [path]
    read = [
        _read_single(option, each, place, folder, mistakes)
        for each, place in zip(elements, places, strict=True)
    ]
    return None if None in read else tuple(read)


def _read_table(option: Option, raw: object, path: KeyPath, mistakes: Mistakes) -> Mapping[str, str] | None:
    where = place_of(path)
    if not isinstance(raw, dict) or not all(isinstance(each, str) and each for each in raw.values()):
        example = next(iter(option.table_keys), "NAME")
        mistakes.add(
            path, f'{where} must be a table of texts, such as `{option.table} = {{ {example} = "…" }}`.'
        )
        return None
    for key in raw:
        if option.table_keys and key not in option.table_keys:
            advice = suggestion(key, option.table_keys) or f"; known: {', '.join(option.table_keys)}."
            mistakes.add((*path, key), f"unknown key {quoted(key)} in {_named(path)}{advice}")
    return raw


def _limits_as_texts(raw: object) -> object:
    """Limits as the command line takes them: numbers as text, and a table by deployment as NAME=N."""
    if isinstance(raw, dict):
        return [f"{name}={number}" for name, number in raw.items()]
    if isinstance(raw, list):
        return [_limits_as_texts(each) for each in raw]
    return str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw


def _read_single(option: Option, raw: object, path: KeyPath, folder: Path, mistakes: Mistakes) -> Any:
    complaint = next(_complaints(option, raw), "")
    if complaint:
        mistakes.add(path, f"{place_of(path)} {complaint}")
        return None
    if option.type is float and isinstance(raw, int):
        return float(raw)
    if isinstance(raw, str) and option.is_local(raw):
        return option.type(_below(folder, raw))
    return option.type(raw)


def _complaints(option: Option, raw: object) -> Iterator[str]:
    """What is wrong with a single value."""
    expected, is_right = _TYPES.get(option.type, _TEXT)
    if not is_right(raw):
        yield f"must be {'texts or an array of them' if option.repeatable else expected}, not {quoted(raw)}."
    elif option.choices and raw not in option.choices:
        advice = suggestion(str(raw), option.choices) or "."
        yield f"must be {_either(option.choices)}, not {quoted(raw)}{advice}"
    elif isinstance(raw, int | float) and not option.allows(raw):
        yield f"must be {option.range}, not {raw:g}."
    elif option.metavar == "NAME" and option.name.endswith("-env") and not _VARIABLE.fullmatch(str(raw)):
        yield "must be the name of an environment variable; the secret itself does not belong in a file."
    elif raw == "":
        yield "must not be empty."


#: The types of values: what a message calls them, and how to recognise them.
_TEXT: Final[tuple[str, Callable[[object], bool]]] = ("a text", lambda raw: isinstance(raw, str))
_TYPES: Final[Mapping[type, tuple[str, Callable[[object], bool]]]] = {
    bool: ("`true` or `false`", lambda raw: isinstance(raw, bool)),
    int: ("a whole number", lambda raw: isinstance(raw, int) and not isinstance(raw, bool)),
    float: ("a number", lambda raw: isinstance(raw, int | float) and not isinstance(raw, bool)),
    Duration: ("a number of seconds or a text such as `15m`", Duration.is_valid),
}


def place_of(path: KeyPath) -> str:
    """`` `profile` in targets.prod``, the name of a key for messages."""
    names = [each for each in path if isinstance(each, str)]
    table = ".".join(names[:-1])
    return f"`{names[-1]}` in {table}" if table else f"`{names[-1]}`"


def _named(path: KeyPath) -> str:
    return ".".join(each for each in path if isinstance(each, str))


def _either(choices: tuple[str, ...]) -> str:
    *others, last = (f"`{each}`" for each in choices)
    return f"{', '.join(others)} or {last}" if others else last


def _below(folder: Path, value: str) -> str:
    """A path of the file as seen from the current folder."""
    path = Path(value).expanduser()
    return str(path if path.is_absolute() else Path(os.path.normpath(folder / path)))
