"""Reading descriptions, overlays and other files: JSON as JSON, everything else as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from aoai_specs.errors import DocumentError
from aoai_specs.loading.problems import HALF_SURROGATE_PAIR, UNREADABLE_PATTERN, Problem, Remark, warnings_of
from aoai_specs.loading.text.json_text import JsonError, line_of_places, read_json
from aoai_specs.loading.text.limits import MAX_BYTES, MAX_DEPTH, MAX_VALUES
from aoai_specs.loading.text.lines import Lines

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "Loaded", "load", "read"]


class Part(NamedTuple):
    """A part of another file: the file, the place in it, and the first place that refers to it."""

    file: Loaded
    pointer: str
    referrer: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The content of a file, with its places.

    `content` is plain data, `source` the file or URL for messages, `lines` the line of each place. `misread`
    maps pointers of unquoted texts to the type that YAML 1.1 gives them, `date` or `truth value`. `problems`
    are the mistakes that did not prevent reading. `swagger` is set for a converted Swagger 2.0 description,
    `as_written` for one whose parts were converted or removed. `parts` maps pointers to what came from other
    files, `refused` references to other files to the reason why they were not followed.
    `notes` are sentences about how it was read. `marked` are the objects that an overview of the
    content marks, or None if they are not known.
    """

    content: dict[str, Any]
    source: str
    lines: Lines = field(repr=False)
    misread: Mapping[str, str] = field(repr=False, default_factory=dict)
    problems: tuple[Problem, ...] = field(repr=False, default=())
    swagger: bool = False
    as_written: dict[str, Any] | None = field(repr=False, default=None)
    parts: Mapping[str, Part] = field(repr=False, default_factory=dict)
    refused: Mapping[str, str] = field(repr=False, default_factory=dict)
    notes: tuple[str, ...] = field(repr=False, default=())
    marked: tuple[dict[str, Any], ...] | None = field(repr=False, compare=False, default=None)

    @property
    def unpaired(self) -> tuple[str, ...]:
        """The places of texts and names with half a surrogate pair, which is read as U+FFFD."""
        return tuple(each.pointer for each in self.problems if each.kind == HALF_SURROGATE_PAIR)

    @property
    def unreadable(self) -> Mapping[str, str]:
        """The patterns that are not regular expressions and were removed, by their places."""
        return {each.pointer: str(each.value) for each in self.problems if each.kind == UNREADABLE_PATTERN}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user should know: how the description was read, and which parts are ignored."""
        return (*self.notes, *warnings_of(self.problems))

    def line(self, pointer: str) -> int:
        """Return the line where the value at a pointer begins, or else the nearest value around it.

        For a part of another file, it is the line of the first reference to it.
        """
        part = self._part(pointer)
        return self.lines.of(pointer) if part is None else self.line(part[1].referrer)

    def place(self, pointer: str) -> tuple[str, int]:
        """Return the file and the line of a pointer."""
        part = self._part(pointer)
        if part is None:
            return self.source, self.lines.of(pointer)
        inside, found = part
        return found.file.place(found.pointer + pointer.removeprefix(inside))

    def _part(self, pointer: str) -> tuple[str, Part] | None:
        place = pointer if self.parts else ""
        while place:
            if place in self.parts:
                return place, self.parts[place]
            place = place.rpartition("/")[0]
        return None

    def error(self, message: str, pointer: str = "#") -> DocumentError:
        """Return a DocumentError that names the file and the line of a pointer."""
        source, line = self.place(pointer)
        return DocumentError(f"{source}, line {line}: {message}")

    def problem(self, kind: str, pointer: str, message: str, value: object = None) -> Problem:
        """Return a problem at a place of this file."""
        source, line = self.place(pointer)
        return Problem(kind, pointer, message, line, source, value)


def load(data: bytes | str, source: str) -> Loaded:
    """Read YAML or JSON whose root is an object. Raises DocumentError with `source` and line.

    Keys that appear twice, values that JSON does not have, and everything else that readers disagree about
    are errors, except for half a surrogate pair.
    """
    loaded = read(data, source)
    for problem in loaded.problems:
        if problem.kind != HALF_SURROGATE_PAIR:
            raise DocumentError(str(problem), problem.pointer)
    return loaded


def read(data: bytes | str, source: str) -> Loaded:
    """Read YAML or JSON like `load`, but list what readers disagree about as problems.

    Raises DocumentError for a text that is neither, and for one that exceeds a limit.
    """
    text = _decode(data, source)
    failure: JsonError | None = None
    if text.lstrip()[:1] in ("{", "["):
        try:
            found = read_json(text)
        except JsonError as error:
            if error.limit:
                raise DocumentError(f"{source}, line {error.line}: {error}") from None
            failure = error
        else:
            lines = Lines(partial(line_of_places, text))
            return replace(_loaded(found.value, source, lines, found.remarks), marked=found.marked)
    # imported for YAML only: it takes as long as reading a small description
    from aoai_specs.loading.text.yaml_text import YamlError, document_error, read_yaml

    try:
        written = read_yaml(text)
    except YamlError as error:
        if failure is not None and source.endswith(".json"):
            raise DocumentError(f"{source}, line {failure.line}: this is not JSON: {failure}") from None
        raise document_error(source, error) from None
    return _loaded(written.value, source, Lines(written.lines), written.remarks, written.misread)


def _loaded(
    value: Any, source: str, lines: Lines, remarks: list[Remark], misread: dict[str, str] | None = None
) -> Loaded:
    if not isinstance(value, dict):
        raise DocumentError(f"{source}, line 1: expected an object, such as an OpenAPI description.")
    problems = tuple(each.of(source) for each in remarks)
    return Loaded(value, source, lines, misread or {}, problems)


def _decode(data: bytes | str, source: str) -> str:
    if len(data) > MAX_BYTES:
        raise DocumentError(f"{source} is larger than the limit of {MAX_BYTES // 2**20} MiB.")
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError(f"{source}, line {line}: the file is not UTF-8 text.") from None
