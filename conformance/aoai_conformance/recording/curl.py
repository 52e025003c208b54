"""A request as one shell line that sends it again."""

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
_CREDENTIALS = frozenset({"api-key", "authorization", "x-api-key"})
#: The name of a header; curl would read a file for one that begins with `@`.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: What means nothing to a shell inside double quotes.
_PLAIN = re.compile(r"[A-Za-z0-9 :_.,;=/+-]*")
#: A longer body that is no text is not spelled out: the record has it.
LONGEST_INLINE = 32 * 1024


def curl_line(sent: Request) -> str:
    """The request as a line for a POSIX shell.

    The key is read from the environment by the shell. A body that is no text goes through base64; one of
    more than 32 KiB is named as a file `body.bin` that must first be taken from the record. Whatever the
    request holds, the shell runs nothing but curl, and curl reads no local file but that one.
    """
    arguments = ["curl", "-sS", "-X", shlex.quote(sent.method), *_guards(sent.url), shlex.quote(sent.url)]
    for name, value in sent.headers:
        if name.lower() not in _OWN and _TOKEN.fullmatch(name):
            arguments += ["-H", _quoted_header(name, value)]
    if header(sent.headers, "content-type") is None and sent.body:
        arguments += ["-H", "'Content-Type:'"]  # or curl would say that it is a form
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
    """The options that keep curl from reading more into a URL than an address of HTTP."""
    guards = []
    if not url.lower().startswith(("http://", "https://")):
        guards += ["--proto", "=http,https"]
    if any(character in url for character in "[]{}"):
        guards.append("--globoff")
    return [*guards, "--url"] if url.startswith("-") else guards


def _quoted_header(name: str, value: str) -> str:
    """A header as one shell word; only in a header that carries credentials a mask stands for the key."""
    mask = KEY_MASK if KEY_MASK in value else MASK
    if mask not in value or name.lower() not in _CREDENTIALS:
        return shlex.quote(f"{name}: {value}")
    bearer = mask == MASK and value.startswith("Bearer")
    variable = TOKEN_VARIABLE if bearer else KEY_VARIABLE
    before, _, after = f"{name}: {value}".partition(mask)
    if _PLAIN.fullmatch(before) and not after:
        return f'"{before}${variable}"'
    return f'{shlex.quote(before)}"${variable}"{shlex.quote(after) if after else ""}'


def _printable(body: bytes) -> str | None:
    """The body as text where a shell argument can hold it unchanged."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return text if all(character.isprintable() or character in "\n\t" for character in text) else None
