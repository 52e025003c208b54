"""The files beside a description that its references may lead to, and no others."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from urllib.parse import unquote, urljoin

from aoai_specs.errors import DocumentError
from aoai_specs.loading.sources import GIT, STANDARD_INPUT, git_place, is_remote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def canonical_source(source: str) -> str:
    """Return a source in the form that `neighbour` returns."""
    if is_remote(source) or source == STANDARD_INPUT:
        return source
    if source.startswith(GIT):
        revision, path = git_place(source)
        return f"{GIT}{revision}:{posixpath.normpath(path)}"
    try:
        return str(Path(source).resolve())
    except (OSError, ValueError, RuntimeError):
        return source


def neighbour(source: str, referring: str, reference: str, *, remote: bool) -> str:
    """Return the source that a reference without its fragment leads to.

    `source` is the description, `referring` the file with the reference. The target lies in the folder of the
    description or below it, also after symbolic links. URLs are followed only with `remote`. Raises
    DocumentError with the reason if the reference may not be followed.
    """
    if is_remote(reference) or is_remote(referring):
        if not remote:
            raise DocumentError("it leads to another host; --allow-remote-refs follows it")
        target = urljoin(referring, reference) if is_remote(referring) else reference
        if not is_remote(target):
            raise DocumentError("only http and https are followed")
        return target
    reference = unquote(reference)
    if _SCHEME.match(reference) or reference.startswith("/") or {"\0", "\\"} & set(reference):
        raise DocumentError("only files beside the description are read, by a relative path")
    if source == STANDARD_INPUT:
        raise DocumentError("a description from standard input has no files beside it")
    if source.startswith(GIT):
        return _in_commit(source, referring, reference)
    return _in_folder(source, referring, reference)


def _in_folder(source: str, referring: str, path: str) -> str:
    try:
        folder = Path(source).resolve().parent
        target = (Path(referring).resolve().parent / path).resolve()
        inside = target.is_relative_to(folder)
        exists = inside and target.is_file()
    except (OSError, ValueError, RuntimeError):  # RuntimeError: symbolic links without end
        raise DocumentError("the path cannot be resolved") from None
    if not inside:
        raise DocumentError("it leads out of the folder of the description")
    if not exists:
        raise DocumentError("there is no such file")
    return str(target)


def _in_commit(source: str, referring: str, path: str) -> str:
    revision, place = git_place(source)
    folder = posixpath.normpath(posixpath.dirname(place) or ".")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(git_place(referring)[1]), path))
    if target.startswith(("..", "/")) or (folder != "." and not target.startswith(f"{folder}/")):
        raise DocumentError("it leads out of the folder of the description")
    return f"{GIT}{revision}:{target}"
