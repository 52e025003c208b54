"""What the scripts of Python clients share: where the emulator is, and one printed line for each task.

A script defines functions under `@task` and ends with `run()`. A function returns what the client returned to
it: text, pieces of text, the calls of tools, vectors. Only the standard library: a client's environment has
nothing else of ours.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import traceback
from collections.abc import Callable
from typing import Any

ENDPOINT = os.environ["AOAI_ENDPOINT"]
KEY = os.environ["AOAI_KEY"]
QUESTION = "What is the weather in Lisbon?"
TOOL_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather of a city.",
        "parameters": TOOL_SCHEMA,
    },
}

_tasks: list[Callable[[], Any]] = []


def task(function: Callable[[], Any]) -> Callable[[], Any]:
    """Register a function, asynchronous or not, whose name says what the client is to do."""
    _tasks.append(function)
    return function


def run() -> None:
    """Call each function in a fresh event loop if it needs one, and print its result or what went wrong."""
    for function in _tasks:
        try:
            result = function()
            if inspect.isawaitable(result):
                result = asyncio.run(result)
            line = {"task": function.__name__, "result": result}
        except Exception as error:  # noqa: BLE001 - whatever a client raises is its result
            line = {
                "task": function.__name__,
                "error": f"{type(error).__name__}: {error}",
                "traceback": traceback.format_exc(),
            }
        print(json.dumps(line), flush=True)  # noqa: T201 - the test reads it
