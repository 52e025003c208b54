"""Examines the target of the user's choices, from resolving its address to the report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from aoai_conformance.doctor.evidence import Evidence, Setting
from aoai_conformance.doctor.examination import Examiner
from aoai_conformance.doctor.report import Report, problems_in, suggested_configuration
from aoai_conformance.doctor.requests import MOST_REQUESTS, choose_requests, estimated_tokens
from aoai_conformance.engine.network import proxy_of
from aoai_conformance.exchange import Exchange
from aoai_conformance.options import EMULATOR, RunChoices, TargetLayout
from aoai_conformance.run.checking import find_complaints
from aoai_conformance.target.choice import TargetChoice, choose_target
from aoai_conformance.target.documents import documents_of
from aoai_conformance.target.targets import Target, is_loopback
from aoai_model.case import Case, PlannedRequest
from aoai_model.exchange import Request, TransportFailure
from aoai_reports.formats.quantities import quantity
from aoai_specs.errors import ConformanceError, TargetError
from aoai_strategies.planning.capabilities import Capabilities


def consult(choices: RunChoices, *, name: str = "", announce: Callable[[str], None]) -> Report:
    """Examine a target. `name` is its name in the configuration, `announce` receives what it will cost.

    Raises ConformanceError, with all reasons, if the choices themselves are wrong.
    """
    complaints = [sentence for _, sentence in find_complaints(choices)]
    if complaints:
        raise ConformanceError("\n".join(complaints))
    documents = documents_of(choices)
    setting = Setting(
        root=choices.target.rstrip("/"),
        auth=choices.auth,
        key_variable=choices.api_key_env,
        layout=choices.target_layout,
        proxy=_proxy(choices),
    )
    choice = TargetChoice.of(choices)
    try:
        with choose_target(
            choice,
            surface=choices.surface,
            api_versions=choices.api_versions,
            specs=choices.specs,
            overlays=choices.overlays,
            remote_references=choices.allow_remote_refs,
        ) as source:
            target = source.target()
            cases = choose_requests(choices, documents, target)
            announce(_announcement(target, cases))

            def other_layout(layout: TargetLayout) -> Target:
                with choose_target(replace(choice, layout=layout)) as other:
                    return other.target()

            examiner = Examiner(
                target=target,
                choices=choices,
                documents=documents,
                setting=setting,
                other_layout=other_layout,
                name=name,
            )
            return asyncio.run(examiner.examine(cases))
    except TargetError as error:
        return _unreachable(setting, name, choices, str(error))


def _announcement(target: Target, cases: list[Case]) -> str:
    images = sum(case.kind == "images" for case in cases)
    tokens = estimated_tokens(cases)
    costs = f"about {tokens:,} tokens" + (f" and {quantity(images, 'image')}" if images else "")
    return f"Examining {target.name} with at most {MOST_REQUESTS} requests ({costs}) …"


def _unreachable(setting: Setting, name: str, choices: RunChoices, why: str) -> Report:
    """The report on a target that cannot even be asked whether it is an emulator."""
    request = PlannedRequest("GET", "/")
    case = Case(
        id="address",
        document="",
        operation="the address",
        kind="",
        request=request,
        expect="any",
        points=(),
        origin="base",
    )
    exchange = Exchange(case, Request("GET", setting.root, (), b""), None, TransportFailure("connect", why))
    problems = problems_in([Evidence(setting, exchange, datetime.now(UTC))])
    return Report(
        target=setting.root,
        usable=False,
        requests=1,
        operations=(),
        api_versions=(),
        capabilities=Capabilities(),
        limits={},
        problems=problems,
        configuration=suggested_configuration(name, choices, ()),
    )


def _proxy(choices: RunChoices) -> str:
    """The address of the proxy in use, without credentials; empty if there is none."""
    proxy = choices.proxy
    if proxy is None and choices.target != EMULATOR and not is_loopback(choices.target):
        proxy = proxy_of(choices.target)
    return "" if proxy is None else proxy.rpartition("@")[2].removeprefix("http://").rstrip("/")
