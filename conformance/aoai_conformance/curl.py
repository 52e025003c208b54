"""A request as one shell line that sends it again."""

from __future__ import annotations

import base64
import shlex

from aoai_conformance.authentication import KEY_VARIABLE, TOKEN_VARIABLE
from aoai_conformance.exchange import SentRequest, header
from aoai_conformance.redaction import KEY_MASK, MASK

#: curl or the connection sets these itself.
_OWN = frozenset(
    {"host", "accept", "accept-encoding", "connection", "content-length", "user-agent", "transfer-encoding"}
)
#: A longer body that is no text is not spelled out: the record has it.
LONGEST_INLINE = 32 * 1024


def curl_line(sent: SentRequest) -> str:
    """The request as a line for a POSIX shell.

    The key is read from the environment by the shell. A body that is no text goes through base64; one of
    more than 32 KiB is named as a file `body.bin` that must first be taken from the record.
    """
    arguments = ["curl", "-sS", "-X", sent.method, shlex.quote(sent.url)]
    for name, value in sent.headers:
        if name.lower() not in _OWN:
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


def _quoted_header(name: str, value: str) -> str:
    if MASK not in value:
        return shlex.quote(f"{name}: {value}")
    if KEY_MASK in value:
        return f'"{name}: {value.replace(KEY_MASK, f"${KEY_VARIABLE}")}"'
    variable = TOKEN_VARIABLE if value.startswith("Bearer") else KEY_VARIABLE
    return f'"{name}: {value.replace(MASK, f"${variable}")}"'


def _printable(body: bytes) -> str | None:
    """The body as text where a shell argument can hold it unchanged."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return text if all(character.isprintable() or character in "\n\t" for character in text) else None
