"""Files of requests, one in a line, as a batch reads them: small valid ones, and some broken in one respect.

The lines name a deployment of the target's by the mark of `Taken.deployment`, since whoever plans does not
know what the target calls it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from aoai_model.case import Placeholder
from aoai_model.serialization import Json
from aoai_strategies.requests.media import MediaFile

#: What an operation's lines say beside the model: short, and cheap to answer.
_BODIES: Mapping[str, dict[str, Json]] = {
    "chat": {"messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 4},
    "completions": {"prompt": "Say hi.", "max_tokens": 4},
    "embeddings": {"input": "hi"},
}
#: The endpoint that serves each kind of operation in a batch.
ENDPOINTS: Mapping[str, str] = {
    "chat": "/chat/completions",
    "completions": "/completions",
    "embeddings": "/embeddings",
}
#: The parts of a file that is sent in parts; each is a whole line, so that together they are such a file too.
PART = b'{"messages": [{"role": "user", "content": "One?"}, {"role": "assistant", "content": "1"}]}\n'
SECOND_PART = b'{"messages": [{"role": "user", "content": "Two?"}, {"role": "assistant", "content": "2"}]}\n'


def request_line(number: int, kind: str = "chat", url: str | None = None, **fields: Json) -> str:
    """One request of a batch, with its line end; `fields` are put into the body."""
    body: dict[str, Json] = {"model": Placeholder.deployment(kind).mark, **_BODIES[kind], **fields}
    line = {"custom_id": f"request-{number}", "method": "POST", "url": url or ENDPOINTS[kind], "body": body}
    return json.dumps(line) + "\n"


def requests_file(count: int, kind: str = "chat") -> MediaFile:
    """A file of `count` requests that all can be answered, each for one vector more than the one before."""
    if kind == "embeddings":
        return _file(request_line(number, kind, input=["hi"] * number) for number in range(1, count + 1))
    return _file(request_line(number, kind) for number in range(1, count + 1))


def file_with_wrong_requests() -> MediaFile:
    """A file that is right line by line; the second of its three requests breaks the contract of chat."""
    return _file([request_line(1), request_line(2, messages="Say hi."), request_line(3)])


def broken_files() -> dict[str, MediaFile]:
    """Files that no batch can be made of, by what is wrong with them."""
    good = request_line(1)
    without_id = json.loads(request_line(2))
    del without_id["custom_id"]
    return {
        "broken-line": _file([good, good[: len(good) // 2] + "\n", request_line(3)]),
        "no-custom-id": _file([good, json.dumps(without_id) + "\n"]),
        "duplicate-custom-id": _file([good, request_line(2), good]),
        "wrong-url": _file([good, request_line(2, url="/embeddings")]),
        "empty-file": _file([]),
    }


def _file(lines: Iterable[str]) -> MediaFile:
    return MediaFile("requests.jsonl", "application/jsonl", "".join(lines).encode())
