"""Which operations, documents and api-versions a rule applies to."""

from __future__ import annotations

from functools import lru_cache

from aoai_conformance.rule import Rule
from aoai_specs.document import Document, Operation
from aoai_specs.versions import ApiVersion


def concerns(rule: Rule, operation: Operation) -> bool:
    """Whether the rule applies to this kind of operation, in this document and api-version."""
    if rule.kinds and operation.kind not in rule.kinds and not _may_begin_flow(rule, operation):
        return False
    return covers_version(rule, operation.document)


def covers_version(rule: Rule, document: Document) -> bool:
    """Whether the rule applies to the api-version of a document."""
    version = document.name.version
    return (rule.since is None or _version(rule.since) <= version) and (
        rule.until is None or version <= _version(rule.until)
    )


def _may_begin_flow(rule: Rule, operation: Operation) -> bool:
    """Whether a flow that the rule is about can begin with the operation."""
    return operation.kind in rule.flows_from and any(
        each.kind in rule.kinds for each in operation.document.operations.values()
    )


@lru_cache(maxsize=256)
def _version(text: str) -> ApiVersion:
    return ApiVersion(text)
