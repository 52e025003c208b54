"""The first line of a run, which is printed before anything slow is imported."""

from __future__ import annotations

from importlib.resources import files
from urllib.parse import urlsplit, urlunsplit

from aoai_conformance.options import SURFACES, RunChoices
from aoai_specs.versions import names_in, newest_stable


def first_line(choices: RunChoices) -> str:
    """`Testing emulator against azure-openai@2024-10-21, profile standard …`.

    The names are those that the user gave, without the credentials and queries of URLs; whether they exist is
    checked later.
    """
    documents = ", ".join(_documents(choices))
    return f"Testing {_without_secrets(choices.target)} against {documents}, profile {choices.profile} …"


def _documents(choices: RunChoices) -> list[str]:
    surface = choices.surface or SURFACES[0]
    names = list(map(_without_secrets, choices.specs))
    names += [each if "@" in each else f"{surface}@{each}" for each in choices.api_versions]
    if not names:
        names = [str(newest_stable(names_in(files("aoai_specs").joinpath("documents")), surface))]
    return list(dict.fromkeys(names))


def _without_secrets(address: str) -> str:
    """An address without user name, password, query and fragment; a file name as it is."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "the target"
    if not parts.netloc:
        return address.rpartition("@")[2]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
