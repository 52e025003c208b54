"""Files of deployments: YAML or JSON that maps each name to a model, or to fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from aoai_emulator.models.deployments import Deployment
from aoai_emulator.models.model_table import check_name, deployed, is_known, known_models
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_specs.loading.files import Loaded, load
from aoai_specs.pointers import join

_LARGEST_FILE: Final = 1024 * 1024
_MOST_DEPLOYMENTS: Final = 1000
_MOST_TOKENS: Final = 100_000_000
_LONGEST_TEXT: Final = 128
_OF_DEPLOYMENTS: Final = ("context_tokens", "dimensions", "provider")


def read_deployments(path: str) -> tuple[Deployment, ...]:
    """Read a file of deployments.

    It maps names to models, or to an object with `model` and any of `like` (the known model that an unknown
    one behaves like), `context_tokens`, `max_completion_tokens`, `dimensions` and `provider`; the mapping may
    be the value of `deployments`. Raises ConformanceError with file and line, and UnknownNameError for an
    unknown model.
    """
    loaded = load(_content(path), path)
    rows, pointer = loaded.content, "#"
    if isinstance(rows.get("deployments"), dict):
        for other in rows.keys() - {"deployments"}:
            raise loaded.error(f"{other!r} stands beside `deployments`; move it into it.", join("#", other))
        rows, pointer = rows["deployments"], "#/deployments"
    if not rows:
        raise loaded.error("the file names no deployment; write lines such as `chat: gpt-4o`.", pointer)
    if len(rows) > _MOST_DEPLOYMENTS:
        raise loaded.error(f"the file names more than {_MOST_DEPLOYMENTS} deployments.", pointer)
    return tuple(_deployment(loaded, join(pointer, name), name, row) for name, row in rows.items())


def _content(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConformanceError(f"Cannot read the deployments in {path}: {reason}.") from None
    if len(content) > _LARGEST_FILE:
        raise ConformanceError(f"{path} is larger than the limit of {_LARGEST_FILE} bytes.")
    return content


def _deployment(loaded: Loaded, pointer: str, name: str, row: Any) -> Deployment:
    fields: dict[str, Any] = {"model": row} if isinstance(row, str) else row
    if not isinstance(fields, dict):
        raise loaded.error(f"deployment {name!r} needs a model, such as `{name}: gpt-4o`.", pointer)
    try:
        check_name(name)
        for field, value in fields.items():
            _check_field(name, field, value)
        return _built(name, fields)
    except UnknownNameError:
        raise
    except ConformanceError as error:
        raise loaded.error(str(error), pointer) from None


def _check_field(name: str, field: str, value: Any) -> None:
    if field not in _FIELDS:
        raise UnknownNameError(f"field of deployment {name!r}:", field, _FIELDS, list_known=True)
    expected, fits = _FIELDS[field]
    if not fits(value):
        raise ConformanceError(f"{field!r} of deployment {name!r} must be {expected}, not {value!r:.60}.")


def _built(name: str, fields: Mapping[str, Any]) -> Deployment:
    model: str | None = fields.get("model", fields.get("like"))
    if model is None:
        raise ConformanceError(f"deployment {name!r} needs a `model`, such as gpt-4o.")
    if "like" not in fields and not is_known(model):
        kind = f"known model for deployment {name!r} (`like` says which one yours behaves like):"
        raise UnknownNameError(kind, model, known_models(), list_known=True)
    built = replace(deployed(name, fields.get("like", model)), model=model)
    changes = {field: fields[field] for field in _OF_DEPLOYMENTS if field in fields}
    if "max_completion_tokens" in fields:
        changes["traits"] = replace(built.traits, most_completion_tokens=fields["max_completion_tokens"])
    return replace(built, **changes)


def _is_text(value: Any) -> bool:
    return (
        isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT and value.isascii() and value.isprintable()
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_TOKENS


def _is_length(value: Any) -> bool:
    return _is_count(value) and value <= _MOST_DIMENSIONS


_MOST_DIMENSIONS: Final = 8192
_TEXT = (f"a text of up to {_LONGEST_TEXT} ASCII characters", _is_text)
_COUNT = (f"an integer from 1 to {_MOST_TOKENS}", _is_count)
_FIELDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = MappingProxyType(
    {
        "model": _TEXT,
        "like": _TEXT,
        "context_tokens": _COUNT,
        "max_completion_tokens": _COUNT,
        "dimensions": (f"an integer from 1 to {_MOST_DIMENSIONS}", _is_length),
        "provider": _TEXT,
    }
)
