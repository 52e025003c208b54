"""The table of options."""

from __future__ import annotations

from dataclasses import fields

from aoai_conformance.options import DEEP_EXAMPLES, MIN_SHOWN, PROFILES, RunChoices, options_of
from aoai_reports.results import sufficiency
from aoai_strategies.planning import planning


def test_every_field_is_an_option_with_help() -> None:
    options = tuple(options_of("run"))
    assert [option.field for option in options] == [field.name for field in fields(RunChoices)]
    assert all(option.help for option in options)


def test_a_plan_accepts_every_option_of_a_run() -> None:
    assert list(options_of("plan")) == list(options_of("run"))


def test_the_defaults_are_those_of_the_packages_below() -> None:
    assert planning.DEEP_EXAMPLES == DEEP_EXAMPLES
    assert sufficiency.MIN_SHOWN == MIN_SHOWN
    assert planning.PROFILES == PROFILES


def test_a_limit_is_described_in_words() -> None:
    limits = {option.name: option.range for option in options_of()}
    assert limits["concurrency"] == "between 1 and 256"
    assert limits["timeout"] == "at least 0.1"
    assert limits["seed"] == ""
