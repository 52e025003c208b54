"""Time the path from recorded streams to verdicts beside `json.loads` on the same chunks.

    python -m benchmarks.judging [KIND…] [--chunks N…] [--rounds N] [--profile]

prints, for each kind of stream and number of chunks, the processor time per chunk of reading the record and
of judging it by every rule, how many times that of `json.loads` both take, what the first short stream of
the kind takes in a process (validators that are built once), and the peak memory. Each
measurement has a process of its own; both sides alternate, and the least of all rounds counts, because the
processor time of the same work differs by half on a shared core. A line of a record holds at most 256 MiB, so
that more chunks are spread over several exchanges. `--profile` prints the functions that take the most time,
too.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import pstats
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.runner.rows import Row, Session

from aoai_conformance.engine.sse import read_events
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge, JudgedExchange
from aoai_conformance.recording.record_lines import exchange_line
from aoai_conformance.recording.recorded import exchange_of
from aoai_conformance.rule import rules
from aoai_model.case import Case, JsonBody, PlannedRequest
from aoai_model.exchange import Request, Response
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import read_lines
from aoai_reports.record.writer import line_bytes
from aoai_specs.catalogue import Catalogue

DOCUMENT = "azure-openai@2024-10-21"
#: The most chunks of one exchange.
LONGEST = 100_000
SIZES = (1_000, 10_000, 100_000, 1_000_000)
_HEAD = {
    "id": "chatcmpl-9zXyAbCdEfGhIjKlMnOpQrStUvWx",
    "object": "chat.completion.chunk",
    "created": 1_730_000_000,
    "model": "gpt-4o-2024-08-06",
    "system_fingerprint": "fp_67802d9a6d",
}
_SAFE = {
    name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")
}
_WORDS = ("The", "quick", "fox", "jumps", "over", "a", "lazy", "dog", ",", '"', "said", "\n", "é", "好")

Delta = dict[str, Any]


def _chunk(delta: Delta, finish_reason: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason, **more}
    return {**_HEAD, "choices": [choice]}


def _called(number: int, word: str) -> dict[str, Any]:
    start = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": ""}}
    added = start if number == 0 else {"function": {"arguments": word}}
    return _chunk({"tool_calls": [{"index": 0, **added}]})


def _scored(number: int, word: str) -> dict[str, Any]:
    entry = {"token": word, "logprob": -0.1 - number % 1_000 / 1_000, "bytes": list(word.encode())}
    return _chunk({"content": word}, logprobs={"content": [{**entry, "top_logprobs": []}], "refusal": None})


#: What one chunk of each kind of stream is, by its number and the word that it adds.
KINDS: dict[str, Callable[[int, str], dict[str, Any]]] = {
    "text": lambda _, word: _chunk({"content": word}),
    "text with filter results": lambda _, word: _chunk({"content": word}, content_filter_results=_SAFE),
    "text with obfuscation": lambda number, word: {
        **_chunk({"content": word}),
        "obfuscation": "x" * (1 + number % 16),
    },
    "arguments of a tool call": _called,
    "text with log probabilities": _scored,
    "text, each chunk with another time": lambda number, word: {
        **_chunk({"content": word}),
        "created": 1_730_000_000 + number,
    },
}


def stream(kind: str, count: int) -> bytes:
    """Return a stream of `count` chunks."""
    generator, make = random.Random(1), KINDS[kind]
    chunks = [
        _chunk({"role": "assistant", "content": ""}),
        *(make(number, " " + generator.choice(_WORDS)) for number in range(count - 2)),
        _chunk({}, "tool_calls" if make is _called else "stop"),
    ]
    written = (json.dumps(each, separators=(",", ":"), ensure_ascii=False) for each in chunks)
    return "".join(f"data: {each}\n\n" for each in (*written, "[DONE]")).encode()


def exchange(kind: str, count: int, number: int = 0) -> Exchange:
    """Return an exchange with such a stream."""
    sent = {
        "messages": [{"role": "user", "content": "Name a fox."}],
        "stream": True,
        "logprobs": "log" in kind,
    }
    operation = Catalogue.packaged().load(DOCUMENT).operation("ChatCompletions_Create")
    request = PlannedRequest("POST", operation.path, {"api-version": "2024-10-21"}, body=JsonBody(sent))
    case = Case(f"chat/{number}", DOCUMENT, operation.id, "chat", request, "accept", (), "recorded")
    body = stream(kind, count)
    response = Response(200, (("Content-Type", "text/event-stream"),), body, read_events(body, 1.5), 0.1, 2.0)
    return Exchange(
        case, Request("POST", "http://127.0.0.1:1/openai", (), json.dumps(sent).encode()), response
    )


def write(path: Path, kind: str, count: int) -> None:
    """Write lines of exchanges with `count` chunks in total, and a short one to the file `_short(path)`."""
    longest = min(count, LONGEST if count <= LONGEST else 10_000)
    for target, length, lines in ((path, longest, count // longest), (_short(path), 10, 1)):
        line, _ = exchange_line(JudgedExchange(exchange(kind, length), ()))
        content = line_bytes(line)
        with target.open("wb") as file:
            for _ in range(lines):
                file.write(content)


def _short(path: Path) -> Path:
    return path.with_suffix(".short")


def judge_lines(path: Path, *, profile: bool = False) -> dict[str, float]:
    """Read and judge the lines of a file.

    Return the seconds of processor time of the first short line of the same kind, of reading and of judging
    the lines, and the peak memory in MB.
    """
    began = time.process_time()
    judge = Judge({DOCUMENT: Catalogue.packaged().load(DOCUMENT)}, rules())
    for line in read_lines(_short(path)):
        assert isinstance(line, ExchangeLine)
        judge(exchange_of(line))
    first = time.process_time() - began
    profiler = cProfile.Profile()
    reading = judging = 0.0
    began = time.process_time()
    for line in read_lines(path):
        assert isinstance(line, ExchangeLine)
        read = exchange_of(line)
        reading, began = reading + time.process_time() - began, time.process_time()
        if profile:
            profiler.enable()
        judge(read)
        profiler.disable()
        judging, began = judging + time.process_time() - began, time.process_time()
    if profile:
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(12)
    return {"first": first, "reading": reading, "judging": judging, "peak": _peak()}


def _peak() -> float:
    """Return the peak memory of this process in MB; `getrusage` includes that of its parent."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def parse_lines(path: Path) -> dict[str, float]:
    """Return the seconds that `json.loads` takes for each chunk in the lines of a file."""
    parsing = 0.0
    for line in read_lines(path):
        assert isinstance(line, ExchangeLine)
        assert line.response is not None
        data = [event.data for event in line.response.events or () if event.data != "[DONE]"]
        began = time.process_time()
        for each in data:
            json.loads(each)
        parsing += time.process_time() - began
    return {"parsing": parsing}


def _apart(step: str, path: Path, *more: str) -> dict[str, float]:
    """Take a step in a process of its own and return what it measured."""
    command = [sys.executable, "-m", "benchmarks.judging", "--step", step, str(path), *more]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def measure(session: Session) -> Iterator[Row]:
    """Yield a row for each kind of stream of 10,000 chunks, beside `json.loads`."""
    for kind in KINDS:
        path = session.folder / "judging.ndjson"
        write(path, kind, 10_000)

        def judged(path: Path = path) -> float:
            used = _apart("judge", path)
            return used["reading"] + used["judging"]

        def parsed(path: Path = path) -> float:
            return _apart("parse", path)["parsing"]

        samples = session.alternate({"ours": judged, "json.loads": parsed}, warm_up=False)
        work = f"from a record to verdicts, 10,000 chunks: {kind}"
        yield Row(work, "s of processor time", samples["ours"], samples["json.loads"], "json.loads")


def _print_table(kinds: Sequence[str], sizes: Sequence[int], rounds: int, *, profile: bool) -> None:
    print("| stream | chunks | json.loads | read | judge | both ÷ json.loads | first short one | peak |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "judging.ndjson"
        for kind in kinds:
            for count in sizes:
                write(path, kind, count)
                used, parsing = [], []
                for number in range(rounds):
                    wants_profile = profile and number == rounds - 1
                    used.append(_apart("judge", path, *(["--profile"] if wants_profile else [])))
                    parsing.append(_apart("parse", path)["parsing"])
                least = {name: min(each[name] for each in used) for name in used[0]}
                least["both"] = min(each["reading"] + each["judging"] for each in used)
                seconds = (min(parsing), least["reading"], least["judging"])
                shown = " | ".join(f"{each / count * 1e6:.1f} µs" for each in seconds)
                print(
                    f"| {kind} | {count:,} | {shown} | {least['both'] / min(parsing):.1f} "
                    f"| {least['first'] * 1e3:.0f} ms | {least['peak']:.0f} MB |",
                    flush=True,
                )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--chunks", type=int, nargs="+", default=SIZES[:3])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--step", choices=("judge", "parse"), help=argparse.SUPPRESS)
    choices = parser.parse_args()
    gc.set_threshold(50_000, 20, 50)  # as in the command
    if choices.step == "judge":
        print(json.dumps(judge_lines(Path(choices.kinds[0]), profile=choices.profile)))
    elif choices.step == "parse":
        print(json.dumps(parse_lines(Path(choices.kinds[0]))))
    else:
        _print_table(choices.kinds, choices.chunks, choices.rounds, profile=choices.profile)


if __name__ == "__main__":
    main()
