"""Known findings that stay, each with its reason, as data.

`explanations.yaml` says why mistakes of a published document are not corrected. An explanation applies only
to corrected documents of the catalogue, not to published ones or to files.
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
    """Why the findings of a check at some places of some documents stay.

    `document` and `pointer` are patterns in which `*` matches any text.
    """

    document: str
    check: str
    pointer: str
    reason: str

    def fits_document(self, name: str) -> bool:
        """Whether this applies to a document."""
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
    """Return the explanations of the package, read once."""
    source = files("aoai_specs").joinpath("lint", "explanations.yaml")
    return read_explanations(load(source.read_bytes(), "lint/explanations.yaml"))


def read_explanations(loaded: Loaded) -> tuple[Explanation, ...]:
    """Return the explanations in a file. Raises DocumentError with file and line if it is malformed."""
    listed = loaded.content.get("explanations")
    if not isinstance(listed, list):
        raise loaded.error("expected a list of explanations.", "#/explanations")
    return tuple(_read(loaded, each, index) for index, each in enumerate(listed))


def _read(loaded: Loaded, entry: object, index: int) -> Explanation:
    pointer = f"#/explanations/{index}"
    if not isinstance(entry, dict) or set(entry) != set(_FIELDS):
        raise loaded.error(f"an explanation needs exactly these fields: {', '.join(_FIELDS)}.", pointer)
    for name in _FIELDS:
        if not isinstance(entry[name], str) or not entry[name].strip():
            raise loaded.error(f"{name} must be text.", f"{pointer}/{name}")
    return Explanation(entry["document"], entry["check"], entry["pointer"], entry["reason"].strip())


def unmatched(explanations: Sequence[Explanation], findings: Sequence[Finding]) -> tuple[Explanation, ...]:
    """Return the explanations that explain no finding and should be removed."""
    return tuple(each for each in explanations if not any(each.fits(finding) for finding in findings))


def _literal(pattern: str) -> str:
    """Return a pattern in which only `*` is special."""
    return pattern.replace("[", "[[]").replace("?", "[?]")
