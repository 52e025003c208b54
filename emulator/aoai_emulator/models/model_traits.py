"""Model traits: the fields and values that a model rejects, and its limits.

A model without traits accepts everything that the document allows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Wording:
    """How a model rejects: status, code, param and message of the error.

    `message` and `param` may have the placeholders {field}, {value}, {default}, {listed}, {most} and {model}.
    `form` is "model" for an error with type and param, "gateway" for one with code and message only. With
    `joins`, all fields that are rejected in this way share one error, whose message is `several` if there are
    two or more.
    """

    message: str
    status: int = 400
    code: str | None = None
    param: str | None = None
    form: Literal["model", "gateway"] = "model"
    joins: bool = False
    several: str = ""


@dataclass(frozen=True, slots=True)
class RejectedField:
    """A field that a model rejects; `field` is a path such as `response_format.type`.

    Values in `takes` are accepted (the first is the default). With `rejected_values`, only those values are
    rejected; with `most`, only larger numbers. `listed` are the values that the message names.
    `while_reasoning` limits the rejection to requests that make the model reason, `on` to some kinds of
    operation.
    """

    field: str
    wording: Wording
    takes: tuple[Any, ...] = ()
    rejected_values: tuple[Any, ...] | None = None
    most: int | None = None
    listed: tuple[Any, ...] = ()
    while_reasoning: bool = False
    on: frozenset[str] = frozenset()

    def rejects(self, value: Any) -> bool:
        """Return whether the model rejects this value of the field."""
        if self.rejected_values is not None:
            return value in self.rejected_values
        if self.most is not None:
            return isinstance(value, int) and value > self.most
        return value not in self.takes

    def message(self, value: Any, model: str) -> str:
        """Return the message of the error for this value."""
        return self.wording.message.format(
            field=self.field.partition(".")[0],
            value=_shown(value),
            default=_shown(self.takes[0]) if self.takes else "",
            listed=_enumerated(self.listed or self.takes),
            most=self.most,
            model=model,
        )

    @property
    def param(self) -> str | None:
        """Return the `param` of the error."""
        param = self.wording.param
        return None if param is None else param.format(field=self.field.partition(".")[0])


@dataclass(frozen=True, slots=True)
class Traits:
    """What a model rejects, and its limits.

    `most_completion_tokens` is the maximum limit that a request may set. A model with an `effort` reasons
    first, with this effort unless the request names another; reasoning counts towards the limit, which must
    be at least `least_completion_tokens`; `shows_reasoning` is whether responses contain it. `rejected_roles`
    are roles of messages, `separate` are fields that exclude each other. `most_inputs` limits an embeddings
    request. `unknown_file` and `no_file` are the errors for audio of an unknown format and for a form without
    a file, where they differ from other operations. `inline` means that images are always returned as base64,
    `filters` that the content filter checks image prompts.
    """

    rejected_fields: tuple[RejectedField, ...] = ()
    most_completion_tokens: int | None = None
    least_completion_tokens: int = 0
    effort: str | None = None
    shows_reasoning: bool = True
    rejected_roles: frozenset[str] = frozenset()
    takes_images: bool = True
    takes_sound: bool = True
    needs_sound: bool = False
    separate: tuple[tuple[str, ...], ...] = ()
    most_inputs: int | None = None
    unknown_file: Wording | None = None
    no_file: Literal["empty body"] | None = None
    inline: bool = False
    filters: bool = False

    def reasons(self, effort: object) -> bool:
        """Return whether the model reasons at this effort; None stands for the model's default."""
        return self.effort is not None and (effort or self.effort) not in ("none", "minimal")


#: The traits of a model that accepts whatever the document allows.
NO_TRAITS = Traits()


def _shown(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else json.dumps(value, default=str)[:200]


def _enumerated(values: Sequence[Any]) -> str:
    *others, last = [_shown(value) for value in values] or [""]
    if not others:
        return last
    return f"{', '.join(others)}{',' if len(others) > 1 else ''} and {last}"
