"""Behaviour that changed with the api-version, compared with the documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aoai_reports.run_comparison.changes import DocumentComparison
from aoai_reports.run_comparison.comparing import compare_runs
from aoai_reports.run_comparison.documents.linking import link_documents

OLDER = "azure-openai@2024-02-01"


@pytest.fixture
def part(build) -> DocumentComparison:
    old = build.exchange(document=OLDER)
    message = {"role": "assistant", "content": "Hi.", "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    new = build.exchange(body=build.answer(choices=[choice], surprise=1))
    compared = compare_runs(build.record(old, documents=(OLDER,)), build.record(new))
    return link_documents(compared).parts[0]


def test_a_documented_change_is_linked_to_its_entry(part: DocumentComparison) -> None:
    linked = {each.place: each.documented for each in part.behaviour}
    assert any("refusal" in words for words in linked["/choices/*/message/refusal"])


def test_an_undocumented_change_is_in_a_separate_list(part: DocumentComparison) -> None:
    assert [each.place for each in part.undocumented] == ["/surprise"]


def test_a_documented_change_that_did_not_happen_is_listed(part: DocumentComparison) -> None:
    words = [message for _, message in part.unseen]
    assert any("logprobs" in message for message in words)
    assert not any("'refusal'" in message and "ResponseMessage" in message for message in words)


def test_the_same_document_explains_nothing(build) -> None:
    compared = compare_runs(
        build.record(build.exchange()), build.record(build.exchange(body=build.answer(surprise=1)))
    )
    assert link_documents(compared) == compared


def test_a_custom_description_explains_nothing(build) -> None:
    own = "azure-openai@2020-01-01"
    record = build.record(build.exchange(document=own), documents=(own,))
    [found] = link_documents(compare_runs(record, build.record(build.exchange()))).parts
    assert not found.linked
    assert found == replace(found, behaviour=found.behaviour)
