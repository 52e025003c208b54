"""The fixtures for tests of clients, in a pytest run of their user."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

TESTS = """
import pytest

MESSAGES = [{"role": "user", "content": "Hello."}]


@pytest.fixture(scope="session")
def aoai_emulator_options():
    return {"api_versions": ["2025-01-01-preview"]}


@pytest.mark.parametrize("again", range(2))
def test_each_test_starts_without_stored_files(azure_openai, again):
    assert azure_openai.files.list().data == []
    azure_openai.files.create(file=("lines.jsonl", b"{}"), purpose="batch")


class TestMarkers:
    pytestmark = pytest.mark.aoai_emulator(seed=1, deployments={"prod": "gpt-4o"})

    @pytest.mark.aoai_emulator(seed=2)
    def test_the_closest_marker_wins_for_each_option(self, aoai_emulator):
        settings = aoai_emulator.settings
        assert (settings.seed, settings.deployments[0].name) == (2, "prod")
        assert [str(name.version) for name in settings.document_names] == ["2025-01-01-preview"]


def test_a_marker_is_for_its_tests_only(aoai_emulator):
    assert aoai_emulator.settings.seed == 0


def test_the_client_is_one_of_the_emulator(azure_openai, aoai_emulator_url):
    assert str(azure_openai.base_url).startswith(aoai_emulator_url)


class TestSession:
    def test_the_emulator_of_the_session_is_another_one(self, azure_openai_session, aoai_emulator_url):
        azure_openai_session.files.create(file=("lines.jsonl", b"{}"), purpose="batch")
        assert not str(azure_openai_session.base_url).startswith(aoai_emulator_url)

    def test_the_emulator_of_the_session_keeps_its_state(self, azure_openai_session):
        assert len(azure_openai_session.files.list().data) == 1


@pytest.mark.aoai_emulator(fault=["error-429"])
def test_fails_with_an_option_that_does_not_exist(aoai_emulator):
    pass


@pytest.mark.aoai_emulator("error-429")
def test_fails_with_an_option_without_a_name(aoai_emulator):
    pass


def test_fails_with_what_was_not_found(azure_openai):
    azure_openai.chat.completions.create(model="nowhere", messages=MESSAGES)
"""


@pytest.fixture(
    scope="module", params=["one process", pytest.param("workers", marks=pytest.mark.whole_selftest)]
)
def finished(request: Any, run_pytest: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run in one process, or of two workers, where the tests of a class run in one of them."""
    folder: Path = tmp_path_factory.mktemp("fixtures")
    (folder / "test_client.py").write_text(TESTS, encoding="utf-8")
    workers = ("-n", "2", "--dist", "loadscope") if request.param == "workers" else ()
    return run_pytest(folder, *workers, "--strict-markers", "--junitxml", "junit.xml")


def test_every_test_of_a_client_has_its_own_emulator(finished: Any) -> None:
    failed = {name for name, case in finished.junit().items() if case.find("failure") is not None}
    assert len(finished.junit()) == 10, finished.told
    assert failed == {"test_client.test_fails_with_what_was_not_found"}, finished.told


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        ("option_that_does_not_exist", "There is no option of the emulator 'fault'; did you mean 'faults'?"),
        ("option_without_a_name", "takes options by name, such as faults=[...]; not 'error-429'"),
    ],
)
def test_a_mistake_in_a_marker_is_one_sentence(finished: Any, test: str, sentence: str) -> None:
    error = finished.junit()[f"test_client.test_fails_with_an_{test}"].find("error")
    assert error is not None
    assert sentence in error.attrib["message"]


def test_the_report_of_a_failed_test_shows_what_the_emulator_did_not_find(finished: Any) -> None:
    assert (
        "404 for POST /openai/deployments/nowhere/chat/completions: there is no deployment nowhere"
        in finished.told
    )
