"""Judge the exchanges of a record by the current rules; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import aoai_conformance
from aoai_conformance.judging.judged import Judge, Part
from aoai_conformance.quirks.quirk_file import OwnQuirks
from aoai_conformance.quirks.quirks import QuirkTable
from aoai_conformance.recording.record_lines import header_facts
from aoai_conformance.recording.recorded import exchange_of
from aoai_conformance.recording.steps import group_steps, link_scenarios
from aoai_conformance.rule import Rule
from aoai_conformance.target.documents import choose_documents
from aoai_reports.record.lines import ExchangeLine, Header
from aoai_reports.record.reader import Record
from aoai_specs.document import Document
from aoai_strategies.planning.capabilities import Capabilities


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
    exchanges = link_scenarios({line.case: exchange_of(line) for line in record.exchanges if has_body(line)})
    yield from exchanges.values()
    for line in record.scenarios:
        group = group_steps(line, exchanges)
        if group is not None:
            yield group


def has_body(line: ExchangeLine) -> bool:
    """Whether the exchange of a line can be judged again."""
    return line.response is None or not line.response.body_missing


def judge_of(
    header: Header | None, documents: Sequence[Document], rules: Sequence[Rule], quirks: QuirkTable
) -> Judge:
    """Return the judge for the exchanges of a record with this header, or of another tool's recording."""
    named = {str(document.name): document for document in documents}
    promises = {} if header is None else Capabilities.from_json(header.capabilities).promises
    return Judge(named, rules, quirks, promises)


def update_header(
    header: Header,
    operations: Iterable[str],
    documents: Sequence[Document],
    rules: Sequence[Rule],
    quirks: OwnQuirks,
) -> Header:
    """Return the header of a record that is judged again, with the current rules and tool.

    `operations` are those of its exchanges.
    """
    chosen = {each for listed in header.rule_operations.values() for each in listed}
    kept = {name: value for name, value in header.options.items() if not name.startswith("quirks")}
    return replace(
        header,
        options={**kept, **quirks.options},
        tool=f"aoai-conformance {aoai_conformance.__version__}",
        **header_facts(rules, documents, quirks.table, chosen.union(operations)),
    )
