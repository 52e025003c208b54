"""The targets that a command is about: names of the configuration file, with the options of the user."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from aoai_conformance.cli.completion.names import complete_targets
from aoai_conformance.configuration.finding import FILE_NAME
from aoai_conformance.options import RunChoices, options_of
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from aoai_conformance.configuration.reading import Configuration, ConfiguredTarget

Function = TypeVar("Function", bound=Callable[..., Any])

#: The fields of what a run writes, which two targets cannot share.
_WRITTEN = ("out", "events")
#: The value of `--events` for standard output, which they can.
_STDOUT = "-"


@dataclass(frozen=True, slots=True)
class NamedChoices:
    """The choices for one target; `target` is None if the configuration does not name it."""

    choices: RunChoices
    target: ConfiguredTarget | None = None

    @property
    def name(self) -> str:
        """The name of the target in the configuration, empty if it has none."""
        return "" if self.target is None else self.target.name


def config_option(function: Function) -> Function:
    """Add `--config FILE`."""
    return click.option(
        "--config", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
        help=f"The configuration file. Default: {FILE_NAME}, or pyproject.toml with "
        "[tool.aoai-conformance], in this folder or above it.",
    )(function)  # fmt: skip


def target_argument(function: Function) -> Function:
    """Add the argument TARGET, one target of the configuration, and `--config`."""
    argument = click.argument("name", required=False, metavar="[TARGET]", shell_complete=complete_targets)
    return argument(config_option(function))


def target_arguments(function: Function) -> Function:
    """Add the arguments TARGET…, `--all` and `--config`."""
    names = click.argument("names", nargs=-1, metavar="[TARGET]...", shell_complete=complete_targets)
    every = click.option("--all", "every", is_flag=True, help="Test all targets of the configuration.")
    return names(every(config_option(function)))


def choose_one(
    ctx: click.Context, name: str | None, config: Path | None, given: Mapping[str, Any]
) -> NamedChoices:
    """The choices for the target of the user: that of the configuration with this name, with their options.

    Without a name and without `--target`, it is the only entry of `default-targets`, if there is one. Raises
    ConfigurationError for mistakes in the file, and UnknownNameError for an unknown name.
    """
    chosen = choose_targets(ctx, () if name is None else (name,), config, given)
    if len(chosen) > 1:
        names = ", ".join(each.name for each in chosen)
        raise ConformanceError(f"`default-targets` has several targets; choose one: {names}.")
    return chosen[0]


def choose_targets(
    ctx: click.Context,
    names: Sequence[str],
    config: Path | None,
    given: Mapping[str, Any],
    *,
    every: bool = False,
) -> tuple[NamedChoices, ...]:
    """The choices for each target of the user; `given` are the values of all options of the command.

    Without names, `--all` and `--target`, these are the `default-targets` of the configuration, or without
    them the choices as given. Raises ConfigurationError for mistakes in the file, UnknownNameError for an
    unknown name, and ConformanceError for options that contradict each other.
    """
    from aoai_conformance.configuration.reading import find_configuration

    explicit = {name: value for name, value in given.items() if _is_explicit(ctx, name)}
    if not names and not every and "target" in explicit:
        if config is not None:
            raise ConformanceError("--config is for named targets; --target takes a URL without it.")
        return (NamedChoices(RunChoices(**given)),)
    if every and names:
        raise ConformanceError("Give names of targets or --all, not both.")
    configuration = find_configuration(config)
    if configuration is None:
        if not names and not every:
            return (NamedChoices(RunChoices(**given)),)
        raise ConformanceError(
            f"There is no configuration file. `aoai-conformance init` writes {FILE_NAME}; "
            "--target tests a URL without one."
        )
    chosen = tuple(dict.fromkeys(names)) or _unnamed(configuration, every=every)
    if not chosen:
        if every:
            raise ConformanceError(f"{configuration.file} has no targets.")
        if config is not None:
            raise ConformanceError(
                f"{configuration.file} has no `default-targets`: name targets or use --all."
            )
        return (NamedChoices(RunChoices(**given)),)
    if len(chosen) > 1 and "target" in explicit:
        raise ConformanceError("--target replaces the address of one target; name only one.")
    return tuple(_named(configuration, name, explicit, len(chosen)) for name in chosen)


def options_for(command: str, choices: RunChoices) -> dict[str, Any]:
    """The choices as the keyword arguments of the function of `aoai_conformance.api` for a command."""
    known = {option.field for option in options_of(command)}
    return {each.name: getattr(choices, each.name) for each in fields(choices) if each.name in known}


def require_valid(chosen: Iterable[NamedChoices], *, sending: bool = True) -> None:
    """Check the choices of named targets before anything is sent, or planned unless `sending`.

    Raises ConfigurationError with all mistakes of all targets.
    """
    from aoai_conformance.configuration.mistakes import ConfigurationError

    complaints: list[tuple[int, str]] = []
    for target, field, sentence in _find_complaints(chosen, sending=sending):
        line = target.lines.get(field, target.line)
        complaints.append((line, f"{target.file}:{line}: targets.{target.name}: {sentence}"))
    if complaints:
        raise ConfigurationError("\n".join(sentence for _, sentence in sorted(complaints)))


def _find_complaints(
    chosen: Iterable[NamedChoices], *, sending: bool
) -> Iterator[tuple[ConfiguredTarget, str, str]]:
    """What is wrong with named targets: the target, the field and a sentence."""
    writers: dict[Path, str] = {}
    for each in chosen:
        if each.target is None:
            continue
        from aoai_conformance.run.checking import find_complaints

        for field, sentence in find_complaints(each.choices, sending=sending):
            yield each.target, field, sentence
        for field in _WRITTEN if sending else ():
            file = getattr(each.choices, field)
            if file is not None and str(file) != _STDOUT and writers.setdefault(file, each.name) != each.name:
                yield each.target, field, f"{file} is also written for targets.{writers[file]}; name another."


def _unnamed(configuration: Configuration, *, every: bool) -> tuple[str, ...]:
    return tuple(configuration.targets) if every else configuration.default_targets


def _named(configuration: Configuration, name: str, explicit: Mapping[str, Any], number: int) -> NamedChoices:
    target = configuration.target(name)
    choices = target.choices(explicit)
    if choices.label is None:
        choices = replace(choices, label=name)
    if number > 1 and "out" in explicit and choices.out is not None:
        choices = replace(choices, out=choices.out / name)
    events = choices.events
    if number > 1 and "events" in explicit and events is not None and str(events) != _STDOUT:
        choices = replace(choices, events=events.with_stem(f"{events.stem}-{name}"))
    return NamedChoices(choices, target)


def _is_explicit(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) not in (None, ParameterSource.DEFAULT)
