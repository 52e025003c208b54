"""A clause cites the document and the operation that were used."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from traffic import CHUNKS, STREAM, answer, chat_url, entry, events, judged, url

from aoai_conformance.judging.clauses import REFERENCE, find_clause, find_shared_clause
from aoai_conformance.judging.scope import concerns
from aoai_conformance.rule import Rule, rule_named, rules
from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import DocumentError
from aoai_specs.versions import DocumentName
from claims import for_each

#: Loaded by the tests: what is loaded here is loaded whenever tests are collected.
of_each_document = pytest.mark.parametrize("name", Catalogue.packaged().names(), ids=str)


def spoken(version: str) -> str:
    return f"azure-openai@{version}#"


@of_each_document
def test_no_rule_cites_a_document_that_was_not_used(name: DocumentName) -> None:
    document = Catalogue.packaged().load(str(name))
    for operation in document.operations.values():
        for rule in rules():
            if concerns(rule, operation):
                clause = find_clause(rule, operation)
                if not clause.startswith("https://") and not clause.endswith(REFERENCE):
                    cited, _, place = clause.partition("#")
                    assert cited == str(name)
                    with suppress(DocumentError):  # where the overlay took it away, the published one has it
                        document.resolve(f"#{place}")
                        continue
                    Catalogue.packaged().load(cited, as_published=True).resolve(f"#{place}")


@of_each_document
def test_a_reference_is_marked_only_if_the_document_lacks_the_location(name: DocumentName) -> None:
    document = Catalogue.packaged().load(str(name))
    chat = next((each for each in document.operations.values() if each.kind == "chat"), None)
    if chat is None:
        return
    for rule_id in ("SSE-101", "SSE-201", "FINISH-001", "SCHEMA-001", "SCHEMA-002", "USAGE-001"):
        if concerns(rule_named(rule_id), chat):
            assert find_clause(rule_named(rule_id), chat).startswith(f"{name}#")


def test_the_clause_is_at_the_operation_that_was_used() -> None:
    document = Catalogue.packaged().load("azure-openai@2024-10-21")
    embeddings = next(each for each in document.operations.values() if each.kind == "embeddings")
    clause = find_clause(rule_named("SCHEMA-001"), embeddings)
    assert clause == f"{document.name}{embeddings.pointer}/responses"


def test_the_clause_of_a_chunk_is_found_if_the_schema_has_another_name() -> None:
    document = Catalogue.packaged().load("azure-openai@2025-01-01-preview")
    chat = next(each for each in document.operations.values() if each.kind == "chat")
    clause = find_clause(rule_named("SSE-101"), chat)
    assert clause == f"{document.name}#/components/schemas/ChatCompletionsChunk/properties/id"


def test_a_standard_is_cited_unchanged() -> None:
    document = Catalogue.packaged().load("azure-openai@2024-06-01")
    chat = next(each for each in document.operations.values() if each.kind == "chat")
    assert find_clause(rule_named("SSE-003"), chat) == rule_named("SSE-003").clause


@for_each(
    [each for each in rules() if "@" in each.clause.partition("#")[0]],
    group=lambda each: each.topic,
    name=lambda each: each.id,
)
def test_a_rule_without_operations_cites_a_reference(rule: Rule) -> None:
    assert find_shared_clause(rule, ()) == f"{rule.clause}{REFERENCE}"


BROKEN: dict[str, Any] = {**answer(), "object": "chat"}


@pytest.mark.parametrize("version", ["2024-06-01", "2025-01-01-preview", "2023-12-01-preview"])
def test_violations_cite_the_requested_version(tmp_path: Path, version: str) -> None:
    stream = [*CHUNKS[:3], {**CHUNKS[3], "id": "chatcmpl-8"}]
    found = judged(
        tmp_path,
        entry(chat_url(version), got={**answer(), "choices": "none"}),
        entry(chat_url(version), STREAM, events(*stream)),
    )
    clauses = [violation.clause for _, violation in found.at("must", "should", "may")]
    assert clauses
    for clause in clauses:
        assert clause.startswith((spoken(version), "https://")) or clause.endswith(REFERENCE)


def test_violations_at_another_operation_cite_it(tmp_path: Path) -> None:
    found = judged(tmp_path, entry(url("deployments/e/embeddings"), {"input": "a"}, {"data": 1}))
    cited = [violation.clause for rule, violation in found.at("must") if rule == "SCHEMA-001"]
    assert cited
    assert all("embeddings/post" in clause for clause in cited)
