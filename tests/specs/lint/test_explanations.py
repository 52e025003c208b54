"""Corrected documents have no unexplained finding, and every explanation explains one."""

from __future__ import annotations

from functools import cache

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import DocumentError
from aoai_specs.lint import Explanation, Finding, Subject, checks, lint, packaged_explanations
from aoai_specs.lint.explanations import read_explanations, unmatched
from aoai_specs.loading.files import load

NAMES = Catalogue.packaged().names()
ENTRY = "{document: '*', check: open-enum, pointer: '#/a/*', reason: Because.}"


@cache
def corrected(name: str) -> tuple[Finding, ...]:
    return lint(Subject.of_catalogue(next(each for each in NAMES if str(each) == name)))


@pytest.mark.parametrize("name", [str(each) for each in NAMES])
def test_a_corrected_document_has_only_explained_mistakes(name: str) -> None:
    assert [
        f"{each.check} {each.clause}: {each.message}" for each in corrected(name) if not each.explained
    ] == []


def test_no_explanation_is_unused() -> None:
    every = [finding for name in NAMES for finding in corrected(str(name))]
    assert unmatched(packaged_explanations(), every) == ()


def test_explanations_are_of_checks_that_exist() -> None:
    assert {each.check for each in packaged_explanations()} <= set(checks())


def test_nothing_is_explained_in_a_document_as_published() -> None:
    name = Catalogue.packaged().newest_stable()
    published = lint(Subject.of_catalogue(name, as_published=True))
    assert published
    assert not any(finding.explained for finding in published)


@pytest.mark.parametrize(
    ("check", "place"),
    [
        ("keyword-on-wrong-type", "createChatCompletionStreamResponse/properties/object/required"),
        ("chunk-without-usage", "createChatCompletionStreamResponse"),
        ("required-without-property", "chatCompletionRequestMessageFunction/required/0"),
        ("required-without-property", "ResponseFormatJsonSchema/properties/json_schema/required/0"),
        (
            "null-not-in-enum",
            "createChatCompletionStreamResponse/properties/choices/items/properties/finish_reason/nullable",
        ),
        ("allof-cancels-null", "createChatCompletionRequest/allOf/1/properties/max_tokens/nullable"),
        ("allof-cancels-null", "createChatCompletionRequest/allOf/1/properties/presence_penalty/nullable"),
        ("allof-cancels-null", "createChatCompletionRequest/allOf/1/properties/frequency_penalty/nullable"),
        ("nullable-without-type", "createCompletionRequest/properties/prompt/nullable"),
        ("nullable-without-type", "createCompletionRequest/properties/stop/nullable"),
        ("nullable-without-type", "chatCompletionRequestAssistantMessage/properties/content/nullable"),
        ("overlapping-branches", "azureSearchChatExtensionParameters/properties/authentication/oneOf"),
        ("error-requires-nothing", "errorResponse"),
    ],
)
def test_finds_the_known_mistakes_of_2024_10_21_as_published(check: str, place: str) -> None:
    name = Catalogue.packaged().newest_stable()
    published = lint(Subject.of_catalogue(name, as_published=True))
    assert (check, f"#/components/schemas/{place}") in {(each.check, each.pointer) for each in published}
    still = {(each.check, each.pointer) for each in corrected(str(name))}
    assert (check, f"#/components/schemas/{place}") not in still


def test_finds_overlaps_hidden_streams_and_base64_in_2024_10_21_as_published() -> None:
    published = lint(Subject.of_catalogue(Catalogue.packaged().newest_stable(), as_published=True))
    paths = {(each.check, each.pointer.split("/")[2].rpartition("~1")[2]) for each in published}
    assert {
        ("overlapping-branches", "transcriptions"),
        ("overlapping-branches", "translations"),
        ("stream-undeclared", "completions"),
        ("base64-without-text", "embeddings"),
        ("no-error-response", "embeddings"),
    } <= paths


def test_an_explanation_is_read_from_data() -> None:
    (read,) = read_explanations(load(f"explanations: [{ENTRY}]", "some.yaml"))
    assert read == Explanation("*", "open-enum", "#/a/*", "Because.")


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "explanations: none",
        "explanations: [{document: '*', check: open-enum, pointer: '#'}]",
        f"explanations: [{ENTRY.replace('Because.', ' ').replace('reason:', 'reason: 1 #')}\n]",
    ],
)
def test_rejects_a_malformed_explanation(text: str) -> None:
    with pytest.raises(DocumentError, match=r"some\.yaml, line"):
        read_explanations(load(text, "some.yaml"))


def test_an_explanation_that_explains_nothing_is_reported() -> None:
    finding = Finding("open-enum", "azure-openai@2024-10-21", "#/a/b[0]", "x#/a/b[0]", "x.")
    fitting = Explanation("azure-openai@*", "open-enum", "#/a/*", "x")
    others = (
        Explanation("ai-model-inference@*", "open-enum", "#/a/*", "x"),
        Explanation("*", "null-refused", "#/a/*", "x"),
        Explanation("*", "open-enum", "#/a/b0", "x"),
    )
    assert unmatched((fitting, *others), (finding,)) == others
    assert unmatched((Explanation("*", "open-enum", "#/a/b[0]", "x"),), (finding,)) == ()
