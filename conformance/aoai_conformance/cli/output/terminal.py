"""Prints text that may quote a server, a recording or a description: nothing in it acts on a terminal."""

from __future__ import annotations

import click

from aoai_reports.formats.legible import visible


def echo(text: str = "", *, nl: bool = True, err: bool = False) -> None:
    """Print text with every character that acts or hides written out; line ends and tabs are kept.

    It is for people. JSON is printed as it is: it escapes control characters itself.
    """
    click.echo(visible(text, lines=True), nl=nl, err=err)
