"""Flows of ingestion jobs: started, followed to their end, listed, started again.

A run has neither a search service nor a storage account, so that nothing here is promised: a job may be
refused for them, or may fail.
"""

from __future__ import annotations

from aoai_strategies.flows.steps import Flow, Step, of
from aoai_strategies.requests.resources import JOB_ENDED

#: The name of the flow's job, which becomes that of an index: lower case, digits and dashes.
JOB = "aoai-conformance-flow"

FLOWS: tuple[Flow, ...] = (
    Flow(
        "life",
        "flow.ingestion",
        "A job is found under its name, listed, and ends.",
        (
            Step("start", "ingestion-start", JOB).unsettled(),
            Step("get", "ingestion-status", of("start"), until=JOB_ENDED),
            Step("list", "ingestion-list"),
            Step("get-ended", "ingestion-status", of("start")),
            Step("start-again", "ingestion-start", of("start")).unsettled(
                "job:started-again", "A job of the same name is started again."
            ),
            Step("get-again", "ingestion-status", of("start"), until=JOB_ENDED),
        ),
    ),
    Flow(
        "absent",
        "flow.ingestion",
        "A job that was never started is not found.",
        (
            Step("list", "ingestion-list"),
            Step("status-unknown", "ingestion-status", "no-such-job").refused(
                "job:unknown", "There is no job of this name."
            ),
        ),
    ),
)
