"""A whole run, from the user's choices to a folder with the record and its reports.

The command `run` and the pytest plugin both use it, so that equal choices give equal records.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from aoai_conformance.baseline.baseline import Baseline
from aoai_conformance.cost.limits import SpendingLimits
from aoai_conformance.cost.rates import rates_of
from aoai_conformance.engine.rate_limits import RateLimits, parse_limits
from aoai_conformance.options import KEY_HEADER, RunChoices
from aoai_conformance.quirks.quirk_file import choose_quirks
from aoai_conformance.recording.parallel.jobs import AUTO, Jobs
from aoai_conformance.recording.parallel.running import JudgingPlace
from aoai_conformance.run.event_stream import open_events
from aoai_conformance.run.interruption import restored_signals
from aoai_conformance.run.output_folder import default_folder, new_folder, output_needed
from aoai_conformance.run.progress import RunProgress, progress_on
from aoai_conformance.run.resumption import CHOICES, InterruptedRun, recorded_choices
from aoai_conformance.run.session import Session, conduct
from aoai_conformance.target.authentication import short_secret_warnings
from aoai_conformance.target.billing import any_billed, is_emulator
from aoai_conformance.target.choice import TargetChoice, choose_target, require_one_base_path, require_served
from aoai_conformance.target.documents import documents_of, warnings_about
from aoai_conformance.target.request_headers import split_headers
from aoai_conformance.target.selection import (
    choose_operations,
    choose_plans,
    choose_rules,
    excluded_operations,
)
from aoai_conformance.target.targets import Target
from aoai_model.serialization import Json
from aoai_specs.document import Document, Operation
from aoai_specs.errors import ConformanceError, MissingExtraError
from aoai_strategies.planning.capabilities import Capabilities, read_capabilities
from aoai_strategies.planning.plan_cache import PlanCache

if TYPE_CHECKING:
    from aoai_reports.record.reader import Record
    from aoai_reports.results.summary import Summary

#: How many operations a remark names.
_MOST_NAMES = 20


def recorded_options(choices: RunChoices, deployments: Mapping[str, str]) -> dict[str, Json]:
    """The choices in the form of the record's header, with the deployments of the target."""
    return {
        "api_versions": list(choices.api_versions),
        "specs": list(choices.specs),
        **({"overlays": list(choices.overlays)} if choices.overlays else {}),
        "as_published": choices.as_published,
        "operations": list(choices.operations),
        "rules": list(choices.rules),
        "deployments": dict(sorted(deployments.items())),
        "auth": choices.auth,
        **_recorded_access(choices),
        "target_layout": choices.target_layout,
        "concurrency": choices.concurrency,
        "rpm": list(choices.rpm),
        "tpm": list(choices.tpm),
        "max_wait": choices.max_wait,
        "timeout": choices.timeout,
        "max_requests": choices.max_requests,
        "max_tokens": choices.max_tokens,
        "max_cost": choices.max_cost,
        "max_time": choices.max_time,
        "prices": None if choices.prices is None else str(choices.prices),
        "allow_billed": choices.allow_billed,
        "examples": choices.examples,
        "strict": choices.strict,
        "min_shown": choices.min_shown,
        "require_complete": choices.require_complete,
        **({"flaky": True} if choices.flaky else {}),
        "capabilities": None if choices.capabilities is None else str(choices.capabilities),
        "baseline": None if choices.baseline is None else str(choices.baseline),
    }


def _recorded_access(choices: RunChoices) -> dict[str, Json]:
    """How the target was reached, as far as the user chose it; variables stand for their values."""
    added: dict[str, Json] = dict(split_headers(choices.headers, None))
    chosen: dict[str, Json] = {
        "headers": added,
        "api_key_header": "" if choices.api_key_header == KEY_HEADER else choices.api_key_header,
        "ca": "" if choices.ca is None else str(choices.ca),
        "cert": "" if choices.cert is None else str(choices.cert),
        "cert_key": "" if choices.cert_key is None else str(choices.cert_key),
        "proxy": choices.proxy or "",
    }
    return {name: value for name, value in chosen.items() if value}


@dataclass(frozen=True, slots=True)
class WholeRun:
    """A finished run.

    `not_configured` are the operations that the target does not serve, `not_served` those of them that an
    emulator lacks; `history_error` is why the run could not be added to the history, empty otherwise;
    `warnings` are about parts of a description that are ignored.
    """

    folder: Path
    record: Record
    summary: Summary
    not_configured: tuple[str, ...]
    history_error: str = ""
    warnings: tuple[str, ...] = ()
    not_served: tuple[str, ...] = ()


def carry_out(
    choices: RunChoices,
    baseline: Baseline | None = None,
    show: Callable[[], RunProgress] = progress_on,
    resumed: InterruptedRun | None = None,
    plans: PlanCache | None = None,
    jobs: Jobs = AUTO,
) -> WholeRun:
    """Carry out a run: send the plan, judge the exchanges, and write the record and the reports.

    If several documents are tested, comparison.md shows how the target differs between them. `baseline` has
    the accepted violations; `show` creates the progress display. `resumed` is the interrupted run in the
    folder `out`, which is continued. `plans` keeps plans for further runs; `jobs` is how many processes
    judge. Raises ConformanceError, TargetError or OutputError if nothing can be tested or written.
    """
    baseline = Baseline() if baseline is None else baseline
    capabilities = None
    if choices.capabilities is not None:
        capabilities = replace(read_capabilities(choices.capabilities), promised=True)
    choice = TargetChoice.of(choices)
    with (
        show() as progress,
        choose_target(
            choice,
            surface=choices.surface,
            api_versions=choices.api_versions,
            specs=choices.specs,
            overlays=choices.overlays,
            remote_references=choices.allow_remote_refs,
        ) as source,
    ):
        progress.stage("Loading the documents and rules")
        documents = documents_of(choices)
        require_one_base_path(choices.base_path, documents)
        rules = choose_rules(choices.rules) if choices.rules else None
        own = choose_quirks(choices.quirks)
        chosen = choose_operations(choices, documents)
        with (
            _folder(choices, resumed) as folder,
            open_events(choices.events) as events,
        ):
            target = source.target()
            not_configured = require_served(target, chosen)
            rate_limits = RateLimits(
                parse_limits("rpm", choices.rpm, target.deployments),
                parse_limits("tpm", choices.tpm, target.deployments),
            )
            progress.stage("Planning")
            session = Session(
                target=target,
                documents=documents,
                rules=rules,
                plans=choose_plans(choices, chosen, target.serves_operation, target.layout, plans),
                not_configured=not_configured,
                excluded=excluded_operations(choices, documents),
                seed=choices.seed,
                profile=choices.profile,
                label=choices.label or "",
                concurrency=choices.concurrency,
                rate_limits=rate_limits,
                max_wait=choices.max_wait,
                seconds=choices.timeout,
                limits=SpendingLimits.of(choices),
                rates=rates_of(choices, target.deployments, rate_limits.requests, rate_limits.tokens),
                allow_billed=choices.allow_billed or not any_billed(chosen) or is_emulator(target),
                capabilities=capabilities,
                earlier=_earlier_capabilities(choices.history, choices.label or target.name),
                options={
                    **recorded_options(choices, target.deployments),
                    CHOICES: recorded_choices(choices),
                    **own.options,
                    **_remarks(target, chosen),
                },
                judging=JudgingPlace(choices, jobs),
                quirks=own.table,
                events=events,
                resumed=resumed,
            )
            with output_needed(folder), restored_signals():
                asyncio.run(conduct(session, folder, progress))
                progress.stage("Writing the reports")
                from aoai_conformance.run.reporting import write_reports

                reported = write_reports(folder, choices, baseline)
                events.end(reported.summary)
            error = reported.add_to_history(choices.history)
            warnings, lacking = warnings_about(documents), tuple(_lacking(target, chosen))
            return WholeRun(
                folder, reported.record, reported.summary, not_configured, error, warnings, lacking
            )


def require_no_event_loop() -> None:
    """Raise ConformanceError inside a running event loop, where a run cannot have its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise ConformanceError(
        "api.run has its own event loop; inside a running one, use `await asyncio.to_thread(api.run, …)`."
    )


def _folder(choices: RunChoices, resumed: InterruptedRun | None) -> AbstractContextManager[Path]:
    """The folder of a new run, or that of the run that is resumed."""
    folder = choices.out or default_folder(choices.target)
    return new_folder(folder) if resumed is None else nullcontext(folder)


def _lacking(target: Target, chosen: Iterable[tuple[Document, Sequence[Operation]]]) -> dict[str, None]:
    """The ids of the chosen operations that an emulator lacks."""
    return {each.id: None for _, some in chosen for each in some if not target.knows(each.kind)}


def _remarks(target: Target, chosen: Iterable[tuple[Document, Sequence[Operation]]]) -> dict[str, Json]:
    """Remarks for every report of the run."""
    others = set(target.secrets) - set(target.authentication.secrets)
    remarks: list[Json] = [*short_secret_warnings(target.authentication, others)]
    if "audio" in target.missing_extras:
        speech = {each.id: None for _, some in chosen for each in some if each.kind == "speech"}
        remarks += [
            f"{operation} is not configured. {MissingExtraError('audio', 'The speech of the emulator')}"
            for operation in (speech if "speech" not in target.deployments else ())
        ]
    lacking = list(_lacking(target, chosen))
    if lacking:
        remarks.append(f"The emulator does not serve {_listed(lacking)}.")
    return {"remarks": remarks} if remarks else {}


def _listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _earlier_capabilities(history: str | Path | None, key: str) -> Capabilities | None:
    """The capabilities that the previous run of a target found; None if unknown."""
    if history is None:
        return None
    from aoai_reports.history.store import History, HistoryError

    try:
        opened = History(history)
        runs = opened.runs(key=key, most=1) if opened.exists else ()
        return read_capabilities(Path(runs[-1].record)) if runs else None
    except (HistoryError, ConformanceError):
        return None  # the record was deleted or has no capabilities
