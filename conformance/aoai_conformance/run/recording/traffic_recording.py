"""Records the traffic between a client and a target, from the user's choices to a folder with reports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import aoai_conformance
from aoai_conformance.baseline.baseline import Baseline
from aoai_conformance.judging.judged import Judge
from aoai_conformance.options import RunChoices
from aoai_conformance.quirks.quirk_file import OwnQuirks, choose_quirks
from aoai_conformance.recording.proxy.recorder import TrafficRecorder
from aoai_conformance.recording.proxy.server import ReverseProxy, transport_to
from aoai_conformance.recording.record_lines import header_facts
from aoai_conformance.redaction.secret_names import SecretNames
from aoai_conformance.rule import Rule
from aoai_conformance.run.interruption import restored_signals, stops_on_interrupt
from aoai_conformance.run.output_folder import default_folder, new_folder, output_needed
from aoai_conformance.target.connection import Connection, connection_of
from aoai_conformance.target.documents import choose_documents
from aoai_conformance.target.documents import documents_of as chosen_documents
from aoai_conformance.target.selection import choose_rules
from aoai_conformance.target.targets import checked_root, is_loopback
from aoai_model.exchange import Request, Response, TransportFailure
from aoai_reports.formats.folder import write_run_folder
from aoai_reports.record.lines import ExchangeLine, Header
from aoai_reports.record.reader import Record, read_record
from aoai_reports.record.writer import RecordWriter, utc_text
from aoai_reports.results.summary import Summary
from aoai_reports.run_folder import RECORD_NAME
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError
from aoai_specs.versions import dated_first


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingChoices:
    """What a user may choose for a recording.

    `judging` has the options that `judge` has, too, and those of the connection to the target. `port` 0 is a
    free port.
    """

    target: str
    judging: RunChoices
    host: str = "127.0.0.1"
    port: int = 0
    secret_headers: Sequence[str] = ()
    keep_bodies: bool = True
    out: Path | None = None


#: Passes on traffic to a target until it is told to end; each exchange goes to the recorder.
PassTraffic = Callable[[str, Connection, TrafficRecorder], None]


@dataclass(frozen=True, slots=True)
class TrafficRecording:
    """A finished recording; `remarks` say what was not recorded."""

    folder: Path
    record: Record
    summary: Summary
    remarks: tuple[str, ...]


def record_traffic(
    choices: RecordingChoices,
    baseline: Baseline,
    *,
    ready: Callable[[str], None],
    on_judged: Callable[[ExchangeLine], None],
) -> TrafficRecording:
    """Pass on traffic until SIGINT or SIGTERM, judge it, and write the record and its reports.

    `ready` gets the URL of the proxy, `on_judged` each exchange. Without chosen documents, each request is
    judged by the packaged document of its api-version. Raises ConformanceError for choices that cannot be
    used, and OutputError if the record cannot be written.
    """

    def pass_traffic(root: str, connection: Connection, recorder: TrafficRecorder) -> None:
        asyncio.run(_serve(root, connection, choices, recorder, ready, on_judged))

    return record_with(choices, baseline, pass_traffic)


def record_with(
    choices: RecordingChoices, baseline: Baseline, pass_traffic: PassTraffic, option: str = "--target"
) -> TrafficRecording:
    """Write a record, and its reports, of what `pass_traffic` gives to the recorder until it returns.

    `option` is the one that names the target. Raises like `record_traffic`.
    """
    root = checked_root(choices.target, option)
    judging = choices.judging
    connection = connection_of(
        ca=judging.ca, certificate=judging.cert, certificate_key=judging.cert_key, proxy=judging.proxy
    )
    rules, own = choose_rules(judging.rules), choose_quirks(judging.quirks)
    documents = _documents(judging)
    with new_folder(choices.out or default_folder(root)) as folder, output_needed(folder), restored_signals():
        header = _header(root, documents, rules, own)
        with RecordWriter(folder / RECORD_NAME, header) as writer:
            recorder = TrafficRecorder(
                writer,
                documents,
                Judge({str(document.name): document for document in documents}, rules, own.table),
                SecretNames.with_headers(choices.secret_headers),
                choices.keep_bodies,
            )
            try:
                pass_traffic(root, connection, recorder)
            except ConformanceError:
                writer.discard()
                raise
        used = tuple(recorder.used.values()) or documents[:1]
        final = _header(root, used, rules, own, recorder.remarks)
        _replace_header(folder / RECORD_NAME, replace(final, started=header.started))
        record = read_record(folder / RECORD_NAME)
        summary = write_run_folder(folder, strict=judging.strict, baseline=baseline, record=record)
        return TrafficRecording(folder, record, summary, recorder.remarks)


async def _serve(
    root: str,
    connection: Connection,
    choices: RecordingChoices,
    recorder: TrafficRecorder,
    ready: Callable[[str], None],
    on_judged: Callable[[ExchangeLine], None],
) -> None:
    """Serve the proxy; judge and write in one thread, so that neither delays the traffic."""
    stop = asyncio.Event()
    failures: list[BaseException] = []
    transport = transport_to(
        root, verify=connection.ssl_context, use_proxies=not is_loopback(root), proxy=connection.proxy
    )

    def add(request: Request, outcome: Response | TransportFailure) -> None:
        try:
            line = recorder.add(request, outcome)
            if line is not None:
                on_judged(line)
        except Exception as error:  # noqa: BLE001 - raised again after the proxy has ended
            failures.append(error)
            loop.call_soon_threadsafe(stop.set)

    def submit(request: Request, outcome: Response | TransportFailure) -> None:
        thread.submit(add, request, outcome)

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "record") as thread, stops_on_interrupt(stop):
        proxy = ReverseProxy(root, transport, submit)
        try:
            await proxy.serve(choices.host, choices.port, ready, stop)
        except OSError as error:
            raise ConformanceError(
                f"Cannot listen on {choices.host}:{choices.port}: {error.strerror or error}."
            ) from error
        finally:
            await transport.aclose()
    if failures:
        raise failures[0]


def _replace_header(path: Path, header: Header) -> None:
    """Write a record again with a header that names only the documents of the traffic."""
    written = read_record(path)
    new = path.with_suffix(".new")
    with RecordWriter(new, header) as writer:
        for line in written.exchanges:
            writer.write_exchange(line)
        writer.close(written.footer)
    new.replace(path)


def _documents(choices: RunChoices) -> tuple[Document, ...]:
    """The chosen documents, or all packaged ones of the surface, newest first, those without a date last."""
    if choices.api_versions or choices.specs:
        return chosen_documents(choices)
    names = [
        str(name)
        for name in dated_first(Catalogue.packaged().names())
        if choices.surface in (None, name.surface)
    ]
    return choose_documents(api_versions=names, as_published=choices.as_published)


def _header(
    root: str,
    documents: Sequence[Document],
    rules: Sequence[Rule],
    own: OwnQuirks,
    remarks: Sequence[str] = (),
) -> Header:
    return Header(
        tool=f"aoai-conformance {aoai_conformance.__version__}",
        started=utc_text(datetime.now(UTC)),
        target=root,
        documents=tuple(str(document.name) for document in documents),
        surface=documents[0].name.surface,
        profile="recorded",
        seed=0,
        options={**({"remarks": list(remarks)} if remarks else {}), **own.options},
        **header_facts(rules, documents, own.table),
    )
