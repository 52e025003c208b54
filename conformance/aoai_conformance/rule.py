"""What a rule is, and the decorator that declares one.

A rule is a function of one view of an exchange (see `aoai_conformance.views.exchange_views`) that yields
violations. The view's type is read from the annotation of the function's only parameter: where the view
cannot be had from an exchange, the rule is not applicable to it. A view over several exchanges makes a rule
of a scenario.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from aoai_model.case import Json, Level
from aoai_specs.errors import ConformanceError, UnknownNameError

Outcome = Literal["pass", "violation", "not_applicable", "inconclusive"]

CHAT = frozenset({"chat"})
COMPLETIONS = frozenset({"completions"})
#: Whatever can be answered as a stream.
STREAMED = CHAT | COMPLETIONS | frozenset({"extension-chat"})
EMBEDDINGS = frozenset({"embeddings"})
#: Texts, or images, as vectors.
VECTORS = EMBEDDINGS | frozenset({"image-embeddings"})
IMAGES = frozenset({"images"})
TRANSCRIPTION = frozenset({"transcription"})
TRANSLATION = frozenset({"translation"})
AUDIO_TO_TEXT = TRANSCRIPTION | TRANSLATION
FILES = frozenset({"file-upload", "file-list", "file-get", "file-content", "file-delete"})
UPLOADS = frozenset({"upload-create", "upload-part", "upload-complete", "upload-cancel"})
BATCHES = frozenset({"batch-create", "batch-list", "batch-get", "batch-cancel"})
#: Whatever a flow that ends in files may begin with.
STORED = FILES | UPLOADS | BATCHES
#: Holds for whatever operation a document has.
EVERY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where one exchange breaks one rule.

    `pointer` is a JSON Pointer into the response body, or into the chunk with index `chunk`; `header:NAME`
    for a header; "" for the whole. `message` is one sentence. `reason` is a short stable word or two that
    keeps two different defects at the same place apart (a schema keyword, say) and never holds a value of
    the exchange. `point` is set by rules about refused and accepted boundaries. `level` overrides the rule's
    own where a point is weaker. Judging sets `clause`: that of the rule in the document that was used.
    """

    pointer: str
    message: str
    expected: Json = None
    actual: Json = None
    reason: str = ""
    point: str | None = None
    chunk: int | None = None
    level: Level | None = None
    clause: str = field(default="", compare=False)


class Inconclusive(Exception):  # noqa: N818 - it is an outcome, not an error
    """Raised by a probe that cannot tell, with the sentence that says why."""


class NotApplicable(Exception):  # noqa: N818 - it is an outcome, not an error
    """Raised by a probe that finds nothing to check, where that is not told by what it has read."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One requirement and the probe that tests it.

    A rule that `decides` says whether a request was rightly accepted or rejected, and so what is shown of the
    points that it carries.
    """

    id: str
    level: Level
    requirement: str
    clause: str
    kinds: frozenset[str]
    since: str | None
    until: str | None
    view: type[Any]
    probe: Callable[[Any], Iterable[Violation]]
    note: str = ""
    decides: bool = False

    @property
    def topic(self) -> str:
        """The module that the rule stands in, such as `streams`."""
        return self.probe.__module__.rpartition(".")[2]


_REGISTRY: dict[str, Rule] = {}


def rule(
    id: str,  # noqa: A002 - the field's word
    *,
    must: str | None = None,
    should: str | None = None,
    may: str | None = None,
    clause: str,
    operations: frozenset[str],
    since: str | None = None,
    until: str | None = None,
    note: str = "",
    decides: bool = False,
) -> Callable[[Callable[[Any], Iterator[Violation]]], Callable[[Any], Iterator[Violation]]]:
    """Declare a rule: one of `must`, `should`, `may` is the requirement, a sentence without its subject.

    `clause` addresses the document (`azure-openai@2024-10-21#/…`) or another source (a URL or an RFC
    section). `operations` is a set of operation kinds, `EVERY` for all. `since` and `until` bound the
    api-versions, both inclusive. `note` is what `explain` adds: both readings of a disputed point, and their
    sources. `decides` is for rules about whether a request is accepted or rejected.
    """
    requirements: list[tuple[Level, str]] = []
    if must is not None:
        requirements.append(("must", must))
    if should is not None:
        requirements.append(("should", should))
    if may is not None:
        requirements.append(("may", may))
    if len(requirements) != 1:
        raise ConformanceError(f"Rule {id} needs exactly one of must, should and may.")
    level, requirement = requirements[0]

    def declare(probe: Callable[[Any], Iterator[Violation]]) -> Callable[[Any], Iterator[Violation]]:
        if id in _REGISTRY:
            raise ConformanceError(f"Rule {id} is declared twice.")
        parameter = next(iter(inspect.signature(probe).parameters))
        view = typing.get_type_hints(probe)[parameter]
        _REGISTRY[id] = Rule(
            id, level, requirement, clause, operations, since, until, view, probe, note, decides
        )
        return probe

    return declare


def rules() -> tuple[Rule, ...]:
    """Every declared rule, ordered by id. Importing `aoai_conformance.rules.catalogue` declares them."""
    import aoai_conformance.rules.catalogue  # noqa: F401

    return tuple(_REGISTRY[key] for key in sorted(_REGISTRY))


@cache
def deciding_rules() -> tuple[Rule, ...]:
    """The rules that decide whether a request was rightly accepted or rejected."""
    return tuple(each for each in rules() if each.decides)


def rule_named(id: str) -> Rule:  # noqa: A002
    """The rule with this id, in any case. Raises UnknownNameError with the nearest id."""
    known = {each.id.lower(): each for each in rules()}
    try:
        return known[id.lower()]
    except KeyError:
        raise UnknownNameError("rule", id, (each.id for each in known.values())) from None
