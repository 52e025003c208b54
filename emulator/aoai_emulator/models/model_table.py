"""The table of models: from `NAME=MODEL` to a deployment that rejects what that model rejects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from aoai_emulator.models.deployments import Deployment
from aoai_emulator.models.model_traits import RejectedField, Traits, Wording
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_specs.plain_yaml import load_yaml

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WILD: Final = re.compile(r"[*\[]")
#: The kind of models whose operations the emulator does not implement.
_NOT_SERVED: Final = "other operations"
_OF_WORDINGS = ("code", "form", "joins", "message", "param", "several", "status")
_OF_DEPLOYMENTS = ("context_tokens", "dimensions", "provider", "reasons", "shortens")
_OF_TRAITS = (
    "effort",
    "filters",
    "inline",
    "least_completion_tokens",
    "most_completion_tokens",
    "most_inputs",
    "needs_sound",
    "no_file",
    "takes_images",
    "takes_sound",
    "shows_reasoning",
)


def parse_deployments(pairs: Iterable[str]) -> tuple[Deployment, ...]:
    """Return the deployments of `--deployment`, each `NAME=MODEL`.

    Raises ConformanceError for any other form and for a repeated name, and UnknownNameError for an unknown
    model.
    """
    deployments: dict[str, Deployment] = {}
    for pair in pairs:
        name, equals, model = (part.strip() for part in pair.partition("="))
        if not equals or not name or not model:
            raise ConformanceError(f"--deployment takes NAME=MODEL, such as chat=gpt-4o, not {pair!r}.")
        check_name(name)
        if name in deployments:
            raise ConformanceError(f"--deployment names {name!r} twice; give each deployment its own name.")
        deployments[name] = deployed(name, model)
    return tuple(deployments.values())


def check_name(name: str) -> None:
    """Raise ConformanceError if a deployment cannot have this name."""
    if not _NAME.fullmatch(name):
        raise ConformanceError(
            f"A deployment cannot be called {name!r:.80}: use up to 64 letters, digits, '-', '_' and '.'."
        )


def deployed(name: str, model: str) -> Deployment:
    """Return a deployment of a model of the table. Raises UnknownNameError for an unknown model."""
    row = _row(model)
    if row is None:
        raise UnknownNameError("known model", model, known_models(), list_known=True)
    return _deployment(name, model, row)


def known_models() -> tuple[str, ...]:
    """Return the models that the emulator serves, without version suffixes: one of each kind first."""
    rows = [row for row in _models() if row["kind"] != _NOT_SERVED]
    names = {name: row["kind"] for row in rows for name in map(_plain, row["names"])}
    known = {name: kind for name, kind in names.items() if not _WILD.search(name)}
    first = dict(zip(reversed(known.values()), reversed(known), strict=True)).values()
    return (*(name for name in known if name in first), *(name for name in known if name not in first))


def is_known(model: str) -> bool:
    """Return whether the table has a model, with any version suffix."""
    return _row(model) is not None


def model_names() -> tuple[str, ...]:
    """Return every name in the table that is no pattern, without version suffixes."""
    names = (_plain(name) for row in _models() for name in row["names"])
    return tuple(dict.fromkeys(name for name in names if not _WILD.search(name)))


def _row(model: str) -> dict[str, Any] | None:
    return next((row for row in _models() if _fits(row, model)), None)


def _fits(row: Mapping[str, Any], model: str) -> bool:
    return any(fnmatchcase(model.lower(), name.lower()) for name in row["names"])


def _plain(pattern: str) -> str:
    return pattern.removesuffix("*").rstrip("-")


def _deployment(name: str, model: str, row: Mapping[str, Any]) -> Deployment:
    merged = {**_table()["kinds"][row["kind"]], **row}
    return Deployment(
        name=name,
        model=model,
        kinds=frozenset(merged["serves"]),
        traits=_traits(merged),
        **{key: merged[key] for key in _OF_DEPLOYMENTS if key in merged},
    )


def _traits(merged: Mapping[str, Any]) -> Traits:
    unknown_file = merged.get("unknown_file")
    return Traits(
        rejected_fields=tuple(_rejected_fields(merged.get("rejects", ()))),
        rejected_roles=frozenset(merged.get("rejected_roles", ())),
        separate=tuple(tuple(fields) for fields in merged.get("separate", ())),
        unknown_file=None if unknown_file is None else _wording(unknown_file),
        **{key: merged[key] for key in _OF_TRAITS if key in merged},
    )


def _rejected_fields(sets: Iterable[str]) -> Iterator[RejectedField]:
    """Return each field once: if two sets name a field, the first decides."""
    seen: set[tuple[str, frozenset[str]]] = set()
    for name in sets:
        group = _table()["rejections"][name]
        on = frozenset(group.get("operations", ()))
        for field, said in group["fields"].items():
            if (field, on) not in seen:
                seen.add((field, on))
                yield _rejected_field(field, {"says": said} if isinstance(said, str) else said, on)


def _rejected_field(field: str, said: Mapping[str, Any], on: frozenset[str]) -> RejectedField:
    return RejectedField(
        field=field,
        wording=_wording(said["says"]),
        takes=tuple(said.get("takes", ())),
        rejected_values=tuple(said["rejected_values"]) if "rejected_values" in said else None,
        most=said.get("most"),
        listed=tuple(said.get("listed", ())),
        while_reasoning=said.get("while") == "reasoning",
        on=on,
    )


@lru_cache(maxsize=64)
def _wording(name: str) -> Wording:
    row = _table()["wordings"][name]
    return Wording(**{key: row[key] for key in _OF_WORDINGS if key in row})


def _models() -> list[dict[str, Any]]:
    models: list[dict[str, Any]] = _table()["models"]
    return models


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    text = files(__package__).joinpath("models.yaml").read_text(encoding="utf-8")
    table: dict[str, Any] = load_yaml(text)
    return table
