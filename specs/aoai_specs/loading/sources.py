"""Reading the bytes of a description from a file or URL."""

from __future__ import annotations

from pathlib import Path

from aoai_specs.errors import DocumentError
from aoai_specs.loading.files import MAX_BYTES

#: The time limit for connecting and for each read, in seconds.
TIMEOUT = 20.0


def read_source(path_or_url: str) -> bytes:
    """Read a file or an http(s) URL of limited size. Raises DocumentError if it cannot be read."""
    if path_or_url.startswith(("http://", "https://")):
        return _fetch(path_or_url)
    try:
        with Path(path_or_url).open("rb") as file:
            return _bounded(file.read(MAX_BYTES + 1), path_or_url)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DocumentError(f"{path_or_url} cannot be read: {reason}.") from None


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
