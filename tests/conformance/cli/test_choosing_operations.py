"""`--operation`: which operations a name selects."""

from __future__ import annotations

from copy import deepcopy

import pytest
from click.testing import CliRunner

from aoai_conformance.cli import main
from aoai_conformance.options import RunChoices
from aoai_conformance.target.selection import choose_operations
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_specs.versions import ApiVersion, DocumentName


def chosen(
    *names: str, documents: tuple[Document, ...], deployments: tuple[str, ...] = ()
) -> list[list[str]]:
    found = choose_operations(RunChoices(operations=names, deployments=deployments), documents)
    return [[each.id for each in operations] for _, operations in found]


@pytest.fixture(scope="module")
def both() -> tuple[Document, ...]:
    catalogue = Catalogue.packaged()
    return tuple(catalogue.load(each) for each in ("2024-06-01", "2024-10-21"))


def test_operation_names_are_case_insensitive(both: tuple[Document, ...]) -> None:
    for name in ("chatcompletions_create", "CHATCOMPLETIONS_CREATE", "ChatCompletions_Create"):
        assert chosen(name, documents=both) == [["ChatCompletions_Create"]] * 2


def test_a_name_is_resolved_to_the_spelling_of_each_document(both: tuple[Document, ...]) -> None:
    assert chosen("Embeddings_Create", documents=both) == [["Embeddings_Create"], ["embeddings_create"]]


def test_without_a_name_every_operation_is_selected(both: tuple[Document, ...]) -> None:
    assert chosen(documents=both) == [[each.id for each in one.usual_operations] for one in both]


def test_operations_on_request_need_their_name_or_the_deployment_of_their_kind() -> None:
    operations = {"post": ("Chat", "/chat/completions"), "get": ("Files", "/files"), "put": ("Any", "/any")}
    paths = {
        path: {method: {"operationId": name, "x-aoai-on-request": True, "responses": {}}}
        for method, (name, path) in operations.items()
    }
    paths["/embeddings"] = {"post": {"operationId": "Embeddings", "responses": {}}}
    name = DocumentName("azure-openai", ApiVersion("2024-10-21"))
    documents = (Document(name, {"openapi": "3.0.3", "paths": paths}),)
    assert chosen(documents=documents) == [["Embeddings"]]
    assert chosen(documents=documents, deployments=("chat=gpt-4o",)) == [["Chat", "Embeddings"]]
    assert chosen(documents=documents, deployments=("files=any",)) == [["Files", "Embeddings"]]
    assert chosen("any", documents=documents) == [["Any"]]


def test_an_unknown_name_is_rejected_with_the_closest_match(both: tuple[Document, ...]) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'ChatCompletions_Create'"):
        chosen("chatcompletion_create", documents=both)


def test_a_name_that_matches_two_in_another_case_is_rejected(both: tuple[Document, ...]) -> None:
    content = deepcopy(both[1].content)
    completions = content["paths"]["/deployments/{deployment-id}/completions"]["post"]
    completions["operationId"] = "CHATCompletions_Create"
    document = Document(both[1].name, content)
    assert chosen("CHATCompletions_Create", documents=(document,)) == [["CHATCompletions_Create"]]
    with pytest.raises(ConformanceError, match="use CHATCompletions_Create or ChatCompletions_Create"):
        chosen("chatcompletions_create", documents=(document,))


def test_plan_takes_a_name_in_any_case() -> None:
    result = CliRunner().invoke(main, ["plan", "--operation", "chatcompletions_create", "--profile", "smoke"])
    assert result.exit_code == 0, result.output
    assert "ChatCompletions_Create" in result.output
