"""Answers from data sources, plain and streamed, valid and invalid."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from flows_by_hand import NOW, FlowExample, Sent

EXTENSION = "azure-openai@2023-12-01-preview"
#: Judged alone, under a kind of scenario that no rule is about.
_N = "none"

FOUND = json.dumps({"citations": [{"content": "A fox.", "title": "Foxes"}], "intent": "[]"})


def grounded(content: str = "A fox [doc1].", **choice: Any) -> dict[str, Any]:
    return {
        "id": "x-1",
        "object": "chat.completion",
        "created": NOW,
        "model": "",
        "choices": [
            {
                "index": 0,
                "messages": [
                    {"role": "tool", "content": FOUND, "end_turn": False},
                    {"role": "assistant", "content": content, "end_turn": True},
                ],
                **choice,
            }
        ],
    }


_SOURCE = {
    "type": "AzureCognitiveSearch",
    "parameters": {"endpoint": "https://example.com", "key": "k", "indexName": "i", "topNDocuments": 2},
}
_QUESTION = {"messages": [{"role": "user", "content": "What?"}], "dataSources": [_SOURCE]}
SEARCHED = [Sent("extension-chat", grounded(), sent=_QUESTION, document=EXTENSION)]
_M = "answer.choices.0.messages"


def with_tool(content: str) -> dict[str, Any]:
    return {"role": "tool", "content": content, "end_turn": False}


EXTENSION_EXAMPLES = [
    FlowExample("EXTENSION-001", "the tool speaks", _N, SEARCHED, 0, {f"{_M}.0.role": "user"}, "no tool"),
    FlowExample("EXTENSION-002", "in JSON", _N, SEARCHED, 0, {f"{_M}.0": with_tool("words")}, "no json"),
    FlowExample("EXTENSION-002", "it cites", _N, SEARCHED, 0, {f"{_M}.0": with_tool("{}")}, "no citations"),
    FlowExample(
        "EXTENSION-002",
        "contents",
        _N,
        SEARCHED,
        0,
        {f"{_M}.0": with_tool('{"citations": [{"title": "x"}]}')},
        "no content",
    ),
    FlowExample("EXTENSION-003", "the assistant answers", _N, SEARCHED, 0, {f"{_M}.1.role": "user"}),
    FlowExample("EXTENSION-004", "the last ends", _N, SEARCHED, 0, {f"{_M}.1.end_turn": False}),
    FlowExample("EXTENSION-004", "no other does", _N, SEARCHED, 0, {f"{_M}.0.end_turn": True}),
    FlowExample(
        "EXTENSION-009",
        "with an intent",
        _N,
        SEARCHED,
        0,
        {f"{_M}.0": with_tool('{"citations": [{"content": "A fox."}]}')},
    ),
    FlowExample(
        "EXTENSION-010",
        "not too many",
        _N,
        SEARCHED,
        0,
        {f"{_M}.0": with_tool(json.dumps({"citations": [{"content": "x"}] * 3, "intent": ""}))},
    ),
    FlowExample(
        "EXTENSION-011",
        "not none",
        _N,
        SEARCHED,
        0,
        {f"{_M}.0": with_tool('{"citations": [], "intent": ""}')},
    ),
    FlowExample(
        "EXTENSION-014", "created in seconds", _N, SEARCHED, 0, {"answer.created": 1_700_000_000_000}
    ),
    FlowExample("EXTENSION-005", "cited is cited", _N, SEARCHED, 0, {f"{_M}.1.content": "A fox [doc2]."}),
    FlowExample("EXTENSION-015", "one choice", _N, SEARCHED, 0, {"answer.choices": []}, "count"),
    FlowExample("EXTENSION-015", "the first", _N, SEARCHED, 0, {"answer.choices.0.index": 1}, "index"),
    FlowExample(
        "EXTENSION-016", "a reason", _N, SEARCHED, 0, {"answer.choices.0.finish_reason": "done"}, "unknown"
    ),
    FlowExample(
        "EXTENSION-016", "not none", _N, SEARCHED, 0, {"answer.choices.0.finish_reason": ""}, "unknown"
    ),
]


def events(*messages: dict[str, Any], done: bool = False, **head: Any) -> bytes:
    first = {"id": "x-1", "object": "extensions.chat.completion.chunk", "created": NOW, "model": ""}
    chunks = [{**first, **head, "choices": [{"index": 0, "messages": [message]}]} for message in messages]
    text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return (text + ("data: [DONE]\n\n" if done else "")).encode()


def with_head(*messages: dict[str, Any], **head: Any) -> bytes:
    """A stream whose last chunk has another head than the others."""
    return events(*messages[:-1]) + events(messages[-1], **head)


def tool(content: str) -> dict[str, Any]:
    return {"index": 0, "delta": {"role": "tool", "content": content}, "end_turn": False}


TOOL = tool(FOUND)
WORDS = {"index": 1, "delta": {"role": "assistant", "content": "A fox [doc1]."}, "end_turn": False}
END = {"index": 2, "delta": {"content": "[DONE]"}, "end_turn": True}


def streamed(content: bytes) -> Sent:
    sent = {**_QUESTION, "stream": True}
    return Sent("extension-chat", content, sent=sent, content_type="text/event-stream", document=EXTENSION)


def piece(content: str, role: str | None = None) -> dict[str, Any]:
    delta = {"content": content} if role is None else {"role": role, "content": content}
    return {"index": 1, "delta": delta, "end_turn": False}


def ended(*reasons: str | None) -> bytes:
    """A stream of as many choices' pieces as there are reasons."""
    head = {"id": "x-1", "object": "extensions.chat.completion.chunk", "created": NOW, "model": ""}
    said = [TOOL, piece("A fox", "assistant"), piece(" [doc1]."), END]
    chunks = [
        {**head, "choices": [{"index": 0, "messages": [message], "finish_reason": reason}]}
        for message, reason in zip(said, reasons, strict=True)
    ]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode()


STREAMED = [streamed(events(TOOL, WORDS, END))]
PIECES = [streamed(ended(None, None, None, "stop"))]
STREAM_EXAMPLES = [
    FlowExample("EXTENSION-006", "it ends", _N, STREAMED, 0, {"answer": events(TOOL, WORDS)}, "missing"),
    FlowExample(
        "EXTENSION-006",
        "with the turn",
        _N,
        STREAMED,
        0,
        {"answer": events(TOOL, WORDS, {**END, "end_turn": False})},
        "end_turn",
    ),
    FlowExample("EXTENSION-007", "it speaks", _N, STREAMED, 0, {"answer": events(WORDS, END)}, "no tool"),
    FlowExample("EXTENSION-007", "first", _N, STREAMED, 0, {"answer": events(WORDS, TOOL, END)}, "order"),
    FlowExample(
        "EXTENSION-012",
        "one id",
        _N,
        STREAMED,
        0,
        {"answer": events(TOOL, WORDS, END).replace(b"x-1", b"x-2", 1)},
    ),
    FlowExample(
        "EXTENSION-013",
        "one end",
        _N,
        STREAMED,
        0,
        {"answer": events(TOOL, {**WORDS, "end_turn": True}, END)},
    ),
    FlowExample(
        "EXTENSION-008", "in order", _N, STREAMED, 0, {"answer": events(TOOL, {**WORDS, "index": 3}, END)}
    ),
    FlowExample(
        "EXTENSION-008",
        "each",
        _N,
        STREAMED,
        0,
        {"answer": events(TOOL, {**WORDS, "index": None}, END)},
        "unnumbered",
    ),
    FlowExample(
        "EXTENSION-013",
        "all said before",
        _N,
        STREAMED,
        0,
        {"answer": events({**TOOL, "end_turn": True}, WORDS, {**END, "end_turn": False})},
        "goes on",
    ),
    FlowExample("EXTENSION-012", "in each", _N, STREAMED, 0, {"answer": with_head(TOOL, WORDS, END, id="")}),
    FlowExample(
        "EXTENSION-017",
        "a chunk",
        _N,
        STREAMED,
        0,
        {"answer": events(TOOL, WORDS, END, object="chat.completion")},
        "unknown",
    ),
    FlowExample(
        "EXTENSION-017",
        "one object",
        _N,
        STREAMED,
        0,
        {"answer": with_head(TOOL, WORDS, END, object="chat.completion.chunk")},
        "changes",
    ),
    FlowExample(
        "EXTENSION-018", "one time", _N, STREAMED, 0, {"answer": with_head(TOOL, WORDS, END, created=NOW + 1)}
    ),
    FlowExample(
        "EXTENSION-019",
        "who speaks",
        _N,
        STREAMED,
        0,
        {"answer": events(TOOL, piece("A fox."), END)},
        "missing",
    ),
    FlowExample(
        "EXTENSION-019",
        "before",
        _N,
        STREAMED,
        0,
        {"answer": events(TOOL, piece("A"), piece(" fox.", "assistant"), END)},
        "late",
    ),
    FlowExample(
        "EXTENSION-019",
        "one speaker",
        _N,
        STREAMED,
        0,
        {"answer": events(TOOL, WORDS, piece(" So.", "tool"), END)},
        "changes",
    ),
    FlowExample(
        "EXTENSION-019",
        "no other",
        _N,
        STREAMED,
        0,
        {"answer": events(TOOL, piece("A fox.", "user"), END)},
        "other role",
    ),
    FlowExample(
        "EXTENSION-020", "once", _N, PIECES, 0, {"answer": ended(None, None, "stop", "stop")}, "twice"
    ),
    FlowExample(
        "EXTENSION-020",
        "at the end",
        _N,
        PIECES,
        0,
        {"answer": ended(None, "stop", None, None)},
        "after the end",
    ),
    FlowExample("EXTENSION-003", "in a stream", _N, STREAMED, 0, {"answer": events(TOOL, END)}),
    FlowExample(
        "EXTENSION-005",
        "in a stream",
        _N,
        STREAMED,
        0,
        {"answer": events(TOOL, piece("A fox [do", "assistant"), piece("c7]."), END)},
    ),
    FlowExample("EXTENSION-002", "in a stream", _N, STREAMED, 0, {"answer": events(tool("{}"), WORDS, END)}),
    FlowExample(
        "EXTENSION-014", "in a stream", _N, STREAMED, 0, {"answer": events(TOOL, WORDS, END, created=7)}
    ),
]

_SAME = "extension-chat.stream-against-plain"
_SAID = [TOOL, piece("A", "assistant"), piece(" red"), piece(" fox"), piece(" [doc1]."), END]
BOTH = [replace(SEARCHED[0], answer=grounded("A red fox [doc1].")), streamed(events(*_SAID))]
OTHER = json.dumps({"citations": [{"content": "A hen.", "title": "Hens"}], "intent": "[]"})


def without(*places: int) -> dict[str, Any]:
    return {"answer": events(*(each for place, each in enumerate(_SAID) if place not in places))}


PAIR_EXAMPLES = [
    FlowExample("EXTENSION-PAIR-001", "all of it", _SAME, BOTH, 1, without(3), "lost"),
    FlowExample(
        "EXTENSION-PAIR-001",
        "no more",
        _SAME,
        BOTH,
        1,
        {"answer": events(*_SAID[:3], *_SAID[2:])},
        "doubled",
    ),
    FlowExample(
        "EXTENSION-PAIR-001",
        "in order",
        _SAME,
        BOTH,
        1,
        {"answer": events(*_SAID[:2], _SAID[3], _SAID[2], *_SAID[4:])},
        "swapped",
    ),
    FlowExample(
        "EXTENSION-PAIR-001",
        "as it is written",
        _SAME,
        BOTH,
        1,
        {"answer": events(*_SAID[:2], piece(" RED"), *_SAID[3:])},
        "altered",
    ),
    FlowExample(
        "EXTENSION-PAIR-002", "the same", _SAME, BOTH, 1, {"answer": events(tool(OTHER), *_SAID[1:])}
    ),
    FlowExample(
        "EXTENSION-PAIR-003",
        "one reason",
        _SAME,
        [
            replace(SEARCHED[0], answer=grounded(finish_reason="stop")),
            streamed(ended(None, None, None, "stop")),
        ],
        1,
        {"answer": ended(None, None, None, "length")},
    ),
]

EXAMPLES = [*EXTENSION_EXAMPLES, *STREAM_EXAMPLES, *PAIR_EXAMPLES]
