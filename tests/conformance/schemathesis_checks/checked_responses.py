"""Responses as Schemathesis receives them, and what our checks find in them.

Tests import this late: it imports Schemathesis, which takes seconds, and every worker collects the tests.
"""

from __future__ import annotations

import json
from typing import Any

import requests
import schemathesis
from schemathesis.core.failures import Failure, FailureGroup

from aoai_conformance.schemathesis_checks import BrokenRule, aoai_must, aoai_should
from aoai_specs.catalogue import Catalogue

SCHEMA = schemathesis.openapi.from_dict(
    dict(Catalogue.packaged().load("2024-10-21", as_published=True).content)
)
PATH = "/deployments/{deployment-id}/chat/completions"
URL = "http://127.0.0.1:1/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
SENT: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi."}]}
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
ANSWER: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "gpt-4o",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello.", "refusal": None},
            "finish_reason": "stop",
            "logprobs": None,
        }
    ],
    "usage": USAGE,
}
WRONG_USAGE = {**ANSWER, "usage": {**USAGE, "total_tokens": 6}}


def received(
    answer: object = ANSWER,
    *,
    url: str = URL,
    sent: object = SENT,
    content_type: str = "application/json",
    cut_short: bool = False,
    **headers: str,
) -> schemathesis.Response:
    request = requests.Request(
        "POST", url, json=sent, headers={"api-key": "tell-no-one", **headers}
    ).prepare()
    return schemathesis.Response(
        status_code=200,
        headers={"Content-Type": [content_type]},
        content=answer if isinstance(answer, bytes) else json.dumps(answer).encode(),
        request=request,
        elapsed=0.1,
        verify=True,
        stream_cut_short=cut_short,
    )


def case() -> schemathesis.Case[Any]:
    return SCHEMA[PATH]["POST"].Case(body=SENT)


def failures(response: schemathesis.Response) -> list[Failure]:
    """Every failure of both checks."""
    found: list[Failure] = []
    for check in (aoai_must, aoai_should):
        try:
            assert check(None, response, case()) is None  # type: ignore[arg-type]
        except FailureGroup as group:
            found.extend(group.exceptions)
    return found


def broken(response: schemathesis.Response) -> list[str]:
    return [failure.rule.id for failure in failures(response) if isinstance(failure, BrokenRule)]


def chunks(*objects: object) -> bytes:
    return b"".join(b"data: %s\n\n" % json.dumps(each).encode() for each in objects)
