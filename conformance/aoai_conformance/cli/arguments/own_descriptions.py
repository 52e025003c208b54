"""Commands that read the user's own descriptions outside a run: their options, and the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


def reading_options(command: _Command) -> _Command:
    """Add `--overlay` and `--allow-remote-refs`, as `overlays` and `allow_remote_refs`."""
    overlay = click.option(
        "--overlay",
        "overlays",
        multiple=True,
        metavar="FILE|URL|NAME",
        help="Change each description that is not packaged by this OpenAPI Overlay (1.0 or 1.1), or by the "
        "corrections of a packaged document, such as azure-openai@2024-10-21. Repeatable.",
    )
    remote = click.option(
        "--allow-remote-refs", is_flag=True, help="Follow references of files to other hosts, too."
    )
    return overlay(remote(command))


def hold_until_exit(*values: object) -> None:
    """Hold values until the command has ended; freeing a large description takes a while."""
    click.get_current_context().meta[__name__] = values


@contextmanager
def pause_garbage_collection() -> Iterator[None]:
    """Do not search for cyclic garbage, as a context or as a decorator.

    What is read from descriptions stays until the end of the command, and contains few cycles; the collector
    would visit it again and again.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
