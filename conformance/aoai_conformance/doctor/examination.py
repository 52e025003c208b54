"""Sends the requests of an examination and collects what they show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import httpx

from aoai_conformance.cost.budget import Budget
from aoai_conformance.doctor.evidence import Evidence, Setting
from aoai_conformance.doctor.report import (
    Problem,
    Report,
    limits_in,
    problems_in,
    row_of,
    suggested_configuration,
)
from aoai_conformance.doctor.requests import MOST_REQUESTS, version_requests
from aoai_conformance.engine.attempts import Limits
from aoai_conformance.engine.client import Client
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.exchange import Exchange
from aoai_conformance.options import RunChoices, TargetLayout
from aoai_conformance.run.base_paths import BasePaths
from aoai_conformance.run.probing import probe_deployment, probed_kinds
from aoai_conformance.target.targets import Target
from aoai_model.case import Case
from aoai_specs.document import Document
from aoai_strategies.planning.capabilities import Capabilities, DeploymentCapabilities
from aoai_strategies.planning.probes import MOST_PROBES

#: Nothing is sent twice: what fails once is what the user wants to know.
_NO_PATIENCE = Patience(busy_attempts=1, broken_attempts=1, slow_attempts=1)
_LONGEST_RESPONSE = 60.0
_KEY_STATUSES = frozenset({401, 403})


@dataclass(kw_only=True)
class Examiner:
    """Examines one target with at most 30 requests.

    `other_layout` returns the target in another layout; `now` is the clock, `transport` replaces the network
    in tests.
    """

    target: Target
    choices: RunChoices
    documents: Sequence[Document]
    setting: Setting
    other_layout: Callable[[TargetLayout], Target]
    name: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    transport: httpx.AsyncBaseTransport | None = None
    _evidence: list[Evidence] = field(default_factory=list)
    _budget: Budget = field(default_factory=lambda: Budget(MOST_REQUESTS))
    _base_paths: BasePaths = field(init=False)

    def __post_init__(self) -> None:
        self._base_paths = BasePaths.of(self.target, self.documents)

    async def examine(self, cases: Sequence[Case]) -> Report:
        """Send the smallest requests, then what their responses make worth sending."""
        choices = self.choices
        problems: tuple[Problem, ...] = ()
        async with self._client(self.target) as client:
            first = await self._send_all(client, cases)
            first = await self._find_base_paths(client, first)
            versions = await self._try_versions(client, first)
            found = await self._probe(client, first)
            first = [self._after_probing(each, found) for each in first]
            if not versions:
                versions = await self._try_versions(client, first)
            if await self._has_other_layout(first):
                choices = replace(choices, target_layout=_other(self.target.layout))
                problems = (_layout_problem(choices.target_layout, first),)
        if self._base_paths.chosen(self.documents, self.target):
            choices = replace(choices, base_path="/")
            problems = tuple(map(_base_path_problem, self._base_paths.remarks(self.documents)))
        own = {str(each.name.version) for each in self.documents}
        required = [*first, *(each for each in versions if each.api_version in own)]
        problems = (*problems_in(required), *self._unused_deployments(), *problems)
        report = self._report(choices, first, versions, found, problems)
        return replace(
            report, usable=report.usable and all(each.is_ok for each in required if each.deployment)
        )

    def _unused_deployments(self) -> Iterator[Problem]:
        """The deployments of the user for which no document has an operation."""
        kinds = {operation.kind for each in self.documents for operation in each.operations.values()}
        names = ", ".join(str(each.name) for each in self.documents)
        for pair in self.choices.deployments:
            if pair.partition("=")[0].strip() not in kinds:
                sentence = f"{names} has no operation for {pair}, which is not used."
                yield Problem("unused-deployment", sentence, "Add an --api-version that has one.", "", ())

    def _report(
        self,
        choices: RunChoices,
        first: Sequence[Evidence],
        versions: Sequence[Evidence],
        capabilities: Capabilities,
        problems: tuple[Problem, ...],
    ) -> Report:
        named = tuple(f"{kind}={name}" for kind, name in self.target.deployments.items())
        responding = {each.deployment for each in first if each.is_ok}
        tried = {each.deployment for each in first if each.deployment}
        return Report(
            target=self.setting.root,
            usable=bool(tried) and tried <= responding,
            requests=self._budget.sent,
            operations=tuple(map(row_of, first)),
            api_versions=tuple(map(row_of, versions)),
            capabilities=capabilities,
            limits=limits_in(self._evidence),
            problems=problems,
            configuration=suggested_configuration(self.name, replace(choices, deployments=named), first),
        )

    def _after_probing(self, evidence: Evidence, capabilities: Capabilities) -> Evidence:
        """The evidence of the request as a probe changed it, if the model accepts only that."""
        case = evidence.exchange.case
        if evidence.is_ok or capabilities.of(case.kind) is None:
            return evidence
        later = [each for each in self._evidence if each.exchange.case.id == case.id and each.is_ok]
        return later[-1] if later else evidence

    async def _find_base_paths(self, client: Client, first: Sequence[Evidence]) -> list[Evidence]:
        """Try the root of an endpoint that may lack the base path of model inference, as a run does."""
        cases = [each.exchange.case for each in first]
        keys = [(case.document, case.operation) for case in cases]
        exchanges = {key: each.exchange for key, each in zip(keys, first, strict=True)}
        current, _ = await self._base_paths.find(
            _Sender(self, client), dict(zip(keys, cases, strict=True)), exchanges
        )
        by_exchange = {id(each.exchange): each for each in self._evidence}
        return [by_exchange[id(current[key])] for key in keys]

    async def _try_versions(self, client: Client, first: Iterable[Evidence]) -> list[Evidence]:
        """Try other api-versions if an operation responds, or if only the version may be wrong."""
        first = list(first)
        best = [each for each in first if each.is_ok]
        if self.target.layout == "openai" or (not best and not _is_about_version(first)):
            return []
        best = best or first
        cases = version_requests((each.exchange.case for each in best), self.documents)
        return await self._send_all(client, list(cases))

    async def _probe(self, client: Client, first: Iterable[Evidence]) -> Capabilities:
        """Probe what each deployment supports, one after the other while requests are left."""
        documents = {str(document.name): document for document in self.documents}
        sender = _Sender(self, client)
        found: list[DeploymentCapabilities] = []
        for each in first:
            case = each.exchange.case
            left = MOST_REQUESTS - self._budget.sent
            may_be_changed = 400 <= each.status < 500 and each.status not in _KEY_STATUSES
            if case.kind not in probed_kinds() or left < 1 or not (each.is_ok or may_be_changed):
                continue
            probed = await probe_deployment(
                sender,
                case,
                each.exchange,
                documents[case.document].operation(case.operation),
                self.target.deployment(case.kind) or "",
                brief=left < MOST_PROBES // 2,
            )
            found.append(probed.capabilities)
        return Capabilities({each.kind: each for each in found if each.supported or each.unsupported})

    async def _has_other_layout(self, first: Sequence[Evidence]) -> bool:
        """Whether the server has the paths of the other layout, if it has none of this one."""
        if not first or not all(each.status in {404, 405} for each in first):
            return False
        target = self.other_layout(_other(self.target.layout))
        cases = [each.exchange.case for each in first if target.serves(each.exchange.case.kind, "")]
        async with self._client(target) as client:
            sent = await self._send_all(client, cases[:1])
        return any(each.is_ok for each in sent)

    async def _send_all(self, client: Client, cases: Iterable[Case]) -> list[Evidence]:
        return list(await asyncio.gather(*(self.send(client, case) for case in cases)))

    async def send(self, client: Client, case: Case) -> Evidence:
        """Send a case and note what it shows."""
        exchange = await client.send(case, _NO_PATIENCE)
        kind = case.kind
        deployment = self.target.deployment(kind)
        evidence = Evidence(
            self.setting,
            exchange,
            self.now(),
            case.request.query.get("api-version", ""),
            f"{kind}={deployment}" if deployment else "",
        )
        self._evidence.append(evidence)
        return evidence

    def _client(self, target: Target) -> Client:
        base_paths = self._base_paths if target is self.target else BasePaths.of(target, self.documents)
        return Client(
            target,
            base_paths.paths,
            limits=Limits(seconds=min(self.choices.timeout, _LONGEST_RESPONSE)),
            budget=self._budget,
            concurrency=4,
            transport=self.transport,
        )


@dataclass(frozen=True, slots=True)
class _Sender:
    """Sends the cases of probes; nothing is sent twice, whatever patience they ask for."""

    examiner: Examiner
    client: Client

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        """Send a case and return its exchange."""
        del patience
        return (await self.examiner.send(self.client, case)).exchange


def _base_path_problem(remark: str) -> Problem:
    """The remark on an endpoint of model inference without its base path, which a run detects by itself."""
    return Problem("base-path", remark, "Use --base-path / to save the request that detects this.", "", ())


def _layout_problem(layout: TargetLayout, evidence: Iterable[Evidence]) -> Problem:
    """The problem of a server that has only the paths of the other layout."""
    paths = (
        "OpenAI's paths, such as /v1/chat/completions" if layout == "openai" else "the paths of Azure OpenAI"
    )
    return Problem(
        "layout",
        f"The server has {paths}.",
        f"Use --target-layout {layout}.",
        "",
        tuple(dict.fromkeys(each.operation for each in evidence)),
    )


def _other(layout: TargetLayout) -> TargetLayout:
    return "openai" if layout == "azure" else "azure"


def _is_about_version(evidence: Iterable[Evidence]) -> bool:
    """Whether the server may only lack the api-version."""
    return any(
        problem.symptom in {"api-version", "path"} for each in evidence for problem in problems_in([each])
    )
