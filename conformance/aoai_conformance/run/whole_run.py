"""A whole run, from what a user chose to a folder that holds the record and its reports.

The command `run` and the pytest plugin both go this way, so that the same choices give the same record.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from aoai_conformance.baseline.baseline import Baseline
from aoai_conformance.judging.quirk_file import chosen_quirks
from aoai_conformance.run.choices import (
    Choices,
    chosen_operations,
    chosen_plans,
    chosen_rules,
    excluded_operations,
)
from aoai_conformance.run.interruption import restored_signals
from aoai_conformance.run.output_folder import default_folder, new_folder, output_needed
from aoai_conformance.run.progress import RunProgress, progress_on
from aoai_conformance.run.session import RECORD_NAME, Session, conduct
from aoai_conformance.target.authentication import KEY_VARIABLE, Scheme, short_secret_warning
from aoai_conformance.target.choice import EMULATOR, TargetChoice, chosen_target, require_served
from aoai_conformance.target.documents import chosen_documents, warnings_about
from aoai_conformance.target.layout import TargetLayout
from aoai_conformance.target.targets import Target, parse_deployments
from aoai_model.serialization import Json
from aoai_reports.formats.folder import write_run_folder
from aoai_reports.formats.output import write_text
from aoai_reports.record.reader import Record, read_record
from aoai_reports.results.sufficiency import MIN_SHOWN
from aoai_reports.results.summary import Summary
from aoai_reports.run_comparison.folder import write_documents_compared
from aoai_specs.errors import ConformanceError
from aoai_strategies.planning.capabilities import Capabilities, read_capabilities
from aoai_strategies.planning.planning import DEEP_EXAMPLES

CAPABILITIES_NAME = "capabilities.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChoices:
    """What a user may choose of a run; the defaults are those of the command line.

    `deployments` are texts of the form KIND=NAME; `out` is a new or empty folder, by default one below
    `aoai-runs`; `history` is the file that remembers the run, None where nothing does.
    """

    target: str = EMULATOR
    surface: str | None = None
    api_versions: tuple[str, ...] = ()
    specs: tuple[str, ...] = ()
    as_published: bool = False
    profile: str = "standard"
    operations: tuple[str, ...] = ()
    seed: int = 0
    max_requests: int | None = None
    max_tokens: int | None = None
    excluded: tuple[str, ...] = ()
    capabilities: Path | None = None
    min_shown: float = MIN_SHOWN
    require_complete: bool = False
    examples: int = DEEP_EXAMPLES
    deployments: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    api_key_env: str = KEY_VARIABLE
    auth: Scheme = "key"
    target_layout: TargetLayout = "azure"
    timeout: float = 120.0
    concurrency: int = 8
    baseline: Path | None = None
    strict: bool = False
    quirks: Path | None = None
    out: Path | None = None
    history: Path | None = None

    @property
    def plan(self) -> Choices:
        """What of the choices makes the plan."""
        return Choices(
            profile=self.profile,
            operations=self.operations,
            seed=self.seed,
            examples=self.examples,
            excluded=self.excluded,
        )

    def recorded(self, deployments: dict[str, str]) -> dict[str, Json]:
        """The choices as the record's header keeps them, with the deployments that the target has."""
        return {
            "api_versions": list(self.api_versions),
            "specs": list(self.specs),
            "as_published": self.as_published,
            "operations": list(self.operations),
            "rules": list(self.rules),
            "deployments": dict(sorted(deployments.items())),
            "auth": self.auth,
            "target_layout": self.target_layout,
            "concurrency": self.concurrency,
            "timeout": self.timeout,
            "max_requests": self.max_requests,
            "max_tokens": self.max_tokens,
            "examples": self.examples,
            "strict": self.strict,
            "min_shown": self.min_shown,
            "require_complete": self.require_complete,
            "capabilities": None if self.capabilities is None else str(self.capabilities),
            "baseline": None if self.baseline is None else str(self.baseline),
        }


@dataclass(frozen=True, slots=True)
class WholeRun:
    """A run that was carried out.

    `not_configured` are the operations that the target does not serve; `forgotten` says why the run is not in
    the history that it should be in, and is empty otherwise; `warnings` say what
    of a description is left out.
    """

    folder: Path
    record: Record
    summary: Summary
    not_configured: tuple[str, ...]
    forgotten: str = ""
    warnings: tuple[str, ...] = ()


def carry_out(
    choices: RunChoices,
    accepted: Baseline | None = None,
    show: Callable[[], RunProgress] = progress_on,
) -> WholeRun:
    """Send the plan that the choices come to, judge it, and write the record and the reports.

    Where it tests several documents, comparison.md says how the target differs from one to the next.

    `accepted` holds the violations that somebody accepted, `show` makes what is told of the progress. Raises
    ConformanceError, TargetError or OutputError where nothing can be tested or written.
    """
    accepted = Baseline() if accepted is None else accepted
    capabilities = None
    if choices.capabilities is not None:
        capabilities = replace(read_capabilities(choices.capabilities), promised=True)
    wanted = TargetChoice(
        target=choices.target,
        deployments=parse_deployments(choices.deployments),
        auth=choices.auth,
        key_variable=choices.api_key_env,
        layout=choices.target_layout,
    )
    surface, api_versions, specs = choices.surface, choices.api_versions, choices.specs
    with chosen_target(wanted, surface=surface, api_versions=api_versions, specs=specs) as source:
        documents = chosen_documents(
            surface=surface, api_versions=api_versions, specs=specs, as_published=choices.as_published
        )
        judged_by = chosen_rules(choices.rules)
        own = chosen_quirks(choices.quirks)
        chosen = chosen_operations(choices.plan, documents)
        with new_folder(choices.out or default_folder(choices.target)) as folder:
            aim = source.target()
            idle = require_served(aim, chosen)
            session = Session(
                target=aim,
                documents=documents,
                rules=judged_by,
                plans=chosen_plans(
                    choices.plan, chosen, lambda each: aim.serves(each.kind, each.path), aim.layout
                ),
                not_configured=idle,
                excluded=excluded_operations(choices.plan, documents),
                seed=choices.seed,
                profile=choices.profile,
                concurrency=choices.concurrency,
                seconds=choices.timeout,
                max_requests=choices.max_requests,
                max_tokens=choices.max_tokens,
                capabilities=capabilities,
                earlier=_earlier_capabilities(choices.history, aim.name),
                options={**choices.recorded(dict(aim.deployments)), **own.options, **_remarks(aim)},
                quirks=own.table,
            )
            with output_needed(folder), restored_signals():
                with show() as progress:
                    asyncio.run(conduct(session, folder, progress))
                record = read_record(folder / RECORD_NAME)
                summary = write_run_folder(folder, strict=choices.strict, baseline=accepted, record=record)
                _write_capabilities(folder, record)
                write_documents_compared(folder, record, accepted.why_known)
            forgotten = _remember(choices.history, record, folder)
            return WholeRun(folder, record, summary, idle, forgotten, warnings_about(documents))


def _remarks(target: Target) -> dict[str, Json]:
    """What every report says of a run, whatever it found."""
    warning = short_secret_warning(target.authentication)
    return {"remarks": [warning]} if warning else {}


def _write_capabilities(folder: Path, record: Record) -> None:
    """Write capabilities.json, which `--capabilities` reads again, where the run found any."""
    found = Capabilities.from_json(record.header.capabilities)
    if found.deployments:
        text = json.dumps(replace(found, promised=False).to_json(), ensure_ascii=False, indent=2)
        write_text(folder / CAPABILITIES_NAME, f"{text}\n")


def _earlier_capabilities(history: Path | None, target: str) -> Capabilities | None:
    """What the previous run of a target found that its deployments support; None where that is not known."""
    if history is None or not history.exists():
        return None
    from aoai_reports.history.store import History, HistoryError

    try:
        runs = History(history).runs(target=target, most=1)
        return read_capabilities(Path(runs[-1].record)) if runs else None
    except (HistoryError, ConformanceError):
        return None  # the record is gone, or probed nothing


def _remember(history: Path | None, record: Record, folder: Path) -> str:
    """Add the run to the history; why that was not possible, which changes nothing about the run."""
    if history is None:
        return ""
    from aoai_reports.history.accepted import accepted_beside, baseline_failed_beside
    from aoai_reports.history.entry import entry_of
    from aoai_reports.history.store import History, HistoryError

    try:
        path = (folder / RECORD_NAME).resolve()
        failed = baseline_failed_beside(path)
        History(history).add(entry_of(record, str(path), accepted_beside(path), baseline_failed=failed))
    except HistoryError as error:
        return f"The run is not in the history. {error}"
    return ""
