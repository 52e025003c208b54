"""Plan, run, judge and compare from Python, exactly as the command line does.

    >>> from aoai_conformance import api
    >>> planned = api.plan(profile="smoke", operations=["embeddings_create"])
    >>> planned.requests
    10
    >>> result = api.run(profile="smoke", operations=["embeddings_create"], out="night-1")
    >>> result.summary.verdict
    'conformant'
    >>> api.judge("night-1", rules=["USAGE-001"]).summary.findings
    ()
    >>> api.compare("night-1", result).fails
    False

Every option is a keyword argument with the name and the default of its field in
`aoai_conformance.options.RunChoices`; options that the command line repeats are sequences. Invalid options,
unreadable files and unreachable targets raise a ConformanceError, whose text is one sentence for the user.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, Unpack

from aoai_conformance.baseline.baseline import read_accepted
from aoai_conformance.cost.limits import PlanRoom, SpendingLimits
from aoai_conformance.cost.rates import named_deployments, rates_of
from aoai_conformance.engine.rate_limits import parse_limits
from aoai_conformance.options import EMULATOR, Duration, Option, RunChoices, Scheme, TargetLayout, options_of
from aoai_conformance.quirks.quirk_file import choose_quirks
from aoai_conformance.recording.parallel.jobs import AUTO, Jobs, valid_jobs
from aoai_conformance.run.output_folder import new_folder
from aoai_conformance.run.progress import Lines, progress_on
from aoai_conformance.run.resumption import read_interrupted
from aoai_conformance.run.whole_run import WholeRun, carry_out, require_no_event_loop
from aoai_conformance.target.choice import TargetChoice, require_one_base_path
from aoai_conformance.target.documents import documents_of, warnings_about
from aoai_conformance.target.layout import has_kind
from aoai_conformance.target.request_bytes import needs_deployment
from aoai_conformance.target.selection import choose_operations, choose_plans, choose_rules, sent_plans
from aoai_conformance.target.targets import checked_root
from aoai_model.case import Case, Plan
from aoai_reports.record.reader import Record, read_record
from aoai_reports.results.summary import Summary, summarize
from aoai_reports.run_folder import RECORD_NAME, read_run, record_file
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_strategies.planning.adapting import LeftOut
from aoai_strategies.planning.capabilities import read_capabilities
from aoai_strategies.planning.plan_cache import PlanCache

if TYPE_CHECKING:
    from aoai_conformance.run.plan_estimate import PlanEstimate
    from aoai_reports.run_comparison.changes import RunComparison

__all__ = [
    "JudgeOptions",
    "JudgeResult",
    "PlanOptions",
    "PlanResult",
    "RunOptions",
    "WholeRun",
    "compare",
    "judge",
    "plan",
    "resume",
    "run",
]

AnyPath: TypeAlias = str | PathLike[str]


class _DocumentOptions(TypedDict, total=False):
    surface: str | None
    api_versions: Sequence[str]
    specs: Sequence[str]
    overlays: Sequence[str]
    allow_remote_refs: bool
    as_published: bool


class RunOptions(_DocumentOptions, total=False):
    """The options of `run`, with the names and defaults of `RunChoices`."""

    profile: str
    operations: Sequence[str]
    excluded: Sequence[str]
    seed: int
    examples: int
    max_requests: int | None
    max_tokens: int | None
    max_cost: float | None
    max_time: float | str | None
    prices: AnyPath | None
    deployments: Sequence[str]
    capabilities: AnyPath | None
    target_layout: TargetLayout
    allow_billed: bool
    target: str
    rules: Sequence[str]
    api_key_env: str
    api_key_header: str
    auth: Scheme
    headers: Sequence[str]
    base_path: str | None
    ca: AnyPath | None
    cert: AnyPath | None
    cert_key: AnyPath | None
    proxy: str | None
    timeout: float
    concurrency: int
    rpm: Sequence[str]
    tpm: Sequence[str]
    max_wait: float
    baseline: AnyPath | None
    strict: bool
    flaky: bool
    min_shown: float
    require_complete: bool
    quirks: AnyPath | None
    out: AnyPath | None
    events: AnyPath | None
    history: AnyPath | None
    label: str | None


class PlanOptions(RunOptions, total=False):
    """The options of `plan`: those of `run`. Those that only concern judging and reporting have no effect."""


class JudgeOptions(_DocumentOptions, total=False):
    """The options of `judge`, with the names and defaults of `RunChoices`."""

    rules: Sequence[str]
    baseline: AnyPath | None
    strict: bool
    quirks: AnyPath | None


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What a run would send: a plan for each document.

    `estimate` is what that costs and how long it takes; `left_out` are the planned points that no request
    carries, each with its reason; `warnings` are about parts of a description that are ignored.
    """

    plans: tuple[Plan, ...]
    estimate: PlanEstimate
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def requests(self) -> int:
        """The number of planned requests."""
        return sum(len(each.cases) for each in self.plans)


@dataclass(frozen=True, slots=True)
class JudgeResult:
    """A new record, its summary, and the folder with both and the reports, None without `out`."""

    record: Record
    summary: Summary
    folder: Path | None = None


def plan(**options: Unpack[PlanOptions]) -> PlanResult:
    """Plan what `run` would send with the same options; send nothing.

    With `deployments`, plan only operations that one of them serves. Any URL as `target` counts as one whose
    batches and other jobs are billed. Raises ConformanceError for invalid options.

        >>> from aoai_conformance import api
        >>> planned = api.plan(api_versions=["2024-10-21"], operations=["Completions_Create"], max_requests=3)
        >>> [case.origin for case in planned.plans[0].cases]
        ['base', 'packed', 'point']
        >>> planned.left_out[0].cause
        'budget'
    """
    from aoai_conformance.run.plan_estimate import estimate_plans
    from aoai_conformance.run.preflight import minimal_cases
    from aoai_conformance.run.probing import expected_probes, is_brief

    choices = _choices("plan", options)
    if choices.rules:
        choose_rules(choices.rules)  # as `run` does, unknown rules are wrong usage
    if choices.target != EMULATOR:
        checked_root(choices.target)
    deployments, limits = TargetChoice.of(choices).deployments, SpendingLimits.of(choices)
    documents, named = documents_of(choices), named_deployments(choices, deployments)
    rpm, tpm = parse_limits("rpm", choices.rpm, named), parse_limits("tpm", choices.tpm, named)
    rates = rates_of(choices, deployments, rpm, tpm)
    require_one_base_path(choices.base_path, documents)
    by_name = {str(document.name): document for document in documents}
    whole = choose_plans(
        choices,
        choose_operations(choices, documents),
        lambda each: (
            has_kind(choices.target_layout, each.kind)
            and (not deployments or each.kind in deployments or not needs_deployment(each.path))
        ),
        choices.target_layout,
    )
    probes: tuple[Case, ...] = ()
    if choices.capabilities is None and not is_brief(choices.profile, limits, named):
        probes = expected_probes(minimal_cases(case for each in whole for case in each.cases), by_name, named)
    room = PlanRoom(limits, rates) if limits.are_given else None
    if room is not None:
        for probe in probes:
            room.use(probe)
    sent = sent_plans(
        whole,
        by_name,
        capabilities=None if choices.capabilities is None else read_capabilities(choices.capabilities),
        room=room,
        allow_billed=choices.allow_billed or choices.target == EMULATOR,
    )
    left_out = tuple(each for one in sent for each in one.left_out)
    plans = tuple(one.plan for one in sent)
    return PlanResult(plans, estimate_plans(plans, rates, probes), left_out, warnings_about(documents))


def run(
    *,
    progress: bool = False,
    remark: Callable[[str], None] | None = None,
    plans: PlanCache | None = None,
    jobs: Jobs = AUTO,
    **options: Unpack[RunOptions],
) -> WholeRun:
    """Test a server, and write a record and its reports to a folder.

    Returns the folder, the record and the summary. Without options, the built-in emulator is tested. The key
    is read from the environment. `progress` shows the progress on stderr; `remark` receives sentences about
    quirks that have expired. `plans` keeps plans: further runs of the same document and options need not make
    them again. `jobs` is how many processes judge the responses, which does not change the result. Raises
    ConformanceError for invalid options, TargetError if the target cannot be tested, and OutputError if the
    folder cannot be used.

    A run has its own event loop. Inside a running one, call it in a thread:
    `await asyncio.to_thread(api.run, target=…)`.

        >>> from aoai_conformance import api
        >>> result = api.run(profile="smoke", operations=["embeddings_create"], out="night-2")
        >>> result.summary.verdict, len(result.record.exchanges) == result.summary.requests
        ('conformant', True)
        >>> result.folder.name
        'night-2'
    """
    require_no_event_loop()
    choices = _choices("run", options)
    baseline = read_accepted(choices.baseline)
    for sentence in choose_quirks(choices.quirks).complaints:
        (remark or _ignore)(sentence)
    return carry_out(
        choices, baseline, progress_on if progress else _no_progress, plans=plans, jobs=valid_jobs(jobs)
    )


def resume(
    folder: AnyPath,
    *,
    progress: bool = False,
    remark: Callable[[str], None] | None = None,
    plans: PlanCache | None = None,
    jobs: Jobs = AUTO,
    **options: Unpack[RunOptions],
) -> WholeRun:
    """Continue the run in a folder that was interrupted or killed; send only what its record lacks.

    The options are those of the run; of `options`, only those about pacing, events and history may differ. A
    finished run is returned as it is. Raises ConformanceError for other options, and for a folder or a record
    that cannot be resumed; further as `run` does.

        >>> from aoai_conformance import api
        >>> result = api.run(profile="smoke", operations=["embeddings_create"], out="night-5")
        >>> api.resume("night-5").summary.verdict == result.summary.verdict
        True
    """
    require_no_event_loop()
    interrupted = read_interrupted(Path(folder))
    given = _choices("run", options)
    choices = interrupted.with_changes(Path(folder), {name: getattr(given, name) for name in options})
    baseline = read_accepted(choices.baseline)
    if interrupted.is_finished:
        record = read_record(record_file(Path(folder)))
        summary = summarize(record, strict=choices.strict, baseline=baseline)
        return WholeRun(Path(folder), record, summary, record.header.not_configured)
    for sentence in choose_quirks(choices.quirks).complaints:
        (remark or _ignore)(sentence)
    show = progress_on if progress else _no_progress
    return carry_out(choices, baseline, show, interrupted, plans, valid_jobs(jobs))


def judge(
    file: AnyPath,
    *,
    out: AnyPath | None = None,
    secret_headers: Sequence[str] = (),
    jobs: Jobs = AUTO,
    remark: Callable[[str], None] | None = None,
    **options: Unpack[JudgeOptions],
) -> JudgeResult:
    """Judge a record, the folder of a run, or a recording of another tool by the current rules; send nothing.

    A record is judged against its own documents. For other recordings, the documents are those of the
    api-versions in them, unless `surface`, `api_versions` or `specs` choose others. `secret_headers` are
    headers whose values are masked wherever they occur. `jobs` is how many processes judge; by default, many
    exchanges are judged on all processors. With `out`, a new or empty folder, the new record and its reports
    are written there. `remark` receives sentences about what was left aside. Raises
    ConformanceError for invalid options or files, and OutputError if `out` cannot be used.

        >>> from aoai_conformance import api
        >>> result = api.run(profile="smoke", operations=["embeddings_create"], out="night-3")
        >>> api.judge("night-3").summary.verdict == result.summary.verdict
        True
    """
    from aoai_conformance.recording.judging_files import judge_file
    from aoai_reports.formats.folder import write_run_folder

    choices = _choices("judge", options)
    jobs = valid_jobs(jobs)
    choose_rules(choices.rules)  # unknown rules are wrong usage, whatever is wrong with the file
    baseline = read_accepted(choices.baseline)
    with ExitStack() as stack:
        if out is None:
            temporary = tempfile.TemporaryDirectory(prefix="aoai-judge-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(temporary))
        else:
            folder = stack.enter_context(new_folder(Path(out)))
        new = folder / RECORD_NAME
        record = judge_file(record_file(Path(file)), new, choices, secret_headers, remark or _ignore, jobs)
        if out is None:
            return JudgeResult(record, summarize(record, strict=choices.strict, baseline=baseline))
        summary = write_run_folder(folder, strict=choices.strict, baseline=baseline, record=record)
        return JudgeResult(record, summary, folder)


def compare(
    base: AnyPath | WholeRun | JudgeResult | Record,
    revision: AnyPath | WholeRun | JudgeResult | Record,
    *,
    noise: Iterable[AnyPath | WholeRun | JudgeResult | Record] = (),
    baseline: AnyPath | None = None,
) -> RunComparison:
    """Compare two runs, given by their folders, their records, or the results of `run` and `judge`.

    `noise` are further runs of the same target; changes that they also show are ignored. Violations that the
    `baseline` accepts do not count as new. Raises ConformanceError for files that cannot be read and for runs
    that have no document in common.

        >>> from aoai_conformance import api
        >>> result = api.run(profile="smoke", operations=["embeddings_create"], out="night-4")
        >>> api.compare(result, "night-4").fails
        False
    """
    from aoai_reports.run_comparison.comparing import compare_runs
    from aoai_reports.run_comparison.documents.linking import link_documents

    known = read_accepted(None if baseline is None else Path(baseline)).why_known
    compared = compare_runs(_record(base), _record(revision), [_record(each) for each in noise], known)
    if not compared.parts:
        names = " and ".join(_name(each) for each in (base, revision))
        raise ConformanceError(f"Cannot compare {names}: they tested different surfaces.")
    return link_documents(compared)


def _record(run_: AnyPath | WholeRun | JudgeResult | Record) -> Record:
    if isinstance(run_, Record):
        return run_
    return run_.record if isinstance(run_, WholeRun | JudgeResult) else read_run(Path(run_))


def _name(run_: AnyPath | WholeRun | JudgeResult | Record) -> str:
    if isinstance(run_, WholeRun | JudgeResult | Record):
        return f"the run of {', '.join(_record(run_).header.documents)}"
    return str(run_)


def _choices(command: str, given: Mapping[str, Any]) -> RunChoices:
    """The choices for keyword arguments. Raises ConformanceError for what the command line rejects."""
    known = {option.field: option for option in options_of(command)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise UnknownNameError("option", name, known)
        values[name] = None if value is None else _checked(known[name], value)
    return RunChoices(**values)


def _checked(option: Option, value: Any) -> Any:
    if option.repeatable:
        if isinstance(value, str):
            raise ConformanceError(f"{option.field} is a sequence of texts, such as [{value!r}].")
        for each in value if option.choices else ():
            _require_known(option, each)
        return tuple(value)
    if option.choices:
        _require_known(option, value)
    if option.range and not option.allows(value):
        raise ConformanceError(f"{option.field} must be {option.range}, not {value}.")
    if option.type is Duration:
        try:
            return Duration(value)
        except ValueError as error:
            raise ConformanceError(f"{option.field}: {error}.") from error
    if option.type is Path:
        return Path(value)
    return fspath(value) if isinstance(value, PathLike) else value


def _require_known(option: Option, value: str) -> None:
    if value not in option.choices:
        raise UnknownNameError(option.name, value, option.choices)


def _no_progress() -> Lines:
    return Lines(io.StringIO())


def _ignore(_sentence: str) -> None:
    pass
