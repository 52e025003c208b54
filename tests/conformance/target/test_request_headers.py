"""The headers that a user adds to every request."""

from __future__ import annotations

import pytest

from aoai_conformance.redaction.secrets import without_known_secrets
from aoai_conformance.target.request_headers import added_headers, is_secret_header, split_headers
from aoai_specs.errors import ConformanceError

SECRET = "a-value-nobody-may-see"


def test_a_literal_value_is_sent_and_shown_as_it_is() -> None:
    (header,) = added_headers(["x-portkey-provider=openai"], "api-key", {})
    assert (header.name, header.value, header.template) == ("x-portkey-provider", "openai", "openai")
    assert header.secrets == ()


def test_a_value_from_the_environment_is_a_secret_and_shown_as_its_variable() -> None:
    (header,) = added_headers(["Authorization=Basic ${LOGIN}"], "api-key", {"LOGIN": f" {SECRET}\n"})
    assert (header.value, header.template) == (f"Basic {SECRET}", "Basic ${LOGIN}")
    assert header.secrets == (SECRET,)
    assert SECRET not in repr(header)
    assert without_known_secrets(f"a traceback with {SECRET}") == "a traceback with ***"


def test_a_value_may_contain_an_equals_sign_and_a_lone_dollar() -> None:
    assert split_headers(["x-query=a=b$c"], None) == (("x-query", "a=b$c"),)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("x-team", "NAME=VALUE"),
        ("x-team: search", "NAME=VALUE"),
        ("=search", "NAME=VALUE"),
        ("x team=search", "NAME=VALUE"),
        ("x-t\u00e9am=search", "NAME=VALUE"),
        ("x-team=", "printable ASCII, and not empty"),
        ("x-team=a\nb", "printable ASCII"),
        ("x-team=b\u00e4r", "printable ASCII"),
        ("x-team=${}", "malformed variable"),
        ("x-team=${TEAM", "malformed variable"),
        ("x-team=${1}", "malformed variable"),
        ("Host=gateway.example", "--header cannot set Host"),
        ("content-LENGTH=3", "--header cannot set content-LENGTH"),
        ("Content-Type=text/plain", "--header cannot set Content-Type"),
        ("Transfer-Encoding=chunked", "--header cannot set Transfer-Encoding"),
        ("Proxy-Authorization=${LOGIN}", "use --proxy"),
        ("API-Key=${KEY}", "carries the credential under test"),
    ],
)
def test_rejects_a_header_that_cannot_be_added(pair: str, message: str) -> None:
    with pytest.raises(ConformanceError, match=message):
        split_headers([pair], "api-key")


def test_rejects_a_header_that_is_given_twice() -> None:
    with pytest.raises(ConformanceError, match="sets X-Team twice"):
        split_headers(["x-team=a", "X-Team=b"], None)


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "X-Authorization", "api-key", "Ocp-Apim-Subscription-Key", "x-portkey-api-key"),
        *(
            "apikey",
            "X-Auth",
            "x-access-token",
            "x-client-secret",
            "Cookie",
            "x-db-password",
            "x-ms-signature",
        ),
    ],
)
def test_a_literal_secret_is_rejected_without_printing_it(name: str) -> None:
    with pytest.raises(ConformanceError, match="must come from the environment") as caught:
        split_headers([f"{name}={SECRET}"], None)
    assert SECRET not in str(caught.value)
    assert f"'{name}=${{VARIABLE}}'" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["x-portkey-provider", "x-keyboard", "x-max-tokens", "x-team", "X-Author", "user-agent"]
)
def test_other_names_denote_no_secret(name: str) -> None:
    assert not is_secret_header(name)


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(ConformanceError) as caught:
        added_headers(["x-team-key=${TEAM_KEY}"], None, {"TEAM_KEY": " "})
    assert str(caught.value) == "--header x-team-key: the environment variable TEAM_KEY is not set."


def test_a_secret_that_is_given_as_a_variable_is_not_repeated() -> None:
    with pytest.raises(ConformanceError, match="a variable in its value is not set") as caught:
        added_headers(["x-team-key=${abcdef0123456789}"], None, {})
    assert "abcdef" not in str(caught.value)


def test_a_value_from_the_environment_cannot_add_a_line() -> None:
    with pytest.raises(ConformanceError, match="without line ends") as caught:
        added_headers(["x-team-key=${KEY}"], None, {"KEY": "abc\r\nX-Evil: 1"})
    assert "Evil" not in str(caught.value)
