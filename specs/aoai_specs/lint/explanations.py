"""Findings that are known and stay, each with its reason, as data.

A document is published as it is; what our corrections leave alone, and why, stands in `explanations.yaml`.
An explanation holds for documents of the catalogue with their corrections, not as published, nor for files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from aoai_specs.lint.finding import Finding
from aoai_specs.loading.files import Loaded, load

_FIELDS = ("document", "check", "pointer", "reason")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the findings of one check at some places of some documents stay.

    `document` and `pointer` are patterns, in which `*` stands for any text.
    """

    document: str
    check: str
    pointer: str
    reason: str

    def fits_document(self, name: str) -> bool:
        """Whether this is about a document."""
        return fnmatchcase(name, self.document)

    def fits(self, finding: Finding) -> bool:
        """Whether this explains a finding."""
        return (
            finding.check == self.check
            and self.fits_document(finding.document)
            and fnmatchcase(finding.pointer, _literal(self.pointer))
        )


@cache
def packaged_explanations() -> tuple[Explanation, ...]:
    """The explanations of the package."""
    source = files("aoai_specs").joinpath("lint", "explanations.yaml")
    return read_explanations(load(source.read_bytes(), "lint/explanations.yaml"))


def read_explanations(loaded: Loaded) -> tuple[Explanation, ...]:
    """The explanations in a file. Raises DocumentError, with file and line, for a malformed one."""
    listed = loaded.content.get("explanations")
    if not isinstance(listed, list):
        raise loaded.error("a list of explanations was expected.", "#/explanations")
    return tuple(_read(loaded, each, index) for index, each in enumerate(listed))


def _read(loaded: Loaded, entry: object, index: int) -> Explanation:
    pointer = f"#/explanations/{index}"
    if not isinstance(entry, dict) or set(entry) != set(_FIELDS):
        raise loaded.error(f"an explanation has these fields: {', '.join(_FIELDS)}.", pointer)
    for name in _FIELDS:
        if not isinstance(entry[name], str) or not entry[name].strip():
            raise loaded.error(f"{name} has to be text.", f"{pointer}/{name}")
    return Explanation(entry["document"], entry["check"], entry["pointer"], entry["reason"].strip())


def unmatched(explanations: Sequence[Explanation], findings: Sequence[Finding]) -> tuple[Explanation, ...]:
    """The explanations that explain none of the findings, which have to go."""
    return tuple(each for each in explanations if not any(each.fits(finding) for finding in findings))


def _literal(pattern: str) -> str:
    """A pattern in which only `*` is special."""
    return pattern.replace("[", "[[]").replace("?", "[?]")
