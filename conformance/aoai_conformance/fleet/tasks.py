"""The tasks of a fleet run: one for each target and document, with its share of the target's budget."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aoai_conformance.options import EMULATOR, Option, RunChoices, options_of
from aoai_conformance.run.resumption import recorded_choices
from aoai_conformance.target.documents import documents_of
from aoai_conformance.target.targets import parse_deployments
from aoai_model.serialization import Json
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError
from aoai_specs.loading.sources import STANDARD_INPUT

#: What a target spends at most, which its documents share.
_SHARED: Mapping[str, type] = {"max_requests": int, "max_tokens": int, "max_cost": float, "max_time": float}
#: Options of `run` about one invocation, which a fleet chooses itself.
_CHOSEN_BY_FLEET = ("out", "events")
_UNSAFE = re.compile(r"[^A-Za-z0-9@._-]+")
#: Every deployment of a host, where a target names none.
ANY_DEPLOYMENT = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTask:
    """One target and one document.

    `choices` are those of the target for this document in the form of a record's header: they name the
    variables that hold secrets, which the worker reads. `host` is the address that the task sends to, empty
    for an emulator of its own; tasks with a host and a deployment in common never run at the same time.
    `history` is the path or the URL of the history, None for no history.
    """

    target: str
    document: str
    folder: str
    choices: Mapping[str, Json]
    host: str = ""
    deployments: tuple[str, ...] = ()
    history: str | None = None

    @property
    def id(self) -> str:
        """Identifies the task in its fleet."""
        return f"{self.target}/{self.document}"

    def to_json(self) -> dict[str, Json]:
        """The task as in the plan of the fleet."""
        return {
            "target": self.target,
            "document": self.document,
            "folder": self.folder,
            "choices": dict(self.choices),
        }


@dataclass(slots=True)
class TaskPlanner:
    """Plans the tasks of targets; targets with the same documents load them once."""

    _documents: dict[tuple[Any, ...], tuple[Document, ...]] = field(default_factory=dict)

    def tasks_of(self, name: str, choices: RunChoices, history: str | None = None) -> Iterator[RunTask]:
        """Yield a task for each document of a target.

        Raises ConformanceError for options that a fleet cannot use, and if the documents cannot be read.
        """
        for option in options_of():
            if option.field in _CHOSEN_BY_FLEET and getattr(choices, option.field) is not None:
                raise ConformanceError(
                    f"targets.{name}: `{option.key}` is for `run`; a fleet writes everything below its --out."
                )
        if STANDARD_INPUT in choices.specs:
            raise ConformanceError(f"targets.{name}: workers cannot read a description from standard input.")
        choices = with_absolute_paths(replace(choices, history=None))
        documents = self._load(choices)
        for document, own in zip(documents, _split(name, choices, documents), strict=True):
            yield RunTask(
                target=name,
                document=str(document.name),
                folder=f"{name}/{_UNSAFE.sub('-', str(document.name))}",
                choices=recorded_choices(own),
                host="" if choices.target == EMULATOR else urlsplit(choices.target).netloc.lower(),
                deployments=tuple(sorted(set(parse_deployments(choices.deployments).values())))
                or (ANY_DEPLOYMENT,),
                history=history,
            )

    def _load(self, choices: RunChoices) -> tuple[Document, ...]:
        key = (
            *(choices.surface, choices.api_versions, choices.specs, choices.overlays),
            *(choices.allow_remote_refs, choices.as_published),
        )
        if key not in self._documents:
            self._documents[key] = documents_of(choices)
        return self._documents[key]


def with_absolute_paths(choices: RunChoices) -> RunChoices:
    """Return the choices with paths that do not depend on the current folder of a worker."""
    changed: dict[str, Any] = {}
    for option in options_of():
        value = getattr(choices, option.field)
        if option.repeatable:
            changed[option.field] = tuple(_absolute(option, each) for each in value)
        elif value is not None:
            changed[option.field] = _absolute(option, value)
    return replace(choices, **changed)


def _absolute(option: Option, value: Any) -> Any:
    if isinstance(value, Path):
        return value.absolute()
    if isinstance(value, str) and value != STANDARD_INPUT and option.is_local(value):
        return str(Path(value).absolute())
    return value


def _split(name: str, choices: RunChoices, documents: Iterable[Document]) -> Iterator[RunChoices]:
    """Yield the choices for each document; its share of the budget of the target included."""
    documents = tuple(documents)
    of_specs, versions = len(choices.specs), tuple(dict.fromkeys(choices.api_versions))
    for place, document in enumerate(documents):
        own: dict[str, Any] = {
            option: _share(name, option, getattr(choices, option), len(documents), place)
            for option in _SHARED
            if getattr(choices, option) is not None
        }
        if place < of_specs:
            # a description without an api-version of its own is sent with the only one that was given
            own |= {"specs": (choices.specs[place],)}
            own |= {"api_versions": versions if (document.sent_version,) == versions else ()}
        else:
            own |= {"specs": (), "overlays": (), "api_versions": versions[place - of_specs :][:1]}
        yield replace(choices, **own)


def _share(name: str, option: str, whole: float, number: int, place: int) -> float:
    """Return the share of one of `number` documents in a budget; whole numbers are divided without a rest."""
    if _SHARED[option] is float:
        return whole / number
    share = int(whole) // number + (place < int(whole) % number)
    if not share:
        raise ConformanceError(
            f"targets.{name}: `{option.replace('_', '-')}` is {whole:g}, less than one for each of its "
            f"{number} documents."
        )
    return share
