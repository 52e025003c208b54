"""Schemas that others publish, and text that a CI runner would execute."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from aoai_model.exchange import Request, Response
from aoai_reports.record.lines import ExchangeLine, RuleFacts
from aoai_reports.record.reader import Record

PUBLISHED = Path(__file__).parent / "published"
#: Commands to GitHub Actions and Azure Pipelines, markup, and characters that XML forbids.
COMMANDS = (
    "::error title=x::taken over",
    "##vso[task.setvariable variable=token]taken",
    "##\u200bvso\ufe0f[task.complete result=Succeeded]",
    "##[set-output name=a]b",
    "</script><img src=x onerror=alert(1)>\x00\x1b[2J",
    "50%\r\n::add-mask::x",
)


@cache
def published_schema(name: str) -> Any:
    return json.loads((PUBLISHED / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def published() -> Callable[[str], Any]:
    """A schema in the folder `published`, by the name of its file."""
    return published_schema


def poisoned_record(build: Any, text: str) -> Record:
    """A record with the text wherever a server, a deployment or a description can put it."""
    violation = build.violation(
        pointer=f"/{text}", message=text, expected=text, actual={text: [text]}, reason=text, point=text
    )
    line: ExchangeLine = build.broken(
        f"c{text}",
        violation,
        document=f"d{text}",
        operation=f"o{text}",
        request=Request("POST", f"http://x/{text}", ((text, text),), text.encode()),
        response=Response(200, (("content-type", text),), text.encode(), None, 0.0, 0.1),
        notes=(text,),
        curl=f"curl {text}",
    )
    streamed = build.streamed("s", (text.replace("\r\n", " "), "[DONE]"), violations=(violation,))
    record: Record = build.record(
        line,
        streamed,
        build.failed(f"f{text}"),
        target=text,
        documents=(text,),
        surface=text,
        options={text: text},
        not_configured=(text,),
        rules={"USAGE-001": RuleFacts("must", text, f"{text}#{text}", text)},
    )
    return record


@pytest.fixture(params=COMMANDS, ids=range(len(COMMANDS)))
def poisoned(request: pytest.FixtureRequest, build: Any) -> Record:
    return poisoned_record(build, request.param)
