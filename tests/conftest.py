"""Servers on loopback, scripted ones and the emulator, and the document."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from aoai_conformance.target import selection
from aoai_emulator import parse_deployments
from aoai_emulator.server import EmulatorServer, address_of, listen, make_server
from aoai_emulator.settings import Settings
from aoai_model.case import Plan
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_specs.versions import DocumentName
from aoai_strategies.planning.planning import plan
from aoai_strategies.points.points import OperationPoints

sys.path.insert(0, str(Path(__file__).parent))

from forked_processes import AVAILABLE, Forks, forked_processes

pytest_plugins = ["sharing_workers"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let idle workers take tests from busy ones, unless the command line chooses another way.

    Forget the CI system that runs the tests.
    """
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "TF_BUILD"):
        os.environ.pop(name, None)  # commands print more in a CI system
    chosen = any(str(each).startswith("--dist") for each in config.invocation_params.args)
    if not chosen and getattr(config.option, "dist", "no") == "load":
        config.option.dist = "worksteal"


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """With `-n auto`, use one worker more than there are processors: some tests wait for servers."""
    return (yield) + 1


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name bytes after their parameter: compressed bytes hold the time, and workers must name tests alike."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile modules once, into pytest's cache, where the environment forbids `.pyc` files beside them.

    Workers and the processes that tests start inherit this; otherwise each of them compiles every module.
    """
    cache = getattr(session.config, "cache", None)
    if not sys.dont_write_bytecode or cache is None:
        return
    folder = cache.mkdir("bytecode")
    for installed in (Path(os.__file__).parent, Path(pytest.__file__).parent.parent):
        share_bytecode(installed, folder)
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(folder)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def share_bytecode(installed: Path, folder: Path) -> None:
    """Link the `.pyc` files of installed packages into a folder for bytecode, where Python looks for them."""
    shared = folder / installed.relative_to(installed.anchor)
    if shared.exists():
        return
    for where, inner, names in os.walk(installed):
        inner[:] = [each for each in inner if each not in {"site-packages", "test", "tests"}]
        if Path(where).name == "__pycache__":
            place = shared / Path(where).parent.relative_to(installed)
            place.mkdir(parents=True, exist_ok=True)
            for name in names:
                with suppress(OSError):  # another file system: Python compiles the module again
                    os.link(os.path.join(where, name), place / name)  # noqa: PTH118 - thousands of them


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems() -> None:
    """Draw no constants from our modules: Hypothesis would parse all of them in each worker of a clone."""
    providers = sys.modules.get("hypothesis.internal.conjecture.providers")
    if hasattr(providers, "_get_local_constants") and hasattr(providers, "_local_constants"):
        none = providers._local_constants
        providers._get_local_constants = lambda: none


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Exempt what is collected from garbage collection, which would visit it again and again.

    Collect what tests leave behind less often than usual: they make documents, plans and records of many
    objects, and few cycles.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Collect garbage once: pytest does so five times, to find errors in finalizers."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test, nor a process that one starts, writes into the history or the cache of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def forks(_data_folder: None) -> Iterator[Forks | None]:
    """What starts an emulator in this process forks it from one that has imported everything."""
    with forked_processes() if AVAILABLE else nullcontext() as forks:
        yield forks


@dataclass(frozen=True)
class Received:
    """A request, and the number of the connection that it came on."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int = 0

    @property
    def json(self) -> object:
        return json.loads(self.body)


#: What to do: bytes are written, a number of seconds is slept, None breaks the connection off.
Script = list[bytes | float | None]


def reply(
    status: int = 200,
    body: object = b"",
    headers: Mapping[str, str] | None = None,
    *,
    content_type: str = "application/json",
) -> bytes:
    """A whole response; a body that is not bytes goes as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Content-Type": content_type, "Content-Length": str(len(content)), **(headers or {})}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@dataclass
class ScriptedServer:
    """Answers each request by calling `answer` and keeps what it received."""

    answer: Callable[[Received], Script]
    received: list[Received] = field(default_factory=list)
    url: str = ""
    connections: int = 0
    tls: ssl.SSLContext | None = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._serve_one(reader, writer, number):
                pass
        writer.close()

    async def _serve_one(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int
    ) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *rest = head.rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Received(method, target, headers, body, connection)
        self.received.append(request)
        for step in self.answer(request):
            if step is None:
                writer.transport.abort()
                return False
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            else:
                await asyncio.sleep(step)
        return True

    def run(self, started: threading.Event, stop: threading.Event) -> None:
        async def serve() -> None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
            host, port = server.sockets[0].getsockname()[:2]
            self.url = f"{'http' if self.tls is None else 'https'}://{host}:{port}"
            started.set()
            while not stop.is_set():
                await asyncio.sleep(0.01)
            server.close()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run(serve())


Serve = Callable[..., ScriptedServer]


@pytest.fixture(name="reply")
def reply_fixture() -> Callable[..., bytes]:
    return reply


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a scripted server on a free loopback port, with TLS if it has settings; it ends with the test."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def start(answer: Callable[[Received], Script], tls: ssl.SSLContext | None = None) -> ScriptedServer:
        server = ScriptedServer(answer, tls=tls)
        started = threading.Event()
        thread = threading.Thread(target=server.run, args=(started, stop), daemon=True)
        thread.start()
        threads.append(thread)
        assert started.wait(120)
        return server

    yield start
    stop.set()
    for thread in threads:
        thread.join(10)


@pytest.fixture(scope="session")
def document() -> Document:
    return Catalogue.packaged().load("azure-openai@2024-10-21")


@pytest.fixture(scope="session")
def chat(document: Document) -> Operation:
    return document.operation("ChatCompletions_Create")


@pytest.fixture(scope="session")
def describe() -> Callable[..., Operation]:
    """Makes an operation whose request body has the given schema."""

    def made(
        schema: dict[str, Any],
        *,
        path: str = "/things",
        media_type: str = "application/json",
        components: dict[str, Any] | None = None,
        parameters: list[dict[str, Any]] | None = None,
        openapi: str = "3.0.0",
    ) -> Operation:
        content = {
            "openapi": openapi,
            "info": {"title": "Made up", "version": "2024-10-21"},
            "security": [{"apiKey": []}],
            "paths": {
                path: {
                    "post": {
                        "operationId": "Things_Create",
                        "parameters": parameters or [],
                        "requestBody": {"required": True, "content": {media_type: {"schema": schema}}},
                        "responses": {"200": {"description": "OK"}},
                    }
                }
            },
            "components": {
                "schemas": components or {},
                "securitySchemes": {"apiKey": {"type": "apiKey", "in": "header", "name": "api-key"}},
            },
        }
        made_up = Document(DocumentName.parse("azure-openai@2024-10-21"), content)
        return made_up.operation("Things_Create")

    return made


@pytest.fixture(scope="session", autouse=True)
def _derive_points_once() -> Iterator[None]:
    """Derive the points of an operation once per process: that is most of the work of planning."""
    derive = OperationPoints._all.func  # type: ignore[attr-defined]
    kept = lru_cache(maxsize=64)(lambda operation: derive(OperationPoints.of(operation)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OperationPoints, "_all", property(lambda points: kept(points.requests.operation)))
        yield


@pytest.fixture(scope="session")
def plans() -> dict[tuple[object, ...], Plan]:
    """The plans that `plan_once` keeps, by document and choices."""
    return {}


@pytest.fixture(scope="module")
def plan_once(plans: dict[tuple[object, ...], Plan]) -> Iterator[None]:
    """Plan once for all runs in this process that choose the same cases; plans are immutable."""

    def planned(document: Document, **choices: Any) -> Plan:
        key = (document, *((name, str(value)) for name, value in choices.items()))
        if key not in plans:
            plans[key] = plan(document, **choices)
        return plans[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection, "plan", planned)
        yield


@pytest.fixture(scope="module")
def summary_alone() -> Iterator[None]:
    """Write only summary.json beside the record of a run, for tests that read no other report."""
    from aoai_reports.formats import folder  # with all that reads records, which few tests need

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "RUN_REPORTS", {"json": folder.RUN_REPORTS["json"]})
        yield


@dataclass
class Work:
    """How many functions were called, in Python and in C: a cost that is the same on every machine."""

    calls: int = 0


@contextmanager
def counted() -> Iterator[Work]:
    """Count the calls that this thread makes; they are known when the block ends."""
    work, count = Work(), 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    sys.setprofile(note)
    try:
        yield work
    finally:
        sys.setprofile(None)
        work.calls = count


@pytest.fixture(scope="session")
def count_calls() -> Callable[[], AbstractContextManager[Work]]:
    return counted


@contextmanager
def ended_after(seconds: int) -> Iterator[None]:
    """Fail if the block does not end in time: a bound far above its usual time, for what might never end."""

    def stop(*_: object) -> None:
        pytest.fail(f"it did not end within {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def end_after() -> Callable[[int], AbstractContextManager[None]]:
    return ended_after


ServeEmulator = Callable[..., str]


@pytest.fixture
def serve_emulator(document: Document) -> Iterator[ServeEmulator]:
    """Start emulators on free loopback ports; they end with the test.

    `serve_emulator("prod=gpt-5.6", flavour="strict")` has one deployment, of that model; without any it has
    the usual ones. Further arguments are those of Settings.
    """
    running: list[tuple[EmulatorServer, threading.Thread, socket.socket]] = []

    def start(*deployments: str, **settings: Any) -> str:
        chosen = {"documents": (document,), "deployments": parse_deployments(deployments), **settings}
        server = make_server(Settings(**chosen))
        listener = listen("127.0.0.1", 0)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread, listener))
        return address_of(listener)

    yield start
    for server, _, _ in running:
        server.should_exit = True
    for _, thread, listener in running:
        thread.join(10)
        listener.close()


@pytest.fixture
def served(serve_emulator: ServeEmulator) -> str:
    """The address of an emulator that listens on a free loopback port."""
    return serve_emulator()
