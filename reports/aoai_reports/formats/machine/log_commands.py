"""Annotations as the commands that GitHub Actions and Azure Pipelines read from logs."""

from __future__ import annotations

from collections.abc import Iterable

from aoai_reports.formats.machine.annotations import Annotation


def github_command(annotation: Annotation) -> str:
    """An annotation as a workflow command: `::error file=…,line=…,title=…::…`."""
    place = f"file={_github_property(annotation.file)},line={annotation.line}," if annotation.file else ""
    title = _github_property(annotation.title)
    return f"::{annotation.severity} {place}title={title}::{_github_data(annotation.message)}"


def azure_command(annotation: Annotation) -> str | None:
    """An annotation as a logging command; None for a notice, which Azure Pipelines does not have."""
    if annotation.severity == "notice":
        return None
    message = _azure_data(f"{annotation.title}: {annotation.message}")
    return f"##vso[task.logissue type={annotation.severity}]{message}"


def azure_summary_command(path: str) -> str:
    """The logging command that shows a Markdown file on the summary page of a pipeline."""
    return f"##vso[task.uploadsummary]{_azure_data(path)}"


def github_commands(annotations: Iterable[Annotation]) -> str:
    """A workflow command on each line."""
    return "".join(f"{github_command(each)}\n" for each in annotations)


def azure_commands(annotations: Iterable[Annotation]) -> str:
    """A logging command on each line."""
    commands = map(azure_command, annotations)
    return "".join(f"{command}\n" for command in commands if command is not None)


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")


def _azure_data(text: str) -> str:
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")
