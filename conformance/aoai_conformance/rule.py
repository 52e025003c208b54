"""Rules, violations, and the decorator that declares a rule.

A rule is a generator function that takes one view of an exchange (see `aoai_conformance.views`) and yields
violations. The annotation of its first parameter selects the view: if an exchange does not offer that view,
the rule is not applicable. A view of several exchanges makes the rule a scenario rule.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from aoai_conformance.json_access import Jsonable, brief
from aoai_model.verdict import Level, Violation
from aoai_specs.errors import ConformanceError, UnknownNameError

if TYPE_CHECKING:
    from aoai_model.case import Point

CHAT = frozenset({"chat"})
COMPLETIONS = frozenset({"completions"})
#: Operations that can respond with a stream.
STREAMED = CHAT | COMPLETIONS | frozenset({"extension-chat"})
EMBEDDINGS = frozenset({"embeddings"})
#: Operations that return vectors, of texts or of images.
VECTORS = EMBEDDINGS | frozenset({"image-embeddings"})
IMAGES = frozenset({"images"})
TRANSCRIPTION = frozenset({"transcription"})
TRANSLATION = frozenset({"translation"})
AUDIO_TO_TEXT = TRANSCRIPTION | TRANSLATION
FILES = frozenset({"file-upload", "file-list", "file-get", "file-content", "file-delete"})
UPLOADS = frozenset({"upload-create", "upload-part", "upload-complete", "upload-cancel"})
BATCHES = frozenset({"batch-create", "batch-list", "batch-get", "batch-cancel"})
#: Operations on files, uploads and batches.
STORED = FILES | UPLOADS | BATCHES
#: Operations that return a response of the Responses API, and those of them that can stream it.
RESPONSE_OBJECTS = frozenset({"response-create", "response-get", "response-cancel"})
RESPONSE_STREAMS = frozenset({"response-create", "response-get"})
RESPONSE_CREATE = frozenset({"response-create"})
RESPONSES = RESPONSE_OBJECTS | frozenset({"response-delete", "response-input-items"})
CONVERSATIONS = frozenset(
    {"conversation-create", "conversation-get", "conversation-update", "conversation-delete"}
    | {"conversation-item-list", "conversation-item-create", "conversation-item-get"}
    | {"conversation-item-delete"}
)
VECTOR_STORES = frozenset(
    {"vector-store-list", "vector-store-create", "vector-store-get", "vector-store-update"}
    | {"vector-store-delete", "vector-store-search", "vector-store-file-list", "vector-store-file-create"}
    | {"vector-store-file-get", "vector-store-file-update", "vector-store-file-delete"}
    | {"vector-store-file-content", "vector-store-batch-create", "vector-store-batch-get"}
    | {"vector-store-batch-cancel", "vector-store-batch-files"}
)
#: Operations on responses, and on what a flow of responses may need. Such a flow may begin with a file.
STATEFUL = RESPONSES | CONVERSATIONS | VECTOR_STORES
#: All operations, of any document.
EVERY: frozenset[str] = frozenset()


class Place:
    """A part of an exchange that can violate a rule: a response, a chunk, a choice, a step of a flow."""

    __slots__ = ()

    def violates(
        self,
        pointer: str,
        message: str,
        *,
        expected: Jsonable = None,
        actual: Jsonable = None,
        reason: str = "",
        level: Level | None = None,
        point: Point | None = None,
    ) -> Violation:
        """Return a violation at `pointer` inside this place. Long values are shortened."""
        id_ = None if point is None else point.id
        return self.locate(
            Violation(pointer, message, brief(expected), brief(actual), reason, id_, level=level)
        )

    def locate(self, violation: Violation) -> Violation:
        """Return a violation inside this place as a violation of the whole exchange."""
        return violation


class Inconclusive(Exception):  # noqa: N818 - it is an outcome, not an error
    """Raised by a probe or view that cannot decide; the message says why."""


class NotApplicable(Exception):  # noqa: N818 - it is an outcome, not an error
    """Raised by a probe that finds nothing to check."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One requirement and the probe that tests it.

    `when`, `evidence` and `flows_from` narrow the exchanges to which the rule applies, see `rule`. A rule
    that `decides` judges whether the request was correctly accepted or rejected, and so what it shows of its
    points.
    """

    id: str
    level: Level
    requirement: str
    clause: str
    kinds: frozenset[str]
    since: str | None
    until: str | None
    view: type[Any]
    probe: Callable[..., Iterable[Violation]]
    when: Callable[[Any], object] | None = None
    evidence: Callable[[Any], Any] | None = None
    takes_view: bool = True
    note: str = ""
    decides: bool = False
    flows_from: frozenset[str] = frozenset()

    @property
    def topic(self) -> str:
        """The name of the module that declares the rule, such as `streams`."""
        return self.probe.__module__.rpartition(".")[2]


Probe = TypeVar("Probe", bound=Callable[..., Iterator[Violation]])
_REGISTRY: dict[str, Rule] = {}


def rule(
    id: str,  # noqa: A002 - the field's word
    *,
    must: str | None = None,
    should: str | None = None,
    may: str | None = None,
    clause: str,
    operations: frozenset[str],
    when: Callable[[Any], object] | None = None,
    evidence: Callable[[Any], Any] | None = None,
    since: str | None = None,
    until: str | None = None,
    note: str = "",
    decides: bool = False,
    flows_from: frozenset[str] = frozenset(),
) -> Callable[[Probe], Probe]:
    """Declare a rule. Give one of `must`, `should` and `may`: the requirement, without its subject.

    `clause` is a place in a document (`azure-openai@2024-10-21#/…`) or another source (a URL or an RFC
    section). `operations` is a set of operation kinds, `EVERY` for all. The rule applies only to views for
    which `when` is true; what `when` reads does not count as examined. `evidence` takes the view and returns
    what the rule checks: if that is empty, the rule is not applicable. The probe takes the view and then the
    evidence, or the evidence alone. `since` and `until` limit the api-versions, both inclusive. `note` is
    shown by `explain`: both readings of a disputed requirement, with sources. `decides` marks rules about
    whether a request is accepted or rejected. `flows_from` has kinds of operations that a flow may begin
    with: the rule applies to them in documents that describe any of `operations`.

    Raises ConformanceError if the declaration is incomplete or the id is already taken.
    """
    requirements: dict[Level, str | None] = {"must": must, "should": should, "may": may}
    given = [(level, text) for level, text in requirements.items() if text is not None]
    if len(given) != 1:
        raise ConformanceError(f"Rule {id} needs exactly one of must, should and may.")
    level, requirement = given[0]

    def declare(probe: Probe) -> Probe:
        if id in _REGISTRY:
            raise ConformanceError(f"Rule {id} is declared twice.")
        takes_view = evidence is None or len(_parameters(probe)) > 1
        shows = probe if takes_view or evidence is None else evidence
        view = _type_of_first_parameter(shows)
        _REGISTRY[id] = Rule(
            id,
            level,
            requirement,
            clause,
            operations,
            since,
            until,
            view,
            probe,
            when,
            evidence,
            takes_view,
            note,
            decides,
            flows_from,
        )
        return probe

    return declare


def _parameters(function: Callable[..., object]) -> tuple[str, ...]:
    """Return the names of the parameters of a function; of a plain one without `inspect`, which is slow."""
    if isinstance(function, FunctionType) and not hasattr(function, "__wrapped__"):
        return function.__code__.co_varnames[: function.__code__.co_argcount]
    return tuple(inspect.signature(function).parameters)


def _type_of_first_parameter(function: Callable[..., object]) -> type[Any]:
    """Return the type with which the first parameter of a function is annotated."""
    first = _parameters(function)[0]
    annotation = function.__annotations__.get(first)
    if isinstance(annotation, str) and isinstance(function, FunctionType) and annotation.isidentifier():
        found: type[Any] | None = function.__globals__.get(annotation)
        if found is not None:
            return found
    of_all: dict[str, type[Any]] = typing.get_type_hints(function)
    return of_all[first]


def rules() -> tuple[Rule, ...]:
    """Return every declared rule, ordered by id."""
    import aoai_conformance.rules.catalogue  # noqa: F401

    return tuple(_REGISTRY[key] for key in sorted(_REGISTRY))


@cache
def deciding_rules() -> tuple[Rule, ...]:
    """Return the rules that judge whether a request was correctly accepted or rejected."""
    return tuple(each for each in rules() if each.decides)


def rule_named(id: str) -> Rule:  # noqa: A002
    """Return the rule with this id, in any case. Raises UnknownNameError, which suggests the nearest id."""
    try:
        return _rules_by_lower_id()[id.lower()]
    except KeyError:
        raise UnknownNameError("rule", id, (each.id for each in rules())) from None


@cache
def _rules_by_lower_id() -> dict[str, Rule]:
    return {each.id.lower(): each for each in rules()}
