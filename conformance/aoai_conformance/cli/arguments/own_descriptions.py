"""The options of commands that read the user's own descriptions outside a run."""

from __future__ import annotations

from collections.abc import Callable
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
