"""Reads a configuration file: targets by name, each with the options of `run`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aoai_conformance.configuration.finding import PYPROJECT, TABLE, find_file, read_text
from aoai_conformance.configuration.mistakes import ConfigurationError, Mistakes, quoted, suggestion
from aoai_conformance.configuration.values import place_of, read_value
from aoai_conformance.options import TARGET_KEY, Option, RunChoices, options_of
from aoai_conformance.redaction.secret_names import is_secret_name
from aoai_conformance.toml_positions import Path as KeyPath
from aoai_conformance.toml_positions import lines_of
from aoai_specs.errors import UnknownNameError

DEFAULTS = "defaults"
TARGETS = "targets"
DEFAULT_TARGETS = "default-targets"
#: The names of targets, which are also names of folders.
TARGET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SYNTAX = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)")


@dataclass(frozen=True, slots=True)
class ConfiguredTarget:
    """A target of the file: its options by field of `RunChoices`, those of `[defaults]` included.

    `line` is that of its table in `file`, `lines` are those of its own options. Options that are tables, such
    as `deployments`, are mappings.
    """

    name: str
    file: Path
    line: int
    options: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)

    def choices(self, given: Mapping[str, Any] | None = None) -> RunChoices:
        """The choices for a run of the target; `given` are options of the user, which take precedence.

        Pairs such as KIND=NAME are added to those of the file, and replace those with the same kind.
        """
        values = {**self.options, **(given or {})}
        for option in configurable_options():
            if option.table and option.field in values:
                added = dict(_pair(each) for each in (given or {}).get(option.field, ()))
                pairs = merged(self.options.get(option.field, {}), added)
                values[option.field] = tuple(
                    f"{name}={text}" if text else name for name, text in pairs.items()
                )
        return RunChoices(**values)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration file: its targets by name, and those to run if the user names none."""

    file: Path
    targets: Mapping[str, ConfiguredTarget]
    default_targets: tuple[str, ...] = ()

    def target(self, name: str) -> ConfiguredTarget:
        """The target of this name. Raises UnknownNameError with the closest one."""
        if name not in self.targets:
            raise UnknownNameError("target", name, self.targets)
        return self.targets[name]


def find_configuration(file: Path | None = None) -> Configuration | None:
    """The configuration in `file`, or in the file found from the current folder; None without one.

    Raises ConfigurationError with all mistakes of the file.
    """
    found = find_file() if file is None else file
    return None if found is None else read_configuration(found)


def read_configuration(file: Path) -> Configuration:
    """Read a configuration file. Raises ConfigurationError with all its mistakes."""
    return parse_configuration(read_text(file), file)


def parse_configuration(text: str, file: Path) -> Configuration:
    """Parse the text of a configuration file; paths in it are relative to the folder of `file`.

    Raises ConfigurationError with all mistakes.
    """
    try:
        data: Any = tomllib.loads(text)
        lines = lines_of(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(_syntax_error(file, text, error)) from error
    except ValueError as error:  # Python does not convert thousands of digits
        raise ConfigurationError(f"{file}: a number has too many digits.") from error
    except RecursionError as error:
        raise ConfigurationError(f"{file}: the file is nested too deeply.") from error
    root: KeyPath = ()
    if file.name == PYPROJECT:
        root = ("tool", TABLE)
        tool = data.get("tool")
        if not isinstance(tool, dict) or TABLE not in tool:
            raise ConfigurationError(f"{file} has no table `[tool.{TABLE}]`.")
        data = tool[TABLE]
    reader = _Reader(file, root, Mistakes(file, lines))
    configuration = reader.read(data)
    reader.mistakes.raise_if_any()
    return configuration


def merged(pairs: Mapping[str, str], further: Mapping[str, str]) -> dict[str, str]:
    """Two tables of pairs as one; a further one replaces that of the same name, in any letter case."""
    by_name = {name.lower(): (name, value) for name, value in (*pairs.items(), *further.items())}
    return dict(by_name.values())


def _pair(text: str) -> tuple[str, str]:
    """The name and the value of a pair such as KIND=NAME; what has no `=` is rejected where it is used."""
    name, _, value = text.partition("=")
    return name.strip(), value


def configurable_options() -> tuple[Option, ...]:
    """The options of `run` that a file can set."""
    return tuple(option for option in options_of() if option.configurable)


class _Reader:
    """Reads the parsed file and collects its mistakes."""

    def __init__(self, file: Path, root: KeyPath, mistakes: Mistakes) -> None:
        self._file = file
        self._root = root
        self.mistakes = mistakes
        self._options = {option.key: option for option in configurable_options()}

    def read(self, data: object) -> Configuration:
        tables = self._table(data, self._root)
        known = (DEFAULT_TARGETS, DEFAULTS, TARGETS)
        for key in tables:
            if key not in known:
                where = f" in tool.{TABLE}" if self._root else ""
                advice = (
                    suggestion(key, known) or f"; an option belongs in `[{DEFAULTS}]` or `[{TARGETS}.NAME]`."
                )
                self.mistakes.add((*self._root, key), f"unknown key {quoted(key)}{where}{advice}")
        defaults = self._read_options(tables.get(DEFAULTS, {}), (*self._root, DEFAULTS))
        targets = {
            name: self._target(name, table, defaults)
            for name, table in self._table(tables.get(TARGETS, {}), (*self._root, TARGETS)).items()
        }
        return Configuration(self._file, targets, self._default_targets(tables, targets))

    def _target(self, name: str, table: object, defaults: Mapping[str, Any]) -> ConfiguredTarget:
        path = (*self._root, TARGETS, name)
        if not TARGET_NAME.fullmatch(name):
            self.mistakes.add(
                path, f"{quoted(name)} cannot name a target: use letters, digits, `.`, `_` and `-`."
            )
        own = self._read_options(table, path)
        options = {**defaults, **own}
        for each in options.keys() & defaults.keys() & own.keys():
            if isinstance(own[each], Mapping) and isinstance(defaults[each], Mapping):
                options[each] = merged(defaults[each], own[each])
        if "target" not in options and isinstance(table, dict):
            self.mistakes.add(path, f"{TARGETS}.{name} has no `{TARGET_KEY}`.")
        lines = {
            option.field: self.mistakes.line_of((*path, key))
            for key, option in self._options.items()
            if option.field in own
        }
        return ConfiguredTarget(name, self._file, self.mistakes.line_of(path), options, lines)

    def _read_options(self, table: object, path: KeyPath) -> dict[str, Any]:
        """The options of a table by field, without those that have mistakes."""
        read: dict[str, Any] = {}
        for key, raw in self._table(table, path).items():
            option = self._options.get(TARGET_KEY if key == "target" else key)
            if option is None:
                self.mistakes.add((*path, key), self._unknown(key, path))
            elif option.field == "target" and path[-1] == DEFAULTS:
                self.mistakes.add((*path, key), f"{place_of((*path, key))} belongs in a target.")
            elif option.field in read:
                self.mistakes.add((*path, key), f"{place_of((*path, key))} repeats `{option.key}`.")
            else:
                value = read_value(option, raw, (*path, key), self._file.parent, self.mistakes)
                if value is not None:
                    read[option.field] = value
        return read

    def _unknown(self, key: str, path: KeyPath) -> str:
        table = ".".join(str(each) for each in path)
        by_option = {
            option.name: option.key for option in self._options.values() if option.name != option.key
        }
        if key in by_option:
            return f"unknown key {quoted(key)} in {table}; did you mean `{by_option[key]}`?"
        if is_secret_name(key) and key not in self._options:
            return (
                f"unknown key {quoted(key)} in {table}; a secret does not belong in a file: "
                "`api-key-env` names the environment variable that holds the key."
            )
        advice = suggestion(key, self._options) or "; `aoai-conformance schemas show config` lists the keys."
        return f"unknown key {quoted(key)} in {table}{advice}"

    def _default_targets(self, tables: Mapping[str, Any], targets: Mapping[str, object]) -> tuple[str, ...]:
        path = (*self._root, DEFAULT_TARGETS)
        names = tables.get(DEFAULT_TARGETS, [])
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            self.mistakes.add(path, f"`{DEFAULT_TARGETS}` must be an array of names of targets.")
            return ()
        for index, name in enumerate(names):
            if name not in targets:
                advice = suggestion(name, targets) or "."
                self.mistakes.add(
                    (*path, index), f"`{DEFAULT_TARGETS}` names {quoted(name)}, which is no target{advice}"
                )
        return tuple(dict.fromkeys(names))

    def _table(self, value: object, path: KeyPath) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self.mistakes.add(path, f"{place_of(path)} must be a table.")
        return {}


def _syntax_error(file: Path, text: str, error: tomllib.TOMLDecodeError) -> str:
    """FILE:LINE:COLUMN and what the parser says."""
    match = _SYNTAX.fullmatch(str(error))
    if match is None:
        return f"{file}: {error}."
    line, column = match["line"], match["column"]
    if line is None:
        rows = text.split("\n")
        line, column = str(len(rows)), str(len(rows[-1]) + 1)
    what = match["what"]
    return f"{file}:{line}:{column}: {what[:1].lower()}{what[1:]}."
