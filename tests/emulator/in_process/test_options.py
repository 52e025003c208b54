"""The options of an emulator inside another program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aoai_emulator.in_process.options import settings_of
from aoai_emulator.settings import DEFAULT_DEPLOYMENTS
from aoai_emulator.traffic.recorded_exchange import RecordedExchange
from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import ConformanceError, UnknownNameError


def test_everything_is_served_by_default() -> None:
    settings = settings_of()
    assert {*settings.document_names} == {*Catalogue.packaged().names()}
    assert settings.versions == "nearest"
    assert settings.deployments == DEFAULT_DEPLOYMENTS


def test_packaged_documents_are_read_once_for_all_emulators() -> None:
    assert settings_of().documents is settings_of(seed=1).documents


def test_deployments_are_pairs_or_a_mapping() -> None:
    assert settings_of(deployments={"prod": "gpt-5.2"}) == settings_of(deployments=["prod=gpt-5.2"])
    assert settings_of(deployments=["prod=gpt-5.2"]).deployments[0].name == "prod"


def test_fixtures_are_entries_and_files(tmp_path: Path) -> None:
    entry = {"match": {"text": "weather"}, "response": {"text": "It is sunny."}}
    file = tmp_path / "fixtures.yaml"
    file.write_text(json.dumps({"fixtures": [entry]}), encoding="utf-8")
    assert settings_of(fixtures=[entry, file, str(file)]).fixtures == (entry, entry, entry)


def test_recorded_exchanges_are_replayed() -> None:
    exchange = RecordedExchange("request-1", "GET", "/a", (), "", b"", 200, (), (b"b",))
    assert settings_of(recorded=[exchange]).recorded == (exchange,)


def test_delays_and_limits_hold_for_every_deployment_or_for_each() -> None:
    assert settings_of(latency=0.2).latencies == settings_of(latency="200ms").latencies
    assert settings_of(rpm=3).limits == settings_of(rpm={"*": 3}).limits
    assert {each.deployment for each in settings_of(tpm={"a": 1, "b": 2}, ptu={"c": 15}).limits} == {*"abc"}


def test_time_advances_background_work_unless_polling_does() -> None:
    by_time, by_polls = settings_of(), settings_of(background="poll")
    assert (by_time.advances_with_time, by_time.advance_on_poll) == (True, False)
    assert (by_polls.advances_with_time, by_polls.advance_on_poll) == (False, True)


def test_control_is_on_unless_it_is_switched_off() -> None:
    assert settings_of().has_control
    assert not settings_of(control=False).has_control


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"fault": ["chat-usage-missing"]},
            "no option of the emulator 'fault'; did you mean 'faults'",
        ),
        ({"deployments": ["prod"]}, "NAME=MODEL"),
        ({"latency": "soon"}, "soon"),
        ({"fixtures": ["no-such-file.yaml"]}, "no-such-file.yaml"),
        ({"api_versions": ["2024-10-22"]}, "There is no api-version '2024-10-22'"),
    ],
)
def test_a_mistake_is_one_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConformanceError, match=sentence):
        settings_of(**options)


def test_an_unknown_option_is_a_name_that_does_not_exist() -> None:
    options: dict[str, Any] = {"faluts": []}
    with pytest.raises(UnknownNameError):
        settings_of(**options)
