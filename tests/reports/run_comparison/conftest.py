"""Records small enough to compare by eye."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from aoai_model.case import Point
from aoai_model.exchange import Event, Request, Response, TransportFailure
from aoai_model.verdict import Violation
from aoai_reports.record.lines import ExchangeLine, Header, RuleFacts
from aoai_reports.record.reader import Record

DOCUMENT = "azure-openai@2024-10-21"
CHAT = "ChatCompletions_Create"
HEADERS = {"content-type": "application/json", "x-ms-region": "Sweden Central"}


class Build:
    document, chat = DOCUMENT, CHAT

    def answer(self, **changes: Any) -> dict[str, Any]:
        message = {"role": "assistant", "content": "Hi."}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], **changes}

    def exchange(
        self,
        case: str = "chat/base",
        *,
        body: Any = None,
        status: int = 200,
        headers: Mapping[str, str] = HEADERS,
        sent: Any = None,
        points: tuple[str, ...] = (),
        host: str = "http://127.0.0.1:1",
        document: str = DOCUMENT,
        operation: str = CHAT,
        chunks: tuple[str, ...] | None = None,
        gap: float = 0.01,
        started: float = 0.01,
        violations: tuple[Violation, ...] = (),
        verdicts: Mapping[str, Any] | None = None,
        failed: bool = False,
    ) -> ExchangeLine:
        version = document.rpartition("@")[2]
        content = body if isinstance(body, bytes) else json.dumps(body or self.answer()).encode()
        events = None
        if chunks is not None:
            events = tuple(
                Event(data, f"data: {data}\n\n".encode(), started + gap * place, index=place)
                for place, data in enumerate(chunks)
            )
        response = Response(status, tuple(headers.items()), content, events, started, 0.2)
        judged = {"SCHEMA-001": "pass", **{each.rule: "violation" for each in violations}}
        return ExchangeLine(
            case=case,
            document=document,
            operation=operation,
            kind="chat",
            origin="point",
            expect="accept",
            points=tuple(Point(id_, id_.partition(":")[0], "any", "must", "clause") for id_ in points),
            request=Request(
                "POST",
                f"{host}/openai/deployments/gpt-4o/chat/completions?api-version={version}",
                (("content-type", "application/json"), ("api-key", "***")),
                json.dumps(sent or {"case": case.rpartition(":")[2]}).encode(),
            ),
            response=None if failed else response,
            failure=TransportFailure("timeout", "no answer") if failed else None,
            violations=violations,
            verdicts=judged if verdicts is None else verdicts,
        )

    def violation(self, rule: str = "SCHEMA-001", **changes: Any) -> Violation:
        return replace(Violation("/id", "no id", reason="required", level="must", rule=rule), **changes)

    def record(self, *lines: ExchangeLine, **changes: Any) -> Record:
        header = Header(
            tool="aoai-conformance 0.1.0",
            started="2026-01-02T03:04:05.000Z",
            target="http://127.0.0.1:1",
            documents=(DOCUMENT,),
            surface="azure-openai",
            profile="smoke",
            seed=0,
            rules={"SCHEMA-001": RuleFacts("must", "fit the schema", "clause", "schema")},
        )
        return Record(replace(header, **changes), lines)


@pytest.fixture(scope="session")
def build() -> Build:
    return Build()
