"""Files of deployments: what they may contain, and a sentence with file and line for each mistake."""

from __future__ import annotations

import json

import pytest

from aoai_emulator import parse_deployments
from aoai_emulator.models.deployment_files import read_deployments
from aoai_specs.errors import ConformanceError

FILE = """
chat: gpt-4o
small: {model: gpt-4o-mini, context_tokens: 16000, max_completion_tokens: 100}
tuned:
  model: ft-support-7
  like: gpt-4o
vectors: {model: text-embedding-3-large, dimensions: 256, provider: Contoso}
"""


@pytest.fixture
def written(tmp_path):
    def write(text, name="deployments.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def test_a_file_maps_names_to_models_or_fields(written):
    chat, small, tuned, vectors = read_deployments(written(FILE))
    assert (chat.name, chat.model) == ("chat", "gpt-4o")
    assert (small.context_tokens, small.traits.most_completion_tokens) == (16000, 100)
    assert (tuned.model, tuned.kinds) == ("ft-support-7", chat.kinds)
    assert (vectors.dimensions, vectors.provider, vectors.kinds) == (256, "Contoso", {"embeddings"})


def test_a_file_may_be_json_and_may_say_deployments(written):
    path = written(json.dumps({"deployments": {"chat": "gpt-4o"}}), "deployments.json")
    assert [deployment.name for deployment in read_deployments(path)] == ["chat"]


def test_pairs_and_files_are_combined(written):
    deployments = parse_deployments(["first=gpt-4o"], [written("second: o3-mini")])
    assert [deployment.name for deployment in deployments] == ["first", "second"]
    with pytest.raises(ConformanceError, match="names the deployment 'first' again"):
        parse_deployments(["first=gpt-4o"], [written("first: o3-mini")])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{}", "names no deployment"),
        ("- gpt-4o", "expected an object"),
        ("a: [gpt-4o]", "line 1: deployment 'a' needs a model, such as `a: gpt-4o`."),
        ("a: 5", "deployment 'a' needs a model"),
        ("a: {dimensions: 5}", "deployment 'a' needs a `model`"),
        ("a: gpt-6", "no known model for deployment 'a'"),
        ("a: {model: mine, like: gpt-6}", "There is no known model 'gpt-6'"),
        (
            "a: {model: gpt-4o, modell: b}",
            "no field of deployment 'a': 'modell'; did you mean 'model'?",
        ),
        (
            "b: gpt-4o\na: {model: gpt-4o, context_tokens: many}",
            "line 2: 'context_tokens' of deployment 'a'",
        ),
        ("a: {model: gpt-4o, context_tokens: 0}", "must be an integer from 1 to"),
        ("a: {model: gpt-4o, dimensions: 9000}", "must be an integer from 1 to 8192"),
        ("a: {model: true}", "'model' of deployment 'a' must be a text"),
        ("a/b: gpt-4o", "A deployment cannot be called 'a/b'"),
        ("deployments: {a: gpt-4o}\nother: 1", "'other' stands beside `deployments`"),
        ("a: gpt-4o\na: gpt-4o", "line 2"),
    ],
)
def test_a_mistake_is_one_sentence(written, text, sentence):
    with pytest.raises(ConformanceError) as raised:
        read_deployments(written(text))
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_or_oversized_file_is_one_sentence(written):
    with pytest.raises(ConformanceError, match=r"Cannot read the deployments in /no/such: No such file"):
        read_deployments("/no/such")
    with pytest.raises(ConformanceError, match="larger than the limit"):
        read_deployments(written("#" * 1_100_000))
