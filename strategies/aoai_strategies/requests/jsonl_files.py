"""Input files of batches, one request per line: small valid ones, and files with one error each.

The lines contain placeholders for the names of deployments, which planning does not know.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from aoai_model.case import Placeholder
from aoai_model.serialization import Json
from aoai_strategies.requests.media import MediaFile

#: The body of a line without its model: short and cheap.
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
#: The parts of a file that is uploaded in parts; each is a whole line, so that together they are valid too.
PART = b'{"messages": [{"role": "user", "content": "One?"}, {"role": "assistant", "content": "1"}]}\n'
SECOND_PART = b'{"messages": [{"role": "user", "content": "Two?"}, {"role": "assistant", "content": "2"}]}\n'


def request_line(number: int, kind: str = "chat", url: str | None = None, **fields: Json) -> str:
    """One line of a batch input file; `fields` are added to the body."""
    body: dict[str, Json] = {"model": Placeholder.deployment(kind).mark, **_BODIES[kind], **fields}
    line = {"custom_id": f"request-{number}", "method": "POST", "url": url or ENDPOINTS[kind], "body": body}
    return json.dumps(line) + "\n"


def requests_file(count: int, kind: str = "chat") -> MediaFile:
    """A file of `count` valid requests; each one for embeddings has one input more."""
    if kind == "embeddings":
        return _file(request_line(number, kind, input=["hi"] * number) for number in range(1, count + 1))
    return _file(request_line(number, kind) for number in range(1, count + 1))


def file_with_wrong_requests() -> MediaFile:
    """A well-formed file of three requests, the second of which is invalid for chat."""
    return _file([request_line(1), request_line(2, messages="Say hi."), request_line(3)])


def broken_files() -> dict[str, MediaFile]:
    """Files that are not valid input of a batch, by their error."""
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
