"""What sets one model apart from another: the fields and values that it rejects, and its limits.

A model without traits takes everything that the document allows, as far as the emulator is concerned.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Wording:
    """How a model says no: status, code, param and message of the error.

    `message` and `param` may hold the placeholders {field}, {value}, {default}, {listed}, {most} and {model}.
    `form` is "model" for an error with type and param, "gateway" for one with code and message alone. With
    `joins` all fields that are rejected in this way share one error, whose message is `several` if there are
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
class Rejection:
    """A field that a model rejects; `field` is a path such as `response_format.type`.

    Values in `takes` are accepted all the same (the first is the default). With `refuses` only those values
    are rejected, with `most` only larger numbers. `listed` are the values that the message names.
    `while_reasoning` limits the rejection to requests that make the model reason, `on` to kinds of operation
    where it names any.
    """

    field: str
    wording: Wording
    takes: tuple[Any, ...] = ()
    refuses: tuple[Any, ...] | None = None
    most: int | None = None
    listed: tuple[Any, ...] = ()
    while_reasoning: bool = False
    on: frozenset[str] = frozenset()

    def rejects(self, value: Any) -> bool:
        """Whether the model rejects this value of the field."""
        if self.refuses is not None:
            return value in self.refuses
        if self.most is not None:
            return isinstance(value, int) and value > self.most
        return value not in self.takes

    def message(self, value: Any, model: str) -> str:
        """The message of the error for this value."""
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
        """The `param` of the error."""
        param = self.wording.param
        return None if param is None else param.format(field=self.field.partition(".")[0])


@dataclass(frozen=True, slots=True)
class Traits:
    """What a model rejects and what it is limited to.

    `most_completion_tokens` bounds the limit that a request may set. A model with an `effort` reasons before
    it answers, with this effort unless the request names another; its thoughts are paid from the limit, which
    must be at least `least_completion_tokens`, and are `told` only where the model shows them.
    `refused_roles` are roles of messages, `separate` are fields that may not come together. `most_inputs`
    bounds an embeddings request. `unknown_file` and `no_file` say how audio of an unknown format and a form
    without a file are answered where that differs from other operations. `inline` says that pictures are
    always returned as base64, `filters` that the content filter reads the prompts of pictures.
    """

    rejections: tuple[Rejection, ...] = ()
    most_completion_tokens: int | None = None
    least_completion_tokens: int = 0
    effort: str | None = None
    told: bool = True
    refused_roles: frozenset[str] = frozenset()
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
        """Whether the model reasons on a request with this effort; None stands for the model's own."""
        return self.effort is not None and (effort or self.effort) not in ("none", "minimal")


#: The traits of a model that takes whatever the document allows.
NO_TRAITS = Traits()


def _shown(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else json.dumps(value, default=str)[:200]


def _enumerated(values: Sequence[Any]) -> str:
    *others, last = [_shown(value) for value in values] or [""]
    if not others:
        return last
    return f"{', '.join(others)}{',' if len(others) > 1 else ''} and {last}"
