"""Reading the bytes of a description: from a file, a URL, standard input or a commit in git."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from aoai_specs.errors import DocumentError
from aoai_specs.loading.text.limits import MAX_BYTES

#: The time limit for connecting and for each read, in seconds.
TIMEOUT = 20.0
STANDARD_INPUT = "-"
GIT = "git:"
_REMOTE = ("http://", "https://")
_REVISION = re.compile(r"[^\s:\x00-\x1f-][^\s:\x00-\x1f]*")


def is_source(name: str) -> bool:
    """Whether a name is a file, a URL, `-` or `git:REV:PATH`, by its form or because the file exists."""
    if name == STANDARD_INPUT or name.startswith(GIT):
        return True
    return name.endswith((".yaml", ".yml", ".json")) or "/" in name or _is_file(name)


def is_document_name(text: str) -> bool:
    """Whether a text is the name of a document, such as `azure-openai@2024-10-21`, and not a source."""
    return "@" in text and not is_source(text)


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # such as a name that is too long
        return False


def is_remote(source: str) -> bool:
    """Whether a source is an http(s) URL."""
    return source.startswith(_REMOTE)


def read_source(source: str) -> bytes:
    """Read a file, an http(s) URL, `-` for standard input, or `git:REV:PATH`, of limited size.

    Standard input is read once, and its content kept. Raises DocumentError if the source cannot be read.
    """
    if is_remote(source):
        return _fetch(source)
    if source == STANDARD_INPUT:
        return _standard_input()
    if source.startswith(GIT):
        return _committed(source)
    try:
        with Path(source).open("rb") as file:
            return _bounded(file.read(MAX_BYTES + 1), source)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DocumentError(f"{source} cannot be read: {reason}.") from None


def git_place(source: str) -> tuple[str, str]:
    """Return the revision and the path of `git:REV:PATH`. Raises DocumentError for any other form."""
    revision, _, path = source.removeprefix(GIT).partition(":")
    if not _REVISION.fullmatch(revision) or not path or "\0" in path:
        raise DocumentError(f"{source!r} is not of the form git:REV:PATH, such as git:main:openapi.yaml.")
    return revision, path


def provide_standard_input(data: bytes) -> None:
    """Use this content for `-` instead of the standard input of this process."""
    _provided[:] = [data]


#: What was read from standard input, which can be read only once.
_provided: list[bytes] = []


def _standard_input() -> bytes:
    if not _provided:
        if sys.stdin is None or sys.stdin.closed:
            raise DocumentError("there is no standard input to read.")
        _provided.append(_bounded(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input"))
    return _provided[0]


def _committed(source: str) -> bytes:
    import subprocess  # few descriptions are read from git

    revision, path = git_place(source)
    # The revision does not begin with a dash, so that git takes the argument for an object.
    command = ["git", "cat-file", "blob", f"{revision}:{path}"]
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    try:
        with subprocess.Popen(  # noqa: S603 - no shell, and the one argument is no option
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        ) as process:
            data = process.stdout.read(MAX_BYTES + 1) if process.stdout else b""
            if len(data) > MAX_BYTES:
                process.kill()
            words = process.stderr.read(1000) if process.stderr else b""
            status = process.wait(TIMEOUT)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DocumentError(f"{source} cannot be read: git cannot be run: {error}.") from None
    data = _bounded(data, source)
    if status != 0:
        reason = words.decode(errors="replace").strip().partition("\n")[0].removeprefix("fatal: ")
        raise DocumentError(f"{source} cannot be read: {reason.rstrip('.')}.")
    return data


def _fetch(url: str) -> bytes:
    import httpx

    data = bytearray()
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=TIMEOUT) as response:
            if response.status_code != httpx.codes.OK:
                raise DocumentError(f"{url} cannot be read: the server responds with {response.status_code}.")
            for piece in response.iter_bytes():
                data += piece
                _bounded(data, url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DocumentError(f"{url} cannot be read: {str(error) or type(error).__name__}.") from None
    return bytes(data)


def _bounded(data: bytes | bytearray, source: str) -> bytes:
    if len(data) > MAX_BYTES:
        raise DocumentError(f"{source} is larger than the limit of {MAX_BYTES // 2**20} MiB.")
    return bytes(data)
