"""Judges traffic as it passes, and writes it to a record without its secrets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aoai_conformance.judging.judged import Judge, JudgedExchange
from aoai_conformance.recording.record_lines import exchange_line
from aoai_conformance.recording.traffic.observed_traffic import Secrets
from aoai_conformance.recording.traffic.recognition import (
    NotJudgedError,
    find_operation,
    recognised_exchange,
)
from aoai_conformance.redaction.secret_names import SecretNames
from aoai_model.exchange import Request, Response, TransportFailure
from aoai_reports.formats.quantities import quantity
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.writer import RecordWriter
from aoai_specs.document import Document

#: How many secrets are searched for; tokens are renewed every hour or so.
_MOST_SECRETS = 1000
#: How many reasons are counted one by one; clients choose the api-versions that they name.
_MOST_REASONS = 50
_FURTHER_REASONS = f"reasons after the first {_MOST_REASONS} are not listed"


@dataclass(slots=True)
class TrafficRecorder:
    """Writes the judged exchanges of some documents; other traffic is counted.

    `names` are the names of headers with secrets. Without `keep_bodies`, the record has no bodies; they are
    judged all the same. An instance serves one thread at a time.
    """

    writer: RecordWriter
    documents: Sequence[Document]
    judge: Judge
    names: SecretNames = field(default_factory=SecretNames)
    keep_bodies: bool = True
    used: dict[str, Document] = field(default_factory=dict)
    _skipped: Counter[str] = field(default_factory=Counter)
    _secrets: dict[str, None] = field(default_factory=dict)
    _count: int = 0

    @property
    def remarks(self) -> tuple[str, ...]:
        """One sentence for each of the first reasons why traffic was not recorded, and one for the others."""
        return tuple(
            f"{quantity(number, 'request')} passed on, but not recorded: {reason}."
            for reason, number in self._skipped.items()
        )

    def add(self, request: Request, outcome: Response | TransportFailure) -> ExchangeLine | None:
        """Judge and write a request and its outcome, both with secrets; return None if it is not recorded."""
        response = outcome if isinstance(outcome, Response) else None
        secrets = self._secrets_of(request, response)
        case = f"request-{self._count + 1}"
        try:
            operation = find_operation(request.url, request.method, self.documents)
            exchange = recognised_exchange(case, operation, request, response, secrets)
        except NotJudgedError as error:
            self._skip(secrets.redactor.text(str(error)))
            return None
        self._count += 1
        if isinstance(outcome, TransportFailure):
            failure = replace(outcome, message=secrets.redactor.text(outcome.message), received=b"")
            exchange = replace(exchange, failure=failure)
        judged = self.judge(exchange)
        assert isinstance(judged, JudgedExchange)  # noqa: S101 - judging an exchange returns a JudgedExchange
        line, idle = exchange_line(judged)
        line = line if self.keep_bodies else _without_bodies(line)
        self.writer.write_exchange(line, not_applicable=idle)
        name = str(operation.document.name)
        self.used.setdefault(name, operation.document)
        return line

    def _skip(self, reason: str) -> None:
        """Count a request that is not recorded."""
        is_listed = reason in self._skipped or len(self._skipped) < _MOST_REASONS
        self._skipped[reason if is_listed else _FURTHER_REASONS] += 1

    def _secrets_of(self, request: Request, response: Response | None) -> Secrets:
        """The secrets of this exchange and of those before it, which a response may echo."""
        headers = request.headers if response is None else (*request.headers, *response.headers)
        for secret in (*self.names.values_in(request.url), *self.names.values_of(headers)):
            self._secrets[secret] = None
        while len(self._secrets) > _MOST_SECRETS:
            del self._secrets[next(iter(self._secrets))]
        return Secrets.of((), self.names, self._secrets)


def _without_bodies(line: ExchangeLine) -> ExchangeLine:
    """A line without what the messages contain, marked so that it is not judged again."""
    request = replace(line.request, body=b"", body_missing=bool(line.request.body))
    response = line.response
    if response is not None:
        events = None if response.events is None else ()
        response = replace(response, body=b"", events=events, defects=(), body_missing=True)
    return replace(line, request=request, response=response, curl="")
