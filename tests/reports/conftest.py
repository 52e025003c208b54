"""Records as a run would write them, small and large, honest and hostile."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from aoai_model.case import Point, ScenarioStep
from aoai_model.exchange import Event, Request, Response, TransportFailure
from aoai_model.verdict import Tokens, Violation
from aoai_reports.record.lines import (
    ExchangeLine,
    Footer,
    Header,
    Planned,
    QuirkFacts,
    RuleCounts,
    RuleFacts,
    ScenarioLine,
)
from aoai_reports.record.reader import Record

DOCUMENT = "azure-openai@2024-10-21"
CHAT = "ChatCompletions_Create"
EMBEDDINGS = "embeddings_create"
IMAGES = "ImageGenerations_Create"
SCHEMAS = f"{DOCUMENT}#/components/schemas"
HOSTILE = (
    "<script>alert(1)</script>\x1b[31mred\u202e [bold]rich[/bold] | `tick` ]]> &amp; <img src=x onerror=a>"
)

RULES = {
    "CHAT-SSE-001": RuleFacts(
        "must",
        "end a stream with exactly one [DONE], which comes last",
        SCHEMAS + "/createChatCompletionRequest/properties/stream",
        "streams",
    ),
    "CHAT-SSE-003": RuleFacts(
        "must",
        "repeat the first chunk's id in every later chunk",
        SCHEMAS + "/createChatCompletionStreamResponse/properties/id",
        "streams",
    ),
    "CHAT-SSE-009": RuleFacts(
        "must",
        "give every choice one finish_reason and nothing after it",
        SCHEMAS + "/createChatCompletionStreamResponse/properties/choices",
        "streams",
    ),
    "CHAT-003": RuleFacts(
        "must",
        "return as many choices as n asks for",
        SCHEMAS + "/chatCompletionsRequestCommon/properties/n",
        "chat",
    ),
    "CHAT-011": RuleFacts(
        "must",
        "stop before the stop sequence, which is not part of the text",
        SCHEMAS + "/chatCompletionsRequestCommon/properties/stop",
        "chat",
    ),
    "CHAT-020": RuleFacts(
        "should",
        "give the same answer to the same request with the same seed",
        SCHEMAS + "/chatCompletionsRequestCommon/properties/seed",
        "chat",
    ),
    "USAGE-001": RuleFacts(
        "must",
        "make total_tokens the sum of prompt_tokens and completion_tokens",
        SCHEMAS + "/completionUsage",
        "usage",
    ),
    "SCHEMA-001": RuleFacts(
        "must", "answer with a body that fits the response schema", DOCUMENT + "#/paths", "schema_rules"
    ),
    "SCHEMA-002": RuleFacts(
        "may",
        "send no field that the document does not declare",
        DOCUMENT + "#/components/schemas",
        "schema_rules",
    ),
    "BOUNDARY-001": RuleFacts(
        "must", "refuse a request that the document forbids", DOCUMENT + "#/paths", "boundaries"
    ),
    "BOUNDARY-002": RuleFacts(
        "must", "accept a request that the document allows", DOCUMENT + "#/paths", "boundaries"
    ),
    "HTTP-004": RuleFacts(
        "should",
        "send apim-request-id with every answer",
        DOCUMENT + "#/paths/~1deployments~1{deployment-id}~1chat~1completions/post/responses/200/headers",
        "http",
    ),
    "AUTH-001": RuleFacts(
        "must",
        "refuse a request without credentials with 401",
        DOCUMENT + "#/components/securitySchemes",
        "authentication",
    ),
    "EMB-002": RuleFacts(
        "must",
        "number the embeddings from 0 in the order of the input",
        SCHEMAS + "/createEmbeddingResponse",
        "embeddings",
    ),
    "IMAGES-004": RuleFacts(
        "must",
        "send images of the kind that response_format asks for",
        SCHEMAS + "/imageGenerationsRequest/properties/response_format",
        "images",
    ),
}

CHAT_POINTS = (
    "temperature.maximum:at",
    "temperature.maximum:inside",
    "temperature.maximum:above",
    "temperature.minimum:at",
    "temperature.minimum:below",
    "temperature.type:string",
    "temperature.nullable:null",
    "top_p.maximum:at",
    "top_p.maximum:above",
    "n.minimum:at",
    "n.minimum:below",
    "n.maximum:at",
    "n.maximum:above",
    "stop.minItems:below",
    "stop.maxItems:at",
    "stop.maxItems:above",
    "messages.required:missing",
    "messages.minItems:below",
    "messages[].content.oneOf:parts",
    "tool_choice.enum:required",
    "tool_choice.enum:outside",
    "user.type:null",
    "authentication:none",
    "authentication:wrong-key",
    "api-version:unknown",
)
EMBEDDING_POINTS = (
    "input.oneOf:text",
    "input.oneOf:array",
    "input.required:missing",
    "dimensions.minimum:below",
)


class Build:
    """Makes lines and records with sensible fillings."""

    document, chat, embeddings, hostile, rules = DOCUMENT, CHAT, EMBEDDINGS, HOSTILE, RULES

    def header(self, **changes: Any) -> Header:
        return replace(
            Header(
                tool="aoai-conformance 0.1.0",
                started="2025-11-20T21:00:00.000Z",
                target="http://127.0.0.1:8000",
                documents=(DOCUMENT,),
                surface="azure-openai",
                profile="standard",
                seed=0,
                options={"concurrency": 8, "flavour": "azure"},
                rules=RULES,
                planned=Planned(60, {CHAT: CHAT_POINTS, EMBEDDINGS: EMBEDDING_POINTS}),
            ),
            **changes,
        )

    def footer(self, **changes: Any) -> Footer:
        return replace(
            Footer(
                ended="2025-11-20T21:00:09.500Z",
                seconds=9.5,
                interrupted=False,
                requests=60,
                tokens=Tokens(420, 310),
                rules={id_: RuleCounts(0, 0, 0, 7) for id_ in RULES},
            ),
            **changes,
        )

    def violation(self, rule: str = "USAGE-001", **changes: Any) -> Violation:
        facts = RULES[rule]
        return replace(
            Violation(
                "/usage/total_tokens",
                "total_tokens is not the sum",
                12,
                13,
                "sum",
                level=facts.level,
                rule=rule,
            ),
            **changes,
        )

    def exchange(
        self, case: str = "chat-0001", sent: Any = None, answer: Any = None, **changes: Any
    ) -> ExchangeLine:
        body = json.dumps(
            sent or {"messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 16}
        ).encode()
        answer = answer if answer is not None else chat_answer()
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return replace(
            ExchangeLine(
                case=case,
                document=DOCUMENT,
                operation=CHAT,
                kind="chat",
                origin="point",
                expect="accept",
                request=Request(
                    "POST",
                    "http://127.0.0.1:8000/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
                    (("content-type", "application/json"), ("api-key", "***")),
                    body,
                ),
                response=Response(200, (("content-type", "application/json"),), content, None, 0.01, 0.02),
                verdicts={"SCHEMA-001": "pass", "USAGE-001": "pass"},
                curl="curl 'http://127.0.0.1:8000/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21'"
                f" -H 'api-key: ***' -H 'content-type: application/json' -d '{body.decode()}'",
                tokens=Tokens(9, 4),
            ),
            **changes,
        )

    def broken(
        self, case: str, violation: Violation, sent: Any = None, answer: Any = None, **changes: Any
    ) -> ExchangeLine:
        line = self.exchange(case, sent, answer, **changes)
        return replace(
            line,
            verdicts={**line.verdicts, violation.rule: "violation"},
            violations=(*line.violations, violation),
        )

    def failed(self, case: str, kind: str = "timeout", **changes: Any) -> ExchangeLine:
        failure = TransportFailure(kind, "no answer within 60 s")
        changes = {"response": None, "failure": failure, "verdicts": {"SCHEMA-001": "inconclusive"}} | changes
        return self.exchange(case, **changes)

    def points(self, *ids: str, expect: str = "reject") -> tuple[Point, ...]:
        return tuple(
            Point(
                id_,
                id_.partition(":")[0],
                expect,
                "must",
                f"{SCHEMAS}/createChatCompletionRequest/properties/{id_.split('.')[0]}",
            )  # type: ignore[arg-type]
            for id_ in ids
        )

    def events(self, *datas: str) -> tuple[Event, ...]:
        return tuple(
            Event(data, f"data: {data}\n\n".encode(), round(0.01 + 0.004 * place, 4), index=place)
            for place, data in enumerate(datas)
        )

    def streamed(self, case: str, datas: tuple[str, ...], **changes: Any) -> ExchangeLine:
        events = self.events(*datas)
        body = b"".join(event.raw for event in events)
        response = Response(200, (("content-type", "text/event-stream"),), body, events, 0.01, 0.2)
        sent = {"messages": [{"role": "user", "content": "Say hi."}], "stream": True}
        return self.exchange(case, sent, **({"response": response} | changes))

    def record(
        self, *lines: ExchangeLine | ScenarioLine, footer: Footer | None = None, **changes: Any
    ) -> Record:
        exchanges = tuple(line for line in lines if isinstance(line, ExchangeLine))
        scenarios = tuple(line for line in lines if isinstance(line, ScenarioLine))
        return Record(self.header(**changes), exchanges, scenarios, footer or self.footer())

    def run_of(self, *lines: ExchangeLine | ScenarioLine, **changes: Any) -> Record:
        """Return a run whose plan has exactly the points of its exchanges."""
        planned: dict[str, dict[str, dict[str, None]]] = {}
        for line in lines:
            if isinstance(line, ExchangeLine):
                points = planned.setdefault(line.document, {}).setdefault(line.operation, {})
                points |= dict.fromkeys(point.id for point in line.points)
        documents = {
            document: {operation: tuple(points) for operation, points in operations.items()}
            for document, operations in planned.items()
        }
        return self.record(*lines, planned=Planned(len(lines), documents=documents), **changes)

    def conformant(self) -> Record:
        """A run in which every rule but one was exercised and nothing was broken."""
        lines: list[ExchangeLine | ScenarioLine] = []
        every = {id_: "pass" for id_ in RULES if id_ != "IMAGES-004"}
        for place, id_ in enumerate(CHAT_POINTS):
            quirky = ("azure-first-chunk",) if place % 3 == 0 else ()
            verdicts = (
                every if place == 0 else {"SCHEMA-001": "pass", "BOUNDARY-001": "pass", "HTTP-004": "pass"}
            )
            lines.append(
                self.exchange(f"chat-{place:04}", points=self.points(id_), verdicts=verdicts, quirks=quirky)
            )
        for place, id_ in enumerate(EMBEDDING_POINTS):
            lines.append(
                self.exchange(
                    f"embeddings-{place:04}",
                    points=self.points(id_),
                    operation=EMBEDDINGS,
                    kind="embeddings",
                    verdicts={"SCHEMA-001": "pass", "EMB-002": "pass"},
                )
            )
        quirks = {
            "azure-first-chunk": QuirkFacts(
                "a first chunk with empty choices, id and model carries prompt_filter_results",
                "recorded stream of the real service",
            )
        }
        return self.record(*lines, not_configured=(IMAGES, "Transcriptions_Create"), quirks=quirks)

    def nonconformant(self) -> Record:
        """Defects on top: a body, boundaries, a chunk, a scenario, a header, hostile text; and a note."""
        calm = self.conformant()
        chunks = tuple(
            json.dumps(
                {
                    "id": "chatcmpl-1" if place != 3 else "chatcmpl-2",
                    "object": "chat.completion.chunk",
                    "created": 1732136400,
                    "model": "gpt-4o",
                    "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}],
                }
            )
            for place, word in enumerate(("Hi", " there", ",", " how", " are", " you", "?"))
        )
        refused = {"BOUNDARY-001": "violation"}
        steps = [
            self.exchange(
                "seed-a",
                {"seed": 7, "messages": [{"role": "user", "content": "Pick a word."}]},
                chat_answer("maple"),
                scenario=ScenarioStep("seed-1", "chat.same-seed", "first"),
            ),
            self.exchange(
                "seed-b",
                {"seed": 7, "messages": [{"role": "user", "content": "Pick a word."}]},
                chat_answer("cedar"),
                scenario=ScenarioStep("seed-1", "chat.same-seed", "second"),
            ),
        ]
        extra: list[ExchangeLine | ScenarioLine] = [
            *(
                self.broken(
                    f"usage-{place}",
                    self.violation(
                        message="total_tokens is 13, but 9 + 4 is not 13"
                        if place
                        else "total_tokens is 14, but 9 + 4 = 13",
                        expected=13,
                        actual=14,
                    ),
                    answer=chat_answer(total=14),
                )
                for place in range(12)
            ),
            self.exchange(
                "chat-temp",
                {"messages": [{"role": "user", "content": "Say hi."}], "temperature": 9},
                expect="reject",
                points=self.points("temperature.maximum:above"),
                verdicts=refused,
                violations=(
                    Violation(
                        "",
                        "temperature 9 was accepted with 200, though its maximum is 2",
                        "400 or 422",
                        200,
                        "accepted",
                        "temperature.maximum:above",
                        level="must",
                        rule="BOUNDARY-001",
                    ),
                ),
            ),
            self.exchange(
                "chat-n",
                {"messages": [{"role": "user", "content": "Say hi."}], "n": 0},
                expect="reject",
                points=self.points("n.minimum:below"),
                verdicts=refused,
                violations=(
                    Violation(
                        "",
                        "n 0 was answered with 500 Internal Server Error",
                        "400 or 422",
                        500,
                        "server-error",
                        "n.minimum:below",
                        level="must",
                        rule="BOUNDARY-001",
                    ),
                ),
                response=Response(500, (("content-type", "text/html"),), b"<h1>oops</h1>", None, 0.01, 0.02),
            ),
            self.streamed(
                "stream-1",
                (*chunks, "[DONE]"),
                verdicts={"CHAT-SSE-003": "violation", "CHAT-SSE-001": "pass"},
                violations=(
                    self.violation(
                        "CHAT-SSE-003",
                        pointer="/id",
                        message="the id changes in the middle of the stream",
                        expected="chatcmpl-1",
                        actual="chatcmpl-2",
                        reason="changed",
                        chunk=3,
                    ),
                ),
            ),
            self.broken(
                "stop-1",
                self.violation(
                    "CHAT-011",
                    pointer="/choices/0/message/content",
                    message="the text holds the stop sequence",
                    expected="no stop sequence in the text",
                    actual=HOSTILE,
                    reason="kept",
                ),
                {"messages": [{"role": "user", "content": "Say <script>."}], "stop": "<script>"},
                chat_answer(HOSTILE),
            ),
            *steps,
            ScenarioLine(
                scenario="seed-1",
                kind="chat.same-seed",
                document=DOCUMENT,
                operation=CHAT,
                cases=("seed-a", "seed-b"),
                verdicts={"CHAT-020": "violation"},
                violations=(
                    self.violation(
                        "CHAT-020",
                        pointer="/choices/0/message/content",
                        message="two answers to one seed differ",
                        expected="maple",
                        actual="cedar",
                        reason="differs",
                    ),
                ),
            ),
            self.broken(
                "hdr-1",
                self.violation(
                    "HTTP-004",
                    pointer="header:apim-request-id",
                    message="the header is missing",
                    expected="a request id",
                    actual=None,
                    reason="missing",
                ),
            ),
            self.broken(
                "drift-1",
                self.violation(
                    "SCHEMA-002",
                    pointer="/choices/0/message/annotations",
                    message="the document declares no annotations here",
                    expected=None,
                    actual=[],
                    reason="undeclared",
                ),
                answer=chat_answer(extra={"annotations": []}),
            ),
        ]
        return replace(
            calm,
            exchanges=(*calm.exchanges, *(e for e in extra if isinstance(e, ExchangeLine))),
            scenarios=tuple(e for e in extra if isinstance(e, ScenarioLine)),
            footer=self.footer(requests=len(calm.exchanges) + 20),
        )

    def interrupted(self) -> Record:
        """A run that Ctrl-C ended early, with a time-out before."""
        calm = self.conformant()
        lines = (*calm.exchanges[:9], self.failed("slow-1", points=self.points("n.maximum:above")))
        return replace(calm, exchanges=lines, footer=self.footer(interrupted=True, requests=12, seconds=61.2))


def chat_answer(content: str = "Hi.", total: int = 13, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """A chat completion."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1732136400,
        "model": "gpt-4o",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, "refusal": None, **(extra or {})},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": total},
    }


@pytest.fixture(scope="session")
def build() -> Build:
    return Build()
