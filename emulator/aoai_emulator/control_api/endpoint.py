"""Endpoints of the control API: one row for each method on a path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from aoai_emulator.control.control import Control
from aoai_emulator.http.json_text import JsonObject

#: The path of every endpoint starts with it.
PREFIX = "/_emulator"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an endpoint: the values of the path's parameters, the query, and the JSON body."""

    path_values: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    body: JsonObject


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a call: its status, and its JSON body, None for none."""

    status: int
    body: Any = None


class NotFoundError(Exception):
    """What a call names does not exist; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method on a path below PREFIX.

    `handle` may raise NotFoundError or ConformanceError. `body` is the name of the schema of the request,
    `answers` maps the statuses to the names of schemas, "" for no body; `query` are parameters with their
    descriptions.
    """

    method: str
    path: str
    id: str
    summary: str
    handle: Callable[[Control, Call], Answer]
    answers: Mapping[int, str]
    body: str | None = None
    is_body_required: bool = True
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
