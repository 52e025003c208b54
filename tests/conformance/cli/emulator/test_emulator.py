"""The options of `emulator` for failures, time and limits."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import aoai_emulator.server
from aoai_conformance.cli import main
from aoai_emulator.settings import Settings


@pytest.fixture
def served(monkeypatch):
    """Run `emulator` with arguments, and return the settings that would be served, or the error."""

    def run(*arguments: str) -> Settings | str:
        found: list[Settings] = []
        monkeypatch.setattr(aoai_emulator.server, "serve", lambda settings, *_, **__: found.append(settings))
        result = CliRunner().invoke(main, ["emulator", *arguments])
        assert result.exit_code == (0 if found else 2)
        return found[0] if found else result.output

    return run


def test_the_control_api_is_served_unless_it_is_switched_off(served):
    assert served().has_control
    assert not served("--no-control").has_control


def test_the_options_set_failures_delays_and_limits(served):
    settings = served(
        *("--fault", "error-429,next=2", "--latency", "200ms", "--token-latency", "gpt-4o=20ms±5ms"),
        *("--rpm", "60", "--tpm", "gpt-4o=1000", "--ptu", "dall-e-3", "--background", "poll"),
        *("--retry-headers", "retry-after,retry-after-ms"),
    )
    assert settings.faults == ("error-429,next=2",)
    assert [each.as_json() for each in settings.latencies] == [
        {"deployment": "*", "first": "200ms"},
        {"deployment": "gpt-4o", "token": "20ms±5ms"},
    ]
    assert [each.as_json() for each in settings.limits] == [
        {"deployment": "*", "requests_per_minute": 60},
        {"deployment": "gpt-4o", "tokens_per_minute": 1000},
        {"deployment": "dall-e-3", "provisioned_units": 15},
    ]
    assert settings.retry_headers == ("retry-after", "retry-after-ms")
    assert (settings.advance_on_poll, settings.advances_with_time) == (True, False)
    assert served().advances_with_time
    assert served("--retry-headers", "none").retry_headers == ()


def test_fixtures_and_recordings_are_read_from_files(served, tmp_path):
    fixtures, recording = tmp_path / "fixtures.yaml", tmp_path / "traffic.har"
    fixtures.write_text("fixtures: [{response: {text: Hi.}}]", "utf-8")
    request = {"method": "GET", "url": "http://x.test/a", "headers": []}
    response = {"status": 200, "headers": [], "content": {"text": "b"}}
    entries = [{"request": request, "response": response}]
    recording.write_text(json.dumps({"log": {"entries": entries}}), "utf-8")
    settings = served("--fixtures", str(fixtures), "--fixtures-only", "--replay", str(recording))
    assert settings.fixtures == ({"response": {"text": "Hi."}},)
    assert settings.fixtures_only
    assert [(each.path, each.pieces) for each in settings.recorded] == [("/a", (b"b",))]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--fixtures", "none.yaml"), "none.yaml cannot be read: No such file or directory."),
        (("--replay", "none.har"), "Cannot read none.har: No such file or directory."),
        (("--latency", "200"), "A delay must be a time such as 200ms"),
        (("--rpm", "many"), '--rpm must be a whole number from 1, not "many".'),
    ],
)
def test_a_mistake_in_an_option_is_one_sentence(arguments, sentence, served):
    assert served(*arguments).startswith(sentence)


def test_every_failure_is_listed_after_the_faults():
    listed = CliRunner().invoke(main, ["emulator", "--list-faults"]).output.splitlines()
    assert listed[0].startswith("allow-missing ")
    assert listed[-1].startswith("transport-stall ")
    assert any(line.startswith("error-429 ") for line in listed)


def test_the_help_shows_the_options_in_groups():
    text = CliRunner().invoke(main, ["emulator", "--help"]).output
    assert text.index("Options:") < text.index("--port") < text.index("Failures:") < text.index("--fault ")
    assert text.index("Time and limits:") < text.index("--latency")
