"""Reading a user's description: from its file to a sound OpenAPI 3 description with its problems."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from aoai_specs.errors import OverlayError
from aoai_specs.json_values import is_deeper_than
from aoai_specs.loading.bundling import bundle
from aoai_specs.loading.dialect import honour_older_keywords
from aoai_specs.loading.files import MAX_DEPTH, Loaded, load, read
from aoai_specs.loading.problems import MOST_WARNINGS
from aoai_specs.loading.references import reference_targets, targets_of
from aoai_specs.loading.repairs import repair
from aoai_specs.loading.sources import is_document_name, read_source
from aoai_specs.loading.structure import openapi_kind
from aoai_specs.loading.swagger import upgrade


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """How to read a user's description.

    `overlays` are files with OpenAPI Overlays, or names of documents of the catalogue, whose corrections
    apply. `remote_references` allows references to other hosts. `surface` and `api_version` replace what the
    description says, the latter only if its `info.version` is no api-version. With `as_published`, no
    correction of the catalogue applies unless `overlays` names it.
    """

    as_published: bool = False
    overlays: tuple[str, ...] = ()
    remote_references: bool = False
    surface: str | None = None
    api_version: str | None = None

    @property
    def overlay_files(self) -> tuple[str, ...]:
        """The overlays that are files."""
        return tuple(name for name in self.overlays if not is_document_name(name))

    @property
    def overlay_names(self) -> tuple[str, ...]:
        """The overlays that are names of documents of the catalogue."""
        return tuple(name for name in self.overlays if is_document_name(name))


def read_description(
    source: str, options: ReadingOptions | None = None, *, keep_patterns: bool = False
) -> Loaded:
    """Return a user's description as OpenAPI 3. Raises DocumentError if it cannot be read or is none."""
    options = options or ReadingOptions()
    loaded = read(read_source(source), source)
    for name in options.overlay_files:
        loaded = _overlaid(loaded, name)
    marked = loaded.marked
    targets = reference_targets(loaded.content) if marked is None else targets_of(marked)
    bundled = bundle(loaded, targets, remote=options.remote_references)
    return validate(bundled, keep_patterns=keep_patterns, targets=targets if bundled is loaded else None)


def _overlaid(loaded: Loaded, name: str) -> Loaded:
    """Return a description with an overlay of the user. Raises OverlayError if it cannot be applied."""
    # importing it takes as long as reading a small description
    from aoai_specs.loading.overlay import Overlay

    overlay = Overlay.parse(load(read_source(name), name), reasons=False)
    try:
        applied = overlay.apply(loaded.content)
        too_deep = is_deeper_than(applied.content, MAX_DEPTH + 1)  # the innermost values are no level
    except OverlayError as error:
        raise OverlayError(f"{name}: {error}") from None
    except RecursionError:
        too_deep = True
    if too_deep:
        raise OverlayError(f"{name}: the actions nest values deeper than {MAX_DEPTH} levels.")
    missed = [
        f"{name}: action {number} on {action.path.text} matches nothing."
        for number, (action, count) in enumerate(zip(overlay.actions, applied.matches, strict=True), 1)
        if count == 0
    ]
    notes = missed[:MOST_WARNINGS]
    if len(missed) > len(notes):
        notes.append(f"{name}: {len(missed) - len(notes)} more actions match nothing.")
    return replace(loaded, content=applied.content, marked=None, notes=(*loaded.notes, *notes))


def with_own_keywords(loaded: Loaded) -> Loaded:
    """Return a description whose `nullable` and other keywords of OpenAPI 3.0 have their meaning there."""
    content, count = honour_older_keywords(loaded.content, loaded.marked)
    if not count:
        return loaded
    schemas = "1 schema has" if count == 1 else f"{count} schemas have"
    note = (
        f"{loaded.source}: {schemas} nullable or a boolean exclusive bound, which OpenAPI "
        f"{loaded.content['openapi']} does not define; read as in OpenAPI 3.0."
    )
    return replace(loaded, content=content, marked=None, notes=(*loaded.notes, note))


def validate(
    published: Loaded, *, keep_patterns: bool = False, targets: Collection[str] | None = None
) -> Loaded:
    """Return a description as OpenAPI 3, without the parts that cannot be used, which its problems list.

    With `keep_patterns`, patterns that are not regular expressions stay. `targets` are those of all its
    references, if they are known. Raises DocumentError with file and line for what is no API description.
    """
    repaired = repair(published, keep_patterns=keep_patterns, targets=targets)
    sound = replace(repaired, as_written=published.content)
    return sound if openapi_kind(sound) == "openapi" else upgrade(sound)
