"""What one request showed about a target, in the form that the table of symptoms looks at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from aoai_conformance.exchange import Exchange
from aoai_conformance.json_access import members, text
from aoai_model.exchange import Response

_TITLE = re.compile(r"<title[^>]*>([^<]{1,100})</title>", re.IGNORECASE)
_LONGEST_QUOTE = 300
#: Kinds of operations whose responses are not JSON.
_NOT_JSON = frozenset({"speech"})
#: The member that a client reads from the JSON of each kind; any object will do for other kinds.
_CONTENT = {
    **dict.fromkeys(("chat", "extension-chat", "completions"), "choices"),
    **dict.fromkeys(("embeddings", "images"), "data"),
    **dict.fromkeys(("transcription", "translation"), "text"),
}
_LIST = "-list"


@dataclass(frozen=True, slots=True)
class Setting:
    """How the target is reached: its root URL, the proxy in use, the credentials and the layout."""

    root: str
    auth: str = "key"
    key_variable: str = ""
    layout: str = "azure"
    proxy: str = ""

    @property
    def host(self) -> str:
        """The host of the target."""
        return urlsplit(self.root).hostname or self.root


@dataclass(frozen=True)
class Evidence:
    """One exchange of the examination; `deployment` has the form KIND=NAME, empty for other operations."""

    setting: Setting
    exchange: Exchange
    received: datetime
    api_version: str = ""
    deployment: str = ""

    @property
    def operation(self) -> str:
        """The operationId."""
        return self.exchange.case.operation

    @property
    def response(self) -> Response | None:
        """The response, also one that only asks to wait."""
        return self.exchange.response or self.exchange.throttled

    @property
    def failure(self) -> str:
        """Why there is no response; empty if there is one."""
        failure = self.exchange.failure
        return "" if failure is None or self.response is not None else failure.message

    @property
    def is_sent(self) -> bool:
        """Whether the request was sent."""
        return self.exchange.attempts > 0

    @property
    def status(self) -> int:
        """The status of the response; 0 without one."""
        return 0 if self.response is None else self.response.status

    @cached_property
    def error(self) -> Mapping[str, Any]:
        """The error object of the response, or its whole JSON object; empty if there is none."""
        if self.response is None or not self.response.is_json:
            return {}
        whole = members(self.response.json)
        return members(whole.get("error")) or whole

    @property
    def code(self) -> str:
        """The error code, as text."""
        code = self.error.get("code", self.error.get("statusCode", ""))
        return str(code) if isinstance(code, str | int) else ""

    @cached_property
    def words(self) -> str:
        """What the server says: its message, the title of its page, or the beginning of its text."""
        for name in ("message", "detail", "error", "msg", "title"):
            found = text(self.error.get(name))
            if found:
                return found[:_LONGEST_QUOTE]
        if self.response is None:
            return self.failure[:_LONGEST_QUOTE]
        if self.is_page:
            title = _TITLE.search(self.response.text[:20_000])
            return f"(a page: {title[1].strip()})" if title else "(a page)"
        if self.is_ok:
            return ""
        return self.response.text.strip()[:_LONGEST_QUOTE] or self._first_defect[:_LONGEST_QUOTE]

    @property
    def _first_defect(self) -> str:
        """What is wrong with the bytes of the response; empty if nothing is."""
        return next((each.message for each in self.response.defects), "") if self.response else ""

    @property
    def is_out_of_time(self) -> bool:
        """Whether a response began and did not end in time."""
        return self.response is not None and any(each.kind == "timeout" for each in self.response.defects)

    @property
    def is_page(self) -> bool:
        """Whether the response is a page for browsers."""
        response = self.response
        if response is None:
            return False
        return response.media_type == "text/html" or response.body[:200].lstrip()[:1] == b"<"

    @cached_property
    def is_ok(self) -> bool:
        """Whether the operation responded as it should: with success and content of its kind."""
        response = self.exchange.response
        if response is None or not 200 <= response.status < 300 or not response.complete:
            return False
        if self.exchange.case.kind in _NOT_JSON:
            return bool(response.body) and not self.is_page
        if not response.is_json:
            return False
        content, kind = members(response.json), self.exchange.case.kind
        expected = "data" if kind.endswith(_LIST) else _CONTENT.get(kind)
        return bool(content) and (
            not content.get("error") if expected is None else content.get(expected) is not None
        )

    @property
    def reports_error(self) -> bool:
        """Whether the JSON of the response has an error object or text, whatever its status."""
        response = self.response
        return response is not None and response.is_json and bool(members(response.json).get("error"))

    @property
    def quote(self) -> str:
        """The status, the code and what the server says."""
        code = self.code if self.code != str(self.status) else ""
        return " ".join(part for part in (str(self.status) if self.status else "", code, self.words) if part)

    def header(self, name: str) -> str:
        """A header of the response; empty without it."""
        return "" if self.response is None else self.response.header(name) or ""

    @cached_property
    def clock_skew(self) -> float:
        """How many seconds the clock of this machine is ahead of the server's; 0 if that is unknown."""
        try:
            there = parsedate_to_datetime(self.header("date"))
        except ValueError:
            return 0.0
        there = there if there.tzinfo is not None else there.replace(tzinfo=UTC)
        return (self.received - there).total_seconds()
