"""Measure how many responses the emulator sends, beside a bare Starlette route, aimock and Prism.

    python -m benchmarks --only emulator
    python -m benchmarks.emulator_speed [--server fast|h11] [--rounds N] [--work NAME] [--peer NAME=URL]…

The bare route reads the body and sends a JSON response of the same size (or a stream of as many frames of the
same sizes) under the same server: `--server h11` is uvicorn with asyncio and h11, `fast` uvicorn with uvloop
and httptools. Servers run on one processor, the client on another. Each round measures every server, one
after the other, so that a busy machine slows all of them; the table has medians of the rounds. Bodies differ
from request to request, so nothing can be remembered from one to the next. The bare route sends the frames
of a stream one by one, the emulator several at once.

Two figures: requests per second of processor time of the server, which is what one process reaches when
nothing else runs, and responses per second as the client saw them, which depends on what else runs.

`--peer` measures any other server at a URL, such as aoai-api-simulator, which is on no package index.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.load_generator import CONNECTIONS, exchange, processor_seconds
from benchmarks.runner.measuring import ours, run_command
from benchmarks.runner.peers import PeerUnavailableError
from benchmarks.runner.rows import Row, Session

SERVER_CORE, CLIENT_CORE = 0, 1
API_VERSION = "2024-10-21"
_DOCUMENT = Path(__file__).parents[1] / f"specs/aoai_specs/documents/azure-openai/{API_VERSION}.yaml"


@dataclass(frozen=True)
class Work:
    """One kind of request: its path, the fields beside its text, and where the text is."""

    name: str
    deployment: str
    path: str
    requests: int

    def body(self, number: int) -> bytes:
        """Return the body of a request; each has its own text."""
        text = f"Request {number}: name three rivers, and say in one sentence where each of them ends."
        if self.path == "embeddings":
            return json.dumps({"input": text, "model": self.deployment}).encode()
        messages = [
            {"role": "system", "content": "You are a geographer who answers in short sentences."},
            {"role": "user", "content": text},
        ]
        fields = {"model": self.deployment, "messages": messages, "temperature": 0.5, "max_tokens": 200}
        if self.name == "chat, streamed":
            fields["stream"] = True
        return json.dumps(fields).encode()

    def requests_to(self, base: str) -> list[bytes]:
        """Return requests as they are sent to a server."""
        parts = urlsplit(base)
        path = f"{parts.path}/openai/deployments/{self.deployment}/{self.path}?api-version={API_VERSION}"
        bodies = [self.body(number) for number in range(self.requests)]
        return [
            (
                f"POST {path} HTTP/1.1\r\nhost: {parts.netloc}\r\naccept: application/json\r\n"
                f"user-agent: benchmark\r\napi-key: key\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\n\r\n"
            ).encode()
            + body
            for body in bodies
        ]


WORK = (
    Work("chat", "gpt-4o", "chat/completions", 1000),
    Work("chat, streamed", "gpt-4o", "chat/completions", 160),
    Work("embeddings", "text-embedding-3-small", "embeddings", 160),
)


@dataclass
class Sample:
    """What one server did in one round."""

    seconds: float
    processor: float
    responses: int


@dataclass
class Server:
    """A server that is measured; `process` is None for one that was not started here."""

    name: str
    url: str
    process: subprocess.Popen[str] | None = None
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    failure: dict[str, str] = field(default_factory=dict)


def measure_once(server: Server, work: Work) -> None:
    """Measure a server once."""
    if work.name in server.failure:
        return
    before = processor_seconds(server.process)
    try:
        seconds, _ = exchange(server.url, work.requests_to(server.url))
    except (ValueError, OSError) as error:
        server.failure[work.name] = str(error).splitlines()[0] if str(error) else type(error).__name__
        return
    used = processor_seconds(server.process) - before
    server.samples.setdefault(work.name, []).append(Sample(seconds, used, work.requests))


def start(command: Sequence[str], ready: str | None) -> tuple[subprocess.Popen[str], str]:
    """Start a server on its processor; return it with the rest of the line that says it is ready."""
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    finally:
        os.sched_setaffinity(0, {CLIENT_CORE})
    assert process.stdout is not None
    if ready is None:
        return process, ""
    for line in process.stdout:
        if ready in line:
            return process, line.partition(ready)[2].strip()
    raise SystemExit(f"{command[0]} ended before it was ready.")


def wait_for(port: int) -> None:
    """Wait until something listens on a port."""
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit(f"Nothing listens on port {port}.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# The servers


def run_ours(kind: str) -> None:
    """Serve the emulator as the command line does, with one of the two servers."""
    from aoai_emulator import choose_documents
    from aoai_emulator.server import serve
    from aoai_emulator.settings import Settings

    settings = Settings(documents=choose_documents((), (), ()), versions="nearest", has_control=True)
    serve(settings, fast=kind == "fast")


def run_bare(kind: str, sizes: dict[str, list[int]]) -> None:
    """Serve routes that read the body and respond with as many bytes, under the emulator's server."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response, StreamingResponse
    from starlette.routing import Route

    from aoai_emulator.server import listen

    texts = {name: {"text": "x" * (size - len('{"text":""}'))} for name, (size, *_) in sizes.items()}
    frames = [b"data: " + b"x" * (size - 8) + b"\n\n" for size in sizes["chat, streamed"]]

    async def chat(request: Request) -> Response:
        fields = await request.json()
        if fields.get("stream"):
            return StreamingResponse(stream(), media_type="text/event-stream")
        return JSONResponse(texts["chat"])

    async def stream() -> AsyncIterator[bytes]:
        for frame in frames:
            yield frame

    async def embeddings(request: Request) -> Response:
        await request.json()
        return JSONResponse(texts["embeddings"])

    base = "/openai/deployments/{deployment}"
    routes = [
        Route(f"{base}/chat/completions", chat, methods=["POST"]),
        Route(f"{base}/embeddings", embeddings, methods=["POST"]),
    ]
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(
        Starlette(routes=routes),
        http="httptools" if kind == "fast" else "h11",
        loop="uvloop" if kind == "fast" else "asyncio",
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
    )
    print(f"ready at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


def sizes_of(ours: Server) -> dict[str, list[int]]:
    """Return the size of each response of the emulator: of its body, or of each frame of the stream."""
    sizes = {}
    for work in WORK:
        _, response = exchange(ours.url, work.requests_to(ours.url)[:CONNECTIONS])
        body = response.partition(b"\r\n\r\n")[2]
        frames = re.findall(rb"data: .*\n\n", body)
        sizes[work.name] = [len(frame) for frame in frames] or [len(body)]
    return sizes


def start_aimock(program: Path, scratch: Path) -> Server:
    """Start aimock with one response for everything."""
    fixtures = [
        {"match": {"endpoint": "chat"}, "response": {"content": "Hello from the mock. " * 8}},
        {"match": {"endpoint": "embedding"}, "response": {"embedding": [0.6, 0.8] * 768}},
    ]
    (scratch / "fixtures.json").write_text(json.dumps({"fixtures": fixtures}), encoding="utf-8")
    configuration = {"llm": {"fixtures": str(scratch / "fixtures.json")}}
    (scratch / "aimock.json").write_text(json.dumps(configuration), encoding="utf-8")
    port = free_port()
    command = [str(program), "--config", str(scratch / "aimock.json"), "--port", str(port)]
    process, _ = start(command, None)
    wait_for(port)
    return Server("aimock", f"http://127.0.0.1:{port}", process)


def start_prism(program: Path, scratch: Path) -> Server:
    """Start Prism with our document."""
    shown = run_command([ours(), "specs", "show", API_VERSION, "--format", "json"])
    document = json.loads(shown.stdout)
    document["paths"] = {f"/openai{path}": item for path, item in document["paths"].items()}
    (scratch / "document.json").write_text(json.dumps(document), encoding="utf-8")
    port = free_port()
    command = [str(program), "mock", str(scratch / "document.json"), "--port", str(port)]
    process, _ = start([*command, "--verboseLevel", "error"], None)
    wait_for(port)
    return Server("prism", f"http://127.0.0.1:{port}", process)


#: The peers from npm: the function that starts each.
PEERS = {"aimock": start_aimock, "prism": start_prism}


def measure_all(
    servers: Sequence[Server], works: Sequence[Work], rounds: int, say: Callable[[str], None]
) -> None:
    """Measure every server in each round, after one round to warm up."""
    for number in range(rounds + 1):
        say(f"round {number} of {rounds}" if number else "warming up")
        for work in works:
            for server in servers if number % 2 == 0 else reversed(servers):
                measure_once(server, work)
        if number == 0:
            for server in servers:
                server.samples.clear()


def start_own(kind: str) -> Iterator[Server]:
    """Start the emulator and the bare route."""
    again = [sys.executable, "-m", "benchmarks.emulator_speed", "--server", kind, "--serve"]
    process, url = start([*again, "ours"], "ready at ")
    own = Server("ours", url, process)
    yield own
    process, url = start([*again, "bare", "--sizes", json.dumps(sizes_of(own))], "ready at ")
    yield Server("bare route", url, process)


def measure(session: Session) -> Iterator[Row]:
    """Yield a row for each kind of request and each server beside ours."""
    remarks: dict[str, str] = {}
    before = os.sched_getaffinity(0)
    servers: list[Server] = []
    try:
        servers.extend(start_own("fast"))
        for name, start_peer in PEERS.items():
            try:
                servers.append(start_peer(session.peers.program(name, name), session.folder))
            except PeerUnavailableError as error:
                remarks[name] = str(error)
        measure_all(servers, WORK, session.rounds, session.say)
    finally:
        os.sched_setaffinity(0, before)
        for server in servers:
            if server.process is not None:
                server.process.terminate()
                server.process.wait()
    unit = "responses per s of processor time"
    for work in WORK:
        own = [each.responses / each.processor for each in servers[0].samples[work.name]]
        for server in servers[1:]:
            rates = [each.responses / each.processor for each in server.samples.get(work.name, ())]
            title = session.peers.title(server.name) if server.name in PEERS else server.name
            yield Row(work.name, unit, own, rates, title, server.failure.get(work.name, "")[:80])
        for name, remark in remarks.items():
            yield Row(work.name, unit, own, (), session.peers.title(name), remark)
    with contextlib.suppress(PeerUnavailableError):
        session.peers.folder("aoai-api-simulator")
    yield Row("all", unit, (), (), "aoai-api-simulator", session.peers.failures["aoai-api-simulator"])


def version_of(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def machine(kind: str) -> str:
    """Describe what is measured on."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    packages = ["uvicorn", "starlette", *(["uvloop", "httptools"] if kind == "fast" else ["h11"])]
    processor = model[1] if model else platform.machine()
    return (
        f"{processor}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, {', '.join(map(version_of, packages))}; "
        f"{CONNECTIONS} connections"
    )


def table(servers: Sequence[Server], works: Sequence[Work]) -> Iterator[str]:
    """Yield the lines of the table: medians, also of the ratios to the bare route in each round."""
    bare = servers[1]
    yield "| request | server | responses a processor second | of the bare route | responses a second |"
    yield "|---|---|---:|---:|---:|"
    for work in works:
        for server in servers:
            if work.name in server.failure:
                yield f"| {work.name} | {server.name} | {server.failure[work.name][:60]} | | |"
                continue
            samples = server.samples[work.name]
            rate = statistics.median(each.responses / each.seconds for each in samples)
            if server.process is None:
                yield f"| {work.name} | {server.name} | | | {rate:,.0f} |"
                continue
            ratio = statistics.median(
                base.processor / mine.processor
                for base, mine in zip(bare.samples[work.name], samples, strict=True)
            )
            own = statistics.median(each.responses / each.processor for each in samples)
            yield f"| {work.name} | {server.name} | {own:,.0f} | {ratio:.0%} | {rate:,.0f} |"


def main() -> None:
    """Measure every server in turn, and print a table."""
    parser = argparse.ArgumentParser(description="Measure the emulator beside a bare route.")
    parser.add_argument("--server", choices=["fast", "h11"], default="fast")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--work", action="append", choices=[work.name for work in WORK])
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=URL")
    parser.add_argument("--serve", choices=["ours", "bare"], help=argparse.SUPPRESS)
    parser.add_argument("--sizes", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve == "ours":
        run_ours(options.server)
        return
    if options.serve == "bare":
        run_bare(options.server, options.sizes)
        return
    works = [work for work in WORK if not options.work or work.name in options.work]
    servers: list[Server] = []
    try:
        servers.extend(start_own(options.server))
        for peer in options.peer:
            name, _, url = peer.partition("=")
            servers.append(Server(name, url.rstrip("/")))
        measure_all(servers, works, options.rounds, lambda text: print(text, file=sys.stderr))
    finally:
        for server in servers:
            if server.process is not None:
                server.process.terminate()
    print(machine(options.server))
    print("\n".join(table(servers, works)))


if __name__ == "__main__":
    main()
