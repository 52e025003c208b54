"""Generated requests find no violation of the fault-free emulator, in every document that it serves.

Operations that it does not serve, such as fine-tuning, are left out.
"""

from __future__ import annotations

import httpx
import pytest
from each_document import each_document

from aoai_conformance.engine.client import Client
from aoai_conformance.engine.runner import Runner
from aoai_conformance.judging.judged import Judge, JudgedExchange
from aoai_conformance.rule import rules
from aoai_conformance.target.authentication import KeyAuthentication
from aoai_conformance.target.targets import EMULATOR_KEY, Target
from aoai_emulator.app import SERVICES, create_app
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue
from aoai_strategies.planning.planning import plan
from aoai_strategies.planning.selecting import select_with_sources

URL = "http://127.0.0.1:1"
#: Without a network a whole response arrives at once, so that nothing can be said of when its chunks came.
ABOUT_ARRIVAL = frozenset({"SSE-011"})


#: How many requests are generated for each operation.
EXAMPLES = (1, pytest.param(2, marks=pytest.mark.whole_selftest))


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize("name", each_document(previews=False))
async def test_generated_requests_report_no_violations(name: str, examples: int) -> None:
    document = Catalogue.packaged().load(name)
    cases = plan(document, profile="deep", seed=5, examples=examples).cases
    wanted = [case.id for case in cases if case.origin == "generated" and case.kind in SERVICES]
    chosen = select_with_sources(cases, wanted)
    assert wanted
    settings = Settings(documents=(document,))
    target = Target(
        "emulator",
        "emulator",
        URL,
        settings.deployments_by_kind(),
        KeyAuthentication(EMULATOR_KEY, public=True),
    )
    client = Client(
        target, {name: document.base_path}, transport=httpx.ASGITransport(app=create_app(settings))
    )
    reported: list[str] = []
    answered: set[str] = set()
    asked = [rule for rule in rules() if rule.id not in ABOUT_ARRIVAL]
    async with client:
        async for judged in Runner(client, Judge({name: document}, asked)).run(chosen):
            if isinstance(judged, JudgedExchange):
                case = judged.exchange.case
                assert judged.exchange.failure is None, (case.id, judged.exchange.failure)
                answered.add(case.id)
            reported += [
                f"{verdict.rule_id} {violation.message} {judged}"
                for verdict in judged.verdicts
                for violation in verdict.violations
                if violation.level != "may"
            ]
    assert reported == []
    assert answered >= set(wanted)
