"""Judge the exchanges of a record by the current rules; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import aoai_conformance
from aoai_conformance.exchange import Exchange, link_earlier
from aoai_conformance.judging.judged import Judge, Judged, JudgedExchange, Part, StepGroup
from aoai_conformance.quirks.quirk_file import OwnQuirks
from aoai_conformance.recording.record_lines import (
    exchange_line,
    header_facts,
    scenario_line,
)
from aoai_conformance.recording.recorded import exchange_of
from aoai_conformance.rule import Rule
from aoai_conformance.target.documents import choose_documents
from aoai_conformance.views.scenarios import BISECTED
from aoai_reports.record.lines import ExchangeLine, Footer, Header
from aoai_reports.record.reader import Record
from aoai_reports.record.writer import RecordWriter
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError
from aoai_strategies.planning.capabilities import Capabilities

_BISECTED_STEPS = ("whole", "first", "second")


def documents_of(
    record: Record,
    specs: Sequence[str] = (),
    overlays: Sequence[str] = (),
    *,
    remote_references: bool = False,
) -> tuple[Document, ...]:
    """Return the documents of a record, from `specs` or from the catalogue.

    Without `overlays`, those of the run apply to `specs`.

    Raises UnknownNameError for a document that is in neither.
    """
    published = record.header.options.get("as_published") is True
    given = (
        choose_documents(
            surface=record.header.surface,
            api_versions=_texts(record, "api_versions"),
            specs=specs,
            as_published=published,
            overlays=overlays or overlays_of(record),
            remote_references=remote_references,
        )
        if specs
        else ()
    )
    named = {str(document.name): document for document in given}
    missing = [name for name in record.header.documents if name not in named]
    if missing:
        packaged = choose_documents(api_versions=missing, as_published=published)
        named |= {str(document.name): document for document in packaged}
    return tuple(named[name] for name in record.header.documents)


def overlays_of(record: Record) -> tuple[str, ...]:
    """Return the overlays with which a run changed its own descriptions."""
    return _texts(record, "overlays")


def _texts(record: Record, name: str) -> tuple[str, ...]:
    """Return the texts of an option of the run."""
    value = record.header.options.get(name)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def parts_of(record: Record) -> Iterator[Part]:
    """Yield the exchanges of a record, then its scenarios, without their verdicts.

    Exchanges whose response was recorded without its body are left out.
    """
    exchanges = {line.case: exchange_of(line) for line in record.exchanges if not _lacks_body(line)}
    for scenario in _scenarios(exchanges.values()):
        exchanges |= {step.case.id: step for step in link_earlier(scenario)}
    yield from exchanges.values()
    for line in record.scenarios:
        steps: dict[str, Exchange] = {}
        for place, case in enumerate(line.cases):
            exchange = exchanges.get(case)
            if exchange is None:
                continue
            if line.kind == BISECTED and place < len(_BISECTED_STEPS):
                steps[_BISECTED_STEPS[place]] = exchange
            elif exchange.case.scenario is not None:
                steps[exchange.case.scenario.step] = exchange
            else:
                steps[case] = exchange
        if steps:
            yield StepGroup(line.scenario, line.kind, steps)


def _scenarios(exchanges: Iterable[Exchange]) -> list[list[Exchange]]:
    """Group the exchanges by scenario, in sending order."""
    found: dict[tuple[str, str], list[Exchange]] = {}
    for exchange in exchanges:
        step = exchange.case.scenario
        if step is not None:
            found.setdefault((exchange.case.document, step.id), []).append(exchange)
    return list(found.values())


def update_header(
    record: Record, documents: Sequence[Document], rules: Sequence[Rule], quirks: OwnQuirks
) -> Header:
    """Return the header of a record that is judged again, with the current rules and tool."""
    header = record.header
    chosen = {operation for operations in header.rule_operations.values() for operation in operations}
    chosen |= {line.operation for line in record.exchanges}
    kept = {name: value for name, value in header.options.items() if not name.startswith("quirks")}
    return replace(
        header,
        options={**kept, **quirks.options},
        tool=f"aoai-conformance {aoai_conformance.__version__}",
        **header_facts(rules, documents, quirks.table, chosen),
    )


def write_rejudged(
    record: Record,
    documents: Sequence[Document],
    rules: Sequence[Rule],
    path: Path,
    quirks: OwnQuirks | None = None,
) -> None:
    """Judge a record again and write the result as a new record.

    Times and costs are those of the run; a truncated record counts as interrupted. Raises ConformanceError if
    an exchange names a document or an operation that is not given.
    """
    known = {operation for document in documents for operation in document.operations}
    named = {str(document.name) for document in documents}
    for line in record.exchanges:
        if line.document not in named:
            raise ConformanceError(
                f"{line.case} names the document {line.document!r}, which the record's header does not list."
            )
        if line.operation not in known:
            raise ConformanceError(
                f"The record's operation {line.operation} is not in {', '.join(record.header.documents)}: "
                "give the description that it was recorded with, with --spec."
            )
    own = OwnQuirks() if quirks is None else quirks
    promises = Capabilities.from_json(record.header.capabilities).promises
    judge = Judge({str(document.name): document for document in documents}, rules, own.table, promises)
    footer = record.footer
    header = update_header(record, documents, rules, own)
    kept = filter(_lacks_body, record.exchanges)
    judged = map(judge, parts_of(record))
    write_judged(path, header, judged, footer, interrupted=record.interrupted, kept=kept)


def _lacks_body(line: ExchangeLine) -> bool:
    return line.response is not None and line.response.body_missing


def write_judged(
    path: Path,
    header: Header,
    judged: Iterable[Judged],
    footer: Footer | None,
    *,
    interrupted: bool,
    kept: Iterable[ExchangeLine] = (),
) -> None:
    """Write judged exchanges and scenarios as a record with the end and the cost of `footer`.

    The lines in `kept` come first, with the verdicts that they have.
    """
    with RecordWriter(path, header) as writer:
        for line in kept:
            writer.write_exchange(line)
        for each in judged:
            if isinstance(each, JudgedExchange):
                exchange, idle = exchange_line(each)
                writer.write_exchange(exchange, not_applicable=idle)
            else:
                scenario, idle = scenario_line(each)
                writer.write_scenario(scenario, not_applicable=idle)
        counted = writer.footer(interrupted=interrupted)
        if footer is None:
            writer.close(replace(counted, ended=header.started, seconds=0.0))
        else:
            cost = {name: getattr(footer, name) for name in ("ended", "seconds", "requests", "tokens")}
            writer.close(replace(counted, **cost))
