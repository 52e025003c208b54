"""Render a request as a curl command line."""

from __future__ import annotations

import base64
import re
import shlex

from aoai_conformance.options import KEY_VARIABLE, TOKEN_VARIABLE
from aoai_conformance.redaction.secrets import KEY_MASK, MASK
from aoai_model.exchange import Request, header

#: curl or the connection sets these itself.
_OWN = frozenset(
    {"host", "accept", "accept-encoding", "connection", "content-length", "user-agent", "transfer-encoding"}
)
_CREDENTIALS = frozenset({"api-key", "authorization", "x-api-key", "x-wrong-api-key"})
#: A header name; curl would read a file for one that starts with `@`.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: Text without special characters inside double quotes.
_PLAIN = re.compile(r"[A-Za-z0-9 :_.,;=/+-]*")
#: A longer binary body is not inlined; the record contains it.
LONGEST_INLINE = 32 * 1024


def curl_line(sent: Request) -> str:
    """Return the request as a command line for a POSIX shell.

    The shell reads the key from the environment. A binary body is piped through base64; if it has more than
    32 KiB, the line reads a file `body.bin` that must first be extracted from the record. Whatever the
    request contains, the shell runs only curl, and curl reads no other local file.
    """
    arguments = ["curl", "-sS", "-X", shlex.quote(sent.method), *_guards(sent.url), shlex.quote(sent.url)]
    for name, value in sent.headers:
        if name.lower() not in _OWN and _TOKEN.fullmatch(name):
            arguments += ["-H", _quoted_header(name, value)]
    if header(sent.headers, "content-type") is None and sent.body:
        arguments += ["-H", "'Content-Type:'"]  # or curl would declare a form
    prefix = ""
    if sent.body:
        text = _printable(sent.body)
        if text is not None:
            arguments += ["--data-raw", shlex.quote(text)]
        elif len(sent.body) <= LONGEST_INLINE:
            prefix = f"echo {base64.b64encode(sent.body).decode()} | base64 -d | "
            arguments += ["--data-binary", "@-"]
        else:
            arguments += ["--data-binary", "@body.bin"]
    return prefix + " ".join(arguments)


def _guards(url: str) -> list[str]:
    """Return options that keep curl from interpreting the URL in any other way than as an HTTP URL."""
    guards = []
    if not url.lower().startswith(("http://", "https://")):
        guards += ["--proto", "=http,https"]
    if any(character in url for character in "[]{}"):
        guards.append("--globoff")
    return [*guards, "--url"] if url.startswith("-") else guards


def _quoted_header(name: str, value: str) -> str:
    """Return a header as one shell word, with the variable of the key if it carries credentials."""
    mask = KEY_MASK if KEY_MASK in value else MASK
    if mask not in value or (mask == MASK and name.lower() not in _CREDENTIALS):
        return shlex.quote(f"{name}: {value}")
    bearer = mask == MASK and value.startswith("Bearer")
    variable = TOKEN_VARIABLE if bearer else KEY_VARIABLE
    before, _, after = f"{name}: {value}".partition(mask)
    if _PLAIN.fullmatch(before) and not after:
        return f'"{before}${variable}"'
    return f'{shlex.quote(before)}"${variable}"{shlex.quote(after) if after else ""}'


def _printable(body: bytes) -> str | None:
    """Return the body as text if a shell argument can contain it unchanged, else None."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return text if text.replace("\n", "").replace("\t", "").isprintable() else None
