"""Configuration files of the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from aoai_conformance.configuration.mistakes import ConfigurationError
from aoai_conformance.configuration.reading import Configuration, parse_configuration

Parse = Callable[..., Configuration]
FindMistakes = Callable[..., list[str]]


@pytest.fixture
def parse() -> Parse:
    """The configuration in a text."""

    def parsed(text: str, file: str = "aoai-conformance.toml") -> Configuration:
        return parse_configuration(dedent(text), Path(file))

    return parsed


@pytest.fixture
def find_mistakes(parse: Parse) -> FindMistakes:
    """The mistakes in a text, one line each, without the name of the file."""

    def found(text: str, file: str = "aoai-conformance.toml") -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            parse(text, file)
        return [line.removeprefix(file).lstrip(":") for line in str(caught.value).splitlines()]

    return found
