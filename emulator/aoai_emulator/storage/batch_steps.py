"""The progress of batches: at most one step per request for them, with a minimum time between steps.

Nothing runs in the background: retrieving or listing a batch advances it. If batches advance with time, too,
the next request for a batch first takes the steps for which time has passed since the last one. After
validating, it is in_progress or failed; each step of in_progress sends some lines to the emulator itself;
then it is finalizing and completed. A cancelled or expired batch keeps the results so far.
"""

from __future__ import annotations

import asyncio

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.storage.batch_lines import Line, Mistake, read_lines, response_line, unsent_line
from aoai_emulator.storage.batch_store import Batch, Batches
from aoai_emulator.storage.files import Storage, StoredFile

#: The minimum time between two steps, in seconds.
PACE = 0.05
#: The time of one step that no request asks for, in seconds.
UNASKED_PACE = 2.0
#: The maximum number of lines per step; fewer if the results are long.
LINES_AT_ONCE = 25
_BYTES_AT_ONCE = 256 * 1024
#: The maximum size of requests and results of all batches together, in bytes.
MOST_HELD = 64 * 1024 * 1024

_FILE_NAMES = {"output_file_id": "output", "error_file_id": "error"}


async def move(batch: Batch, request: AcceptedRequest, allowance: int = LINES_AT_ONCE) -> int:
    """Advance a batch by at most one step, and return how many lines were processed."""
    expire(batch, request)
    now = request.memory.clock()
    waits = not request.memory.advance_on_poll and now - batch.moved < PACE
    if batch.has_ended or batch.is_moving or waits:
        return 0
    return await _step(batch, request, now, allowance)


async def catch_up(batch: Batch, request: AcceptedRequest, allowance: int) -> int:
    """Take the steps for which time has passed, if batches advance with time, and return how many lines.

    Each step has the time at which it was due. It stops when the lines exceed the allowance.
    """
    done = 0
    if not request.memory.advances_with_time:
        return done
    while not batch.has_ended and not batch.is_moving and done < allowance:
        due = batch.moved + UNASKED_PACE
        if due > request.memory.clock() or due >= batch.expires:
            break
        done += await _step(batch, request, due, LINES_AT_ONCE)
        await asyncio.sleep(0)  # other requests come in between
    return done


async def _step(batch: Batch, request: AcceptedRequest, now: float, allowance: int) -> int:
    """Advance a batch by one step at a time, and return how many lines were processed."""
    if batch.status == "validating":
        return _validate(batch, request, now)
    if batch.status == "in_progress":
        return await _run(batch, request, now, min(allowance, -(-batch.total // 2)))
    if batch.status == "finalizing":
        _end(batch, "completed", request, now)
    elif batch.status == "cancelling":
        _give_up(batch, "batch_cancelled", "The batch was cancelled before this request was made.")
        _end(batch, "cancelled", request, now)
    return 0


def expire(batch: Batch, request: AcceptedRequest) -> None:
    """End a batch whose window has closed."""
    now = request.memory.clock()
    if not batch.has_ended and now >= batch.expires:
        _give_up(batch, "batch_expired", "The window closed before this request was made.")
        _end(batch, "expired", request, now)


def _validate(batch: Batch, request: AcceptedRequest, now: float) -> int:
    file = request.memory.store(Storage).files.get(batch.input_file_id)
    if file is None:
        batch.mistakes = [Mistake("file_not_found", "The input file does not exist.", "input_file_id")]
        batch.enter("failed", now)
        return 0
    lines, mistakes = read_lines(file.content, batch.kind, request.settings)
    size = sum(len(line.body) for line in lines)
    if request.memory.store(Batches).held() + size > MOST_HELD:
        mistakes = [Mistake("token_limit_exceeded", "The other batches have too many pending requests.")]
    if mistakes and not batch.lenient:
        batch.mistakes = mistakes
        batch.enter("failed", now)
    else:
        batch.lines.extend(lines)
        batch.total, batch.held = len(lines), size
        batch.enter("in_progress", now)
    return len(lines) + len(mistakes)


async def _run(batch: Batch, request: AcceptedRequest, now: float, allowance: int) -> int:
    """Process some lines; continue with finalizing once none is left."""
    batch.moved = now
    batch.is_moving = True
    done = size = 0
    try:
        while batch.lines and done < allowance and size < _BYTES_AT_ONCE and batch.status == "in_progress":
            size += await _respond(batch, batch.lines[0], request)
            done += 1
    finally:
        batch.is_moving = False
    if not batch.lines and batch.status == "in_progress":
        batch.enter("finalizing", now)
    return done


async def _respond(batch: Batch, line: Line, request: AcceptedRequest) -> int:
    """Send one line to the emulator itself, store the result, and return its size."""
    if request.memory.store(Batches).held() > MOST_HELD:
        result = unsent_line(line, "quota_exceeded", "The stored responses of all batches exceed the limit.")
        is_success = False
    else:
        reply = await request.ask(batch.target.format(line.model), line.body)
        result, is_success = response_line(line, reply), reply.status < 400
    if batch.lines and batch.lines[0] is line:
        batch.held -= len(batch.lines.popleft().body)
        batch.keep(result, is_success=is_success)
    return len(result)


def _give_up(batch: Batch, code: str, message: str) -> None:
    """Count the lines that are left as failed."""
    while batch.lines:
        batch.keep(unsent_line(batch.lines.popleft(), code, message), is_success=False)


def _end(batch: Batch, status: str, request: AcceptedRequest, now: float) -> None:
    """Write the results to files and end; without room for them, the batch fails instead."""
    storage = request.memory.store(Storage)
    results = {"output_file_id": b"".join(batch.successes), "error_file_id": b"".join(batch.failures)}
    left = {name: content for name, content in results.items() if content}
    lack = storage.lack(sum(map(len, left.values())), now, files=len(left))
    if lack is not None and left:
        batch.mistakes = [Mistake("quotaExceeded", lack)]
        status = "failed"
    else:
        for name, content in left.items():
            file_name = f"{batch.id}_{_FILE_NAMES[name]}.jsonl"
            file = StoredFile(resource_id("file-"), file_name, "batch_output", (content,), now, now)
            setattr(batch, name, storage.keep(file).id)
    batch.let_go()
    batch.enter(status, now)
