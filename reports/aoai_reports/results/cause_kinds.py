"""The kinds of causes: which violations have one cause, and how it is described."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from operator import attrgetter

from aoai_reports.results.findings import STREAM, Identity


@dataclass(frozen=True, slots=True)
class CauseKind:
    """A kind of cause: what several violations have in common.

    A violation is of this kind if its rule is one of `rules` (`*` stands for any text) and its reason one of
    `reasons` (any if empty). Violations of one kind have the same cause if `key` returns the same text.
    `title` describes the cause; its placeholders are the properties of `cause_titles.Members`.
    `title_without_key` replaces it where the key is empty.
    """

    id: str
    rules: tuple[str, ...]
    title: str
    reasons: frozenset[str] = frozenset()
    key: Callable[[Identity], str] = lambda _: ""
    title_without_key: str = ""

    def matches(self, defect: Identity) -> bool:
        """Return whether a defect is of this kind."""
        return (not self.reasons or defect.reason in self.reasons) and any(
            fnmatchcase(defect.rule, pattern) for pattern in self.rules
        )


def field_of(defect: Identity) -> str:
    """The outermost field of the request that the point of a defect is about: `tools`, `messages`."""
    return re.split(r"[.\[:]", defect.place, maxsplit=1)[0]


def body_place_of(defect: Identity) -> str:
    """The place in a body, the same for a response and for a chunk."""
    return defect.place.removeprefix(STREAM)


def _place_and_keyword(defect: Identity) -> str:
    return f"{body_place_of(defect)} {defect.reason}".strip()


#: The first row that matches decides. The last row matches every violation: one cause for each rule.
CAUSE_KINDS = (
    CauseKind("operation", ("OPERATION-001",),
              "Rejects the minimal request of {key} ({statuses})", key=attrgetter("operation")),
    CauseKind("rejects-valid", ("BOUNDARY-003", "BOUNDARY-004", "BOUNDARY-006", "COMBINATION-001"),
              "Rejects valid requests with `{key}` ({statuses}): {points}", key=field_of,
              title_without_key="{message} ({statuses})"),
    CauseKind("accepts-invalid", ("BOUNDARY-001",), "Accepts {invalid_requests}: {constraints}"),
    CauseKind("fails-on-invalid", ("BOUNDARY-002",),
              "Returns {statuses} for {invalid_requests}: {constraints}"),
    CauseKind("status-of-invalid", ("BOUNDARY-005",),
              "Rejects {invalid_requests} with {statuses}: {constraints}"),
    CauseKind("missing-field", ("SCHEMA-001", "SCHEMA-002"), "`{field}` is missing in {responses}",
              frozenset({"required"}), body_place_of),
    CauseKind("null-field", ("SCHEMA-004",), "Sends null for optional fields: {places}"),
    CauseKind("undeclared-field", ("SCHEMA-003",),
              "Returns fields that the document does not declare: {places}"),
    CauseKind("invalid-field", ("SCHEMA-001", "SCHEMA-002", "SCHEMA-005"),
              "`{field}` does not match the schema ({reason}) in {responses}", key=_place_and_keyword),
    CauseKind("credentials", ("AUTH-*",),
              "Does not respond with 401 without valid credentials: {points_and_statuses}"),
    CauseKind("api-version", ("VERSION-*",), "Does not check api-version: {points_and_statuses}"),
    CauseKind("deployment", ("DEPLOYMENT-*",),
              "Does not respond with 404 for an unknown deployment: {statuses}"),
    CauseKind("ignored-n", ("CHAT-CHOICE-001", "COMPLETIONS-001"),
              "Does not return the requested number of choices"),
    CauseKind("ignored-limit", ("LIMIT-*", "COMPLETIONS-005", "COMPLETIONS-006"),
              "Generates more tokens than the request allows"),
    CauseKind("ignored-stop", ("STOP-001", "COMPLETIONS-004"),
              "Does not stop at the requested stop sequences"),
    CauseKind("ignored-response-format", ("JSON-*",),
              "Does not return the JSON that `response_format` requires"),
    CauseKind("ignored-logprobs", ("LOGPROBS-001", "COMPLETIONS-LOGPROBS-001"),
              "Returns no log probabilities although the request asks for them"),
    CauseKind("unrequested-logprobs", ("LOGPROBS-002", "COMPLETIONS-LOGPROBS-002"),
              "Returns log probabilities that the request does not ask for"),
    CauseKind("ignored-tool-choice", ("FUNCTION-004", "TOOL-005", "TOOL-007"),
              "Makes no call although the request forces one"),
    CauseKind("unrequested-call", ("FUNCTION-001", "FUNCTION-003", "TOOL-001", "TOOL-006"),
              "Calls functions that the request does not offer or allow"),
    CauseKind("call-arguments", ("FUNCTION-002", "TOOL-003", "TOOL-004"),
              "Returns call arguments that do not match the function"),
    CauseKind("token-usage", ("USAGE-*", "EMBEDDINGS-013", "EMBEDDINGS-014", "EMBEDDINGS-PAIR-004",
                              "EMBEDDINGS-PAIR-005", "COMPLETIONS-008", "STREAM-PLAIN-002",
                              "STREAM-PLAIN-003", "SEED-002"),
              "Counts tokens incorrectly: {places}"),
    CauseKind("repeated-id", ("META-005", "META-006"), "Returns the same id in different responses"),
    CauseKind("content-filter", ("FILTER-*", "FINISH-006"), "Returns contradictory content filter results"),
    CauseKind("rule", ("*",), "{message}", key=attrgetter("rule")),
)  # fmt: skip


def kind_of(defect: Identity) -> CauseKind:
    """The kind of cause of a defect."""
    return next(kind for kind in CAUSE_KINDS if kind.matches(defect))


def rules_of_cause(cause: str) -> tuple[str, ...]:
    """The rules whose violations may have a cause, as patterns in which `*` stands for any text."""
    kind = next((each for each in CAUSE_KINDS[:-1] if each.id == cause.partition(":")[0]), None)
    return (cause,) if kind is None else kind.rules


def cause_id(defect: Identity) -> str:
    """The id of the cause of a defect: that of its kind, with what distinguishes it within the kind."""
    kind = kind_of(defect)
    key = kind.key(defect)
    return key if kind.id == "rule" else f"{kind.id}:{key}" if key else kind.id
