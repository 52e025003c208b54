"""The choices about the target: which of them contradict each other, and which credentials result."""

from __future__ import annotations

import pytest

from aoai_conformance.options import RunChoices
from aoai_conformance.target.authentication import KeyAuthentication, short_secret_warnings
from aoai_conformance.target.choice import TargetChoice, checked_base_path
from aoai_conformance.target.documents import choose_documents
from aoai_conformance.target.request_bytes import url_of
from aoai_conformance.target.selection import choose_operations, choose_plans, sent_plans
from aoai_conformance.target.targets import resolve_url_target
from aoai_model.case import PlannedRequest
from aoai_specs.errors import ConformanceError

URL = "https://gateway.example/team"
CHAT = {"chat": "gpt-4o"}
ENVIRONMENT = {"AZURE_OPENAI_API_KEY": "the-key-of-the-run"}


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"api_key_header": "x y"}, "must be a header name"),
        ({"api_key_header": "x-key", "auth": "bearer"}, "only for --auth key"),
        ({"api_key_header": "x-key", "auth": "none"}, "only for --auth key"),
        ({"api_key_header": "x-key", "target_layout": "openai"}, "only for --auth key"),
        ({"api_key_header": "x-key", "headers": ("X-Key=${K}",)}, "credential under test"),
        ({"headers": ("Authorization=${K}",), "auth": "bearer"}, "credential under test"),
        ({"headers": ("Authorization=${K}",), "auth": "entra"}, "credential under test"),
        ({"headers": ("Authorization=${K}",), "target_layout": "openai"}, "credential under test"),
        ({"base_path": "openai"}, "must start with a slash"),
        ({"base_path": "/openai?x=1"}, "must start with a slash"),
        ({"target": "emulator", "proxy": "http://p"}, "--proxy is for other servers"),
    ],
)
def test_rejects_choices_that_contradict_each_other(choices: dict[str, object], message: str) -> None:
    with pytest.raises(ConformanceError, match=message):
        TargetChoice.of(RunChoices(**{"target": URL, **choices}))  # type: ignore[arg-type]


def test_a_gateway_may_require_an_authorization_of_its_own_beside_the_key() -> None:
    choice = TargetChoice.of(RunChoices(target=URL, headers=("Authorization=Basic ${LOGIN}",)))
    assert choice.credential_header == "api-key"


def test_a_base_path_loses_its_last_slash() -> None:
    assert [checked_base_path(each) for each in ("/", "/openai", "/a/b/")] == ["", "/openai", "/a/b"]


@pytest.mark.parametrize(
    ("root", "base_path", "url"),
    [
        ("https://g", "/openai", "https://g/openai/files"),
        ("https://g/team-a/openai", "/openai", "https://g/team-a/openai/files"),
        ("https://g/team-a/openai/", "/openai", "https://g/team-a/openai/files"),
        ("https://g/api", "/openai", "https://g/api/openai/files"),
        ("https://g/my-openai", "/openai", "https://g/my-openai/openai/files"),
        ("https://g/api", "", "https://g/api/files"),
        ("https://g", "/api/v2", "https://g/api/v2/files"),
    ],
)
def test_the_base_path_is_added_unless_the_root_ends_with_it(root: str, base_path: str, url: str) -> None:
    request = PlannedRequest("GET", "/files")
    assert url_of(request, root=root, base_path=base_path, deployment=None) == url


@pytest.mark.parametrize("auth", ["key", "bearer", "none"])
async def test_each_way_to_authenticate_has_its_own_credentials(auth) -> None:
    target = resolve_url_target(URL, deployments=CHAT, auth=auth, environment=ENVIRONMENT)
    assert target.authentication.scheme == auth
    assert target.secrets == (() if auth == "none" else ("the-key-of-the-run",))


def test_short_secrets_are_named_without_their_values() -> None:
    authentication = KeyAuthentication("a-key-that-is-long-enough")
    assert short_secret_warnings(authentication, ["long-enough"]) == ()
    (warning,) = short_secret_warnings(authentication, ["dev"])
    assert warning == (
        "A value from the environment for --header or --proxy has fewer than 8 characters: it is masked in "
        "requests, but responses are not searched for it."
    )


def test_without_credentials_points_about_them_are_left_out_with_the_reason() -> None:
    documents = choose_documents(api_versions=["2024-10-21"])
    choices = RunChoices(operations=("ChatCompletions_Create",), auth="none")
    plans = choose_plans(choices, choose_operations(choices, documents))
    assert not [case.id for case in plans[0].cases if "authentication:" in case.id]
    (sent,) = sent_plans(plans, {str(each.name): each for each in documents})
    (left_out,) = [each for each in sent.left_out if "--auth none" in each.message]
    assert left_out.points == (
        "authentication:none",
        "authentication:wrong-key",
        "authentication:malformed-bearer",
        "authentication:wrong-bearer",
        "authentication:key-in-wrong-header",
    )
    assert set(left_out.points) <= set(sent.points["ChatCompletions_Create"])
