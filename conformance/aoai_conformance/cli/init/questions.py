"""The questions of `init`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlsplit

import click

from aoai_conformance.configuration.reading import TARGET_NAME
from aoai_conformance.configuration.writing import suggested_name
from aoai_conformance.options import DEPLOYMENT_KINDS, SURFACES, RunChoices, TargetLayout
from aoai_conformance.target.targets import checked_root, is_loopback, parse_deployments
from aoai_specs.errors import ConformanceError

Answer = TypeVar("Answer")

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_AZURE_HOSTS = (".azure.com", ".azure.us", ".azure.cn")
_MODEL_INFERENCE_HOSTS = (".models.ai.azure.com",)


def ask_for_target(choices: RunChoices, name: str | None) -> tuple[RunChoices, str]:
    """Ask for what the choices lack; return them and the name of the target.

    Raises ConformanceError if there is nobody to answer.
    """
    try:
        return _ask(choices, name)
    except click.Abort:
        raise ConformanceError(
            "Nothing was written. Without answers, `init` needs --target URL and --deployment KIND=NAME."
        ) from None


def _ask(choices: RunChoices, name: str | None) -> tuple[RunChoices, str]:
    url = _ask_until("URL of the resource, such as https://NAME.openai.azure.com", checked_root)
    host = urlsplit(url).hostname or ""
    choices = replace(choices, target=url)
    if not host.endswith(_AZURE_HOSTS):
        layout: TargetLayout = (
            "openai"
            if click.confirm("Does it use OpenAI's paths, such as /v1/chat/completions?", default=False)
            else choices.target_layout
        )
        choices = replace(choices, target_layout=layout)
    if choices.surface is None and choices.target_layout == "azure":
        likely = SURFACES[1] if host.endswith(_MODEL_INFERENCE_HOSTS) else SURFACES[0]
        choices = replace(choices, surface=click.prompt("API", default=likely, type=click.Choice(SURFACES)))
    if not choices.deployments:
        click.echo(f"Kinds of deployments: {', '.join(DEPLOYMENT_KINDS)}.")
        optional = is_loopback(url)
        pairs = _ask_until(
            "Deployments as KIND=NAME, separated by spaces",
            lambda answer: _deployments(answer, optional=optional),
            default="" if optional else None,
        )
        choices = replace(choices, deployments=pairs)
    variable = _ask_until(
        "Environment variable that holds the key (its name, not the key)",
        _variable,
        default=choices.api_key_env,
    )
    name = name or _ask_until("Name of the target", _target_name, default=suggested_name(url))
    return replace(choices, api_key_env=variable), name


def _ask_until(question: str, accept: Callable[[str], Answer], *, default: str | None = None) -> Answer:
    """Ask until the answer is accepted; the reason for a rejection is printed."""
    while True:
        answer = click.prompt(question, default=default, show_default=bool(default))
        try:
            return accept(answer.strip())
        except ConformanceError as error:
            click.echo(str(error))


def _deployments(answer: str, *, optional: bool) -> tuple[str, ...]:
    pairs = tuple(answer.replace(",", " ").split())
    if not pairs and not optional:
        raise ConformanceError("Name at least one deployment, such as chat=gpt-4o.")
    parse_deployments(pairs)
    return pairs


def _variable(answer: str) -> str:
    if not _VARIABLE.fullmatch(answer):
        raise ConformanceError("This is not the name of a variable, such as AZURE_OPENAI_API_KEY.")
    return answer


def _target_name(answer: str) -> str:
    if not TARGET_NAME.fullmatch(answer):
        raise ConformanceError("Use letters, digits, `.`, `_` and `-`.")
    return answer
