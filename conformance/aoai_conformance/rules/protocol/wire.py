"""The bytes of a response: HTTP/1.1 requirements for heads, lengths, codings and ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from aoai_conformance.observation import examined, examined_beyond
from aoai_conformance.rule import EVERY, NotApplicable, rule
from aoai_conformance.views.exchange_views import Reply
from aoai_model.exchange import WireDefect
from aoai_model.verdict import Violation

_HTTP_1_1 = "https://www.rfc-editor.org/rfc/rfc9112"
_HTTP = "https://www.rfc-editor.org/rfc/rfc9110"
#: Characters that a header value must not contain; a tab is allowed.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LONGEST_SHOWN = 200


class WireReply(Reply):
    """Any response, with its bytes."""

    reads_broken_heads: ClassVar[bool] = True

    def values(self, name: str) -> list[str]:
        """Return the values of all lines of a header, in order."""
        return [value.strip() for key, value in self.response.headers if key.lower() == name]

    @property
    def lengths(self) -> set[str]:
        """Return the different values of Content-Length."""
        return {part.strip() for value in self.values("content-length") for part in value.split(",")}

    @property
    def has_contradicting_lengths(self) -> bool:
        """Whether the headers state the length of the body in two ways."""
        return len(self.lengths) > 1 or bool(self.lengths and self.values("transfer-encoding"))


@rule(
    "HTTP-011",
    must="encode the body as Content-Encoding declares, in a coding that the request accepts",
    clause=f"{_HTTP}#section-8.4",
    operations=EVERY,
    note="The requests accept gzip and deflate.",
)
def encodes_the_body_as_declared(reply: WireReply) -> Iterator[Violation]:
    """A body that cannot be decoded is not judged further."""
    codings = ", ".join(reply.values("content-encoding"))
    examined(codings)
    defect = reply.response.defect("coding")
    if defect is not None:
        yield Violation("header:Content-Encoding", defect.message, "gzip, deflate or none", codings, "coding")


@rule(
    "HTTP-012",
    must="send a status line, headers and a body framing that HTTP/1.1 allows",
    clause=f"{_HTTP_1_1}#section-2.1",
    operations=EVERY,
    note="Control characters in header values count as well (RFC 9110, section 5.5).",
)
def sends_well_formed_http(reply: WireReply) -> Iterator[Violation]:
    """The rest of a malformed response cannot be parsed reliably."""
    examined_beyond()
    defect = reply.response.defect("head") or reply.response.defect("framing")
    if defect is not None:
        if reply.has_contradicting_lengths:
            raise NotApplicable
        yield Violation("", defect.message, None, _shown(defect), defect.kind)
        return
    for name, value in reply.response.headers:
        if _CONTROL.search(value):
            message = "A header value contains a control character."
            yield Violation(f"header:{name}", message, None, ascii(value[:_LONGEST_SHOWN]), "control")
            return


@rule(
    "HTTP-013",
    must="send nothing after the end of a response",
    clause=f"{_HTTP_1_1}#section-6.3",
    operations=EVERY,
    note="The connection is closed then, and the bytes are not read as part of any response.",
)
def sends_nothing_after_the_end(reply: WireReply) -> Iterator[Violation]:
    """Content-Length or the last chunk determines the end; 204 and 304 have no body."""
    if reply.case.origin == "recorded":
        raise NotApplicable  # other recorders discard such bytes
    examined_beyond()
    defect = reply.response.defect("trailing")
    if defect is not None:
        yield Violation("", defect.message, None, _shown(defect), "trailing")


@rule(
    "HTTP-014",
    must="state the length of the body exactly once",
    clause=f"{_HTTP_1_1}#section-6.2",
    operations=EVERY,
    note="Recipients that use different lengths read different responses from the same bytes.",
)
def states_one_length(reply: WireReply) -> Iterator[Violation]:
    """Repeating the same Content-Length is allowed."""
    lengths, codings = reply.lengths, reply.values("transfer-encoding")
    examined(lengths or codings)
    if len(lengths) > 1:
        message = "The response has different Content-Lengths."
        yield Violation(
            "header:Content-Length",
            message,
            "one length",
            " and ".join(sorted(lengths)[:8])[:_LONGEST_SHOWN],
            "differing",
        )
    elif lengths and codings:
        message = "The response has both Content-Length and Transfer-Encoding."
        yield Violation("header:Content-Length", message, None, ", ".join(lengths | set(codings)), "both")


@rule(
    "HTTP-015",
    must="send Content-Type once",
    clause=f"{_HTTP}#section-5.3",
    operations=EVERY,
    note="Content-Type is not a list: whether a client uses the first or the last one is undefined.",
)
def sends_one_content_type(reply: WireReply) -> Iterator[Violation]:
    """Even two equal ones are a violation: gateways join them into an invalid value."""
    values = reply.values("content-type")
    examined(values)
    if len(values) > 1:
        yield Violation(
            "header:Content-Type",
            "The response has more than one Content-Type.",
            "one",
            " and ".join(values[:8])[:_LONGEST_SHOWN],
            "several",
        )


def _shown(defect: WireDefect) -> str | None:
    """Return the first bytes of a defect as text for reports."""
    return ascii(defect.raw[:_LONGEST_SHOWN])[1:] if defect.raw else None
