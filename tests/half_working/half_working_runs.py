"""One run of the command against a half-working server, and its files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from half_working_wire import HalfWorking, Host

from aoai_conformance.cli import main
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record, read_record

CHAT, COMPLETIONS, EMBEDDINGS = "ChatCompletions_Create", "Completions_Create", "embeddings_create"
IMAGES = "ImageGenerations_Create"
DEPLOYMENTS = {
    "chat": "gpt-4o",
    "completions": "gpt-35-turbo-instruct",
    "embeddings": "text-embedding-3-small",
    "images": "dall-e-3",
}
KEY = "a-key-for-loopback"
#: The states of a planned point; they add up to `planned`.
STATES = ("shown_correct", "shown_wrong", "not_shown", "not_sent", "not_applicable")
#: The states that `not_shown` lists with their reasons.
UNSHOWN = STATES[2:]


@dataclass(frozen=True)
class Outcome:
    """The result of a run. `folder` is None if the target could not be tested and nothing was written."""

    code: int
    printed: str
    folder: Path | None

    @cached_property
    def summary(self) -> dict[str, Any]:
        assert self.folder is not None, f"no folder was written: {self.printed}"
        return dict(json.loads((self.folder / "summary.json").read_text()))

    @cached_property
    def record(self) -> Record:
        assert self.folder is not None, f"no folder was written: {self.printed}"
        return read_record(self.folder / "record.ndjson")

    @property
    def points(self) -> dict[str, int]:
        return dict(self.summary["coverage"]["points"])

    @property
    def unshown(self) -> list[dict[str, Any]]:
        return list(self.summary["not_shown"])

    @property
    def unsupported(self) -> set[str]:
        """The fields that a deployment does not support."""
        deployments = self.summary["capabilities"].get("deployments", {}).values()
        return {name for each in deployments for name in each["unsupported"]}

    @property
    def doubts(self) -> str:
        """Why the run is inconclusive; the printed text if nothing was written."""
        return self.printed if self.folder is None else "\n".join(self.summary["doubts"])

    @property
    def reasons(self) -> str:
        return "\n".join(each["reason"] for each in self.unshown)

    def violations(self, *levels: str) -> list[dict[str, Any]]:
        """The violations of these levels that no baseline accepts."""
        return [each for each in self.summary["violations"] if each["level"] in levels and not each["known"]]

    def count(self, state: str, operation: str | None = None) -> int:
        """How many points are in one of the states that `not_shown` lists."""
        return sum(
            each["count"]
            for each in self.unshown
            if each["state"] == state and operation in (None, each["operation"])
        )

    def planned(self, operation: str) -> int:
        return len(set(self.record.header.planned.points.get(operation, ())))

    def carried_only_by(self, wanted: Callable[[ExchangeLine], bool], operation: str) -> set[str]:
        """The points of an operation that were sent, but only in exchanges of this sort."""
        lines = [line for line in self.record.exchanges if line.operation == operation]
        inside = {point.id for line in lines if wanted(line) for point in line.points}
        outside = {point.id for line in lines if not wanted(line) for point in line.points}
        return inside - outside

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations of the plan."""
        return tuple(self.record.header.planned.points)


@dataclass(frozen=True)
class Ran:
    """A run and its server."""

    outcome: Outcome
    server: HalfWorking


#: Returns the run of a row by its name.
Outcomes = Callable[[str], Ran]


def run(host: Host, server: HalfWorking, folder: Path, *options: str) -> Outcome:
    """Run the command in this process against a server, with these options."""
    out = folder / f"run-{len(list(folder.iterdir()))}"
    arguments = ["run", "--target", host.add(server), "--out", str(out), "--history", "none"]
    for kind, name in DEPLOYMENTS.items():
        arguments += ["--deployment", f"{kind}={name}"]
    result = CliRunner().invoke(main, [*arguments, *options], env={"AZURE_OPENAI_API_KEY": KEY})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    written = out if (out / "summary.json").exists() else None
    return Outcome(result.exit_code, result.output, written)


def chosen(operations: Sequence[str], profile: str) -> list[str]:
    """The options for operations and profile."""
    return ["--profile", profile, *(each for one in operations for each in ("--operation", one))]


def contractual_exit(outcome: Outcome, min_shown: float = 90) -> int:
    """Return the exit code that the contract requires for the reported results."""
    if outcome.violations("must"):
        return 1
    return 3 if any(_shows_too_little(outcome, each, min_shown) for each in outcome.operations) else 0


def _shows_too_little(outcome: Outcome, operation: str, min_shown: float) -> bool:
    lines = [line for line in outcome.record.exchanges if line.operation == operation]
    valid = [line for line in lines if line.expect == "accept"]
    succeeded = any(line.response is not None and 200 <= line.response.status < 300 for line in valid)
    streams = [line for line in valid if is_stream(line) and not _is_beyond_the_model(line)]
    if (valid and not succeeded) or (streams and not any(map(_is_whole_stream, streams))):
        return True
    lost = Counter[str]()
    for each in outcome.unshown:
        if each["operation"] == operation:
            cut = each["state"] == "not_sent" and names_budget(each["reason"])
            lost["cut" if cut else each["state"]] += each["count"]
    expected = outcome.planned(operation) - lost["not_applicable"] - lost["cut"]
    shown = expected - lost["not_shown"] - lost["not_sent"]
    return 100 * shown < min_shown * expected


def _is_beyond_the_model(line: ExchangeLine) -> bool:
    return line.shown is not None and line.shown.state == "not_applicable"


def _is_whole_stream(line: ExchangeLine) -> bool:
    """Whether the response is a stream without an error."""
    response = line.response
    if response is None or response.events is None or not 200 <= response.status < 300:
        return False
    return not any('"error"' in event.data for event in response.events)


def names_budget(reason: str) -> bool:
    """Whether the reason is the budget of the user."""
    return "budget" in reason.lower() or "--max-requests" in reason or "--max-tokens" in reason


def is_stream(line: ExchangeLine) -> bool:
    """Whether an exchange requests a stream."""
    return b'"stream":true' in line.request.body
