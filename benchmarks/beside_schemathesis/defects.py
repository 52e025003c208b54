"""Count the planted defects that this suite and Schemathesis find in one server, and what that costs.

The server is the module `defective_server` with the 25 defects below. It shares no code with this suite, but
its list of switches was written for the tests of this suite, which favours it. Both tools test the same four
operations of one document; for Schemathesis, each has the deployment that serves it, all checks are on, and
no failure ends a phase. It runs with one worker, since Python 3.11 fails in its coverage phase with more.

A defect is found if a violation, or any failing check of any case, names it: the pattern of each row is
matched against the operation, the rule and the place, or against the check, its message and the response.
Leniency is matched in the body of the request.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.beside_schemathesis.boundaries import count_covered
from benchmarks.runner.measuring import environment, ours, run_command
from benchmarks.runner.peers import PeerUnavailableError
from benchmarks.runner.rows import Row, Session

from aoai_specs.catalogue import Catalogue

DOCUMENT = "2024-10-21"
KEY = "key-of-the-independent-server"
DEPLOYMENTS = {
    "ChatCompletions_Create": ("chat", "talker"),
    "Completions_Create": ("completions", "writer"),
    "embeddings_create": ("embeddings", "mapper"),
    "ImageGenerations_Create": ("images", "painter"),
}
#: The end of the path of each operation, by which the server notes bodies.
PATHS = {
    "ChatCompletions_Create": "chat/completions",
    "Completions_Create": "completions",
    "embeddings_create": "embeddings",
    "ImageGenerations_Create": "images/generations",
}


@dataclass(frozen=True)
class Defect:
    """A switch of the server, and patterns for what our report and Schemathesis's say if they find it."""

    switch: str
    ours: str
    theirs: str


_SCHEMA = r"response_schema_conformance .*"
_REJECTED = r"positive_data_acceptance .*\"param\": ?"
_ACCEPTED = r"negative_data_rejection .*"
DEFECTS = (
    Defect("chat/id-missing", r"Chat\w+ SCHEMA-001 /id$", rf'chat/.* {_SCHEMA}"id" is a required'),
    Defect(
        "chat/created-mistyped",
        r"Chat\w+ SCHEMA-001 /created$",
        rf'chat/.* {_SCHEMA}is not of type "integer"',
    ),
    Defect(
        "chat/message-role-missing",
        r"Chat\w+ SCHEMA-001 .*/message/role$",
        rf'chat/.* {_SCHEMA}"role" is a required',
    ),
    Defect(
        "embeddings/object-missing",
        r"embed\w+ SCHEMA-001 /object$",
        rf'embeddings .*{_SCHEMA}"object" is a required',
    ),
    Defect(
        "completions/finish-unknown",
        r"^Completions\w+ SCHEMA-001 .*/finish_reason$",
        rf"id\}}/completions .*{_SCHEMA}is not one of",
    ),
    Defect(
        "completions/choice-text-missing",
        r"^Completions\w+ SCHEMA-001 .*/text$",
        rf'id\}}/completions .*{_SCHEMA}"text" is a required',
    ),
    Defect(
        "images/created-mistyped",
        r"Image\w+ SCHEMA-001 /created$",
        rf'images/.* {_SCHEMA}is not of type "integer"',
    ),
    Defect("http/any-key", r"AUTH-002 authentication:wrong-key", r"ignored_auth "),
    Defect("http/get-taken", r"METHOD-001 method:get", r"unsupported_method "),
    Defect("http/malformed-500", r"BODY-002 body:malformed-json", r"not_a_server_error "),
    Defect("http/missing-version-taken", r"VERSION-001 api-version:missing", rf"{_ACCEPTED}api-version"),
    Defect("loose:chat.n.max", r"Chat\w+ BOUNDARY-001 n\.maximum", rf"chat/.* {_ACCEPTED}\bn\b"),
    Defect("untyped:chat.top_p", r"Chat\w+ BOUNDARY-001 top_p\.type", rf"chat/.* {_ACCEPTED}top_p"),
    Defect(
        "optional:chat.messages.role", r"Chat\w+ BOUNDARY-001 messages.*role", rf"chat/.* {_ACCEPTED}role"
    ),
    Defect(
        "open:chat.tool_choice", r"Chat\w+ BOUNDARY-001 tool_choice\.enum", rf"chat/.* {_ACCEPTED}tool_choice"
    ),
    Defect(
        "loose:embeddings.input.items.max",
        r"embed\w+ BOUNDARY-001 input\.maxItems",
        rf"embeddings .*{_ACCEPTED}input",
    ),
    Defect(
        "nulled:completions.user",
        r"^Completions\w+ BOUNDARY-001 user\.",
        rf"id\}}/completions .*{_ACCEPTED}user",
    ),
    Defect(
        "tight:chat.temperature.max",
        r"Chat\w+ BOUNDARY-003 temperature\.",
        rf'chat/.* {_REJECTED}"temperature',
    ),
    Defect("shut:images.size=1792x1024", r"Image\w+ BOUNDARY-003 size\.", rf'images/.* {_REJECTED}"size"'),
    Defect(
        "nonull:completions.n", r"^Completions\w+ BOUNDARY-003 n\.", rf'id\}}/completions .*{_REJECTED}"n"'
    ),
    Defect("chat/usage-total-one-more", r"Chat\w+ USAGE-001 /usage/total_tokens", r"total_tokens.*prompt"),
    Defect("completions/stop-left-in", r"^Completions\w+ COMPLETIONS-004 ", r"stop sequence"),
    Defect(
        "embeddings/indices-zero", r"embed\w+ EMBEDDINGS-002 ", r"embeddings .*(numbered|duplicate index)"
    ),
    Defect("stream/done-missing", r"Chat\w+ SSE-007", r"chat/.* (missing|without|ends before).*\[DONE\]"),
    Defect("stream/id-changes", r"Chat\w+ SSE-101", r"stream.*id.*changes"),
)


@dataclass(frozen=True)
class Outcome:
    """What a tool found, sent and used."""

    found: frozenset[str]
    counts: Mapping[str, int]
    boundaries: int
    seconds: float
    processor: float

    def per_request(self) -> float:
        """Return the boundary values per 100 requests."""
        return 100 * self.boundaries / self.counts["requests"]


@contextmanager
def defective_server() -> Iterator[str]:
    """Serve the defects in a process of its own; yield the URL."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.beside_schemathesis.defective_server",
        *(each.switch for each in DEFECTS),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        if not url:
            raise ValueError("the defective server did not start")
        yield url
    finally:
        process.terminate()
        process.wait()


def noted_by(url: str, what: str) -> Any:
    """Return what the server noted: `counts` or `bodies`."""
    with urllib.request.urlopen(f"{url}/_{what}") as response:
        return json.load(response)


def boundaries_at(url: str) -> int:
    """Return how many boundary values of the operations the server received."""
    bodies = noted_by(url, "bodies")
    content = Catalogue.packaged().load(DOCUMENT).content
    return count_covered(content, {each: bodies.get(path, ()) for each, path in PATHS.items()})[0]


def run_ours(folder: Path) -> Outcome:
    """Run the standard profile."""
    with defective_server() as url:
        options = ["--api-version", DOCUMENT, "--history", "none", "--allow-billed", "--out", str(folder)]
        for operation, (kind, deployment) in DEPLOYMENTS.items():
            options += ["--operation", operation, "--deployment", f"{kind}={deployment}"]
        measured = run_command([ours(), "run", "--target", url, *options], env={"AZURE_OPENAI_API_KEY": KEY})
        counts, boundaries = noted_by(url, "counts"), boundaries_at(url)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    texts = [
        f"{each['operation']} {each['rule']} {each['point'] or each['pointer']}"
        for each in summary["violations"]
        if each["level"] != "may"
    ]
    return Outcome(found_in(texts, "ours"), counts, boundaries, measured.elapsed, measured.processor)


def found_in(texts: list[str], side: str) -> frozenset[str]:
    """Return the switches of the defects whose pattern matches one of the texts."""
    return frozenset(
        each.switch
        for each in DEFECTS
        if any(re.search(getattr(each, side), text, re.DOTALL) for text in texts)
    )


def configuration() -> str:
    """Return schemathesis.toml: the key, the api-version, and the deployment of each operation."""
    lines = [f'headers = {{ api-key = "{KEY}" }}', f'parameters = {{ "query.api-version" = "{DOCUMENT}" }}']
    for operation, (_, deployment) in DEPLOYMENTS.items():
        lines += ["[[operations]]", f'include-operation-id = "{operation}"']
        lines += [f'parameters = {{ "path.deployment-id" = "{deployment}" }}']
    return "\n".join(lines) + "\n"


def run_schemathesis(program: Path, folder: Path) -> Outcome:
    """Run all phases and checks of Schemathesis with its defaults, in a folder of its own."""
    folder.mkdir()
    shown = run_command([ours(), "specs", "show", DOCUMENT, "--format", "json"])
    (folder / "document.json").write_text(shown.stdout, encoding="utf-8")
    (folder / "schemathesis.toml").write_text(configuration(), encoding="utf-8")
    options = ["--workers", "1", "--checks", "all", "--continue-on-failure", "--seed", "1", "--no-color"]
    options += ["--report", "ndjson", "--report-ndjson-path", "report.ndjson"]
    for operation in DEPLOYMENTS:
        options += ["--include-operation-id", operation]
    with defective_server() as url:
        command = [str(program), "run", "document.json", "--url", f"{url}/openai", *options]
        measured = run_command(command, cwd=folder)
        counts, boundaries = noted_by(url, "counts"), boundaries_at(url)
    texts = list(failures(folder / "report.ndjson"))
    return Outcome(found_in(texts, "theirs"), counts, boundaries, measured.elapsed, measured.processor)


def failures(report: Path) -> Iterator[str]:
    """Yield a text for each failed check of each case: operation, check, message, and a body."""
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for case, checks in recorder.get("checks", {}).items():
                for check in checks:
                    if check["status"] != "failure":
                        continue
                    failure = check["failure_info"]["failure"]
                    interaction = recorder["interactions"].get(case, {})
                    yield " ".join(
                        (
                            f"{recorder['label']} {check['name']} ",
                            failure["message"].partition("\n\nSchema")[0],
                            _body(interaction, check["name"]),
                        )
                    )


def _body(interaction: Mapping[str, object], check: str) -> str:
    """Return the body of the request if it was accepted wrongly, else that of the response."""
    side, name = ("request", "body") if check == "negative_data_rejection" else ("response", "content")
    message = interaction.get(side)
    encoded = message.get(name) if isinstance(message, dict) else None
    if not isinstance(encoded, dict):
        return ""
    return base64.b64decode(encoded["$base64"]).decode("utf-8", "replace")


def measure(session: Session) -> Iterator[Row]:
    """Yield what one run of each tool found, sent and used; runs differ too little to repeat them."""
    session.say("aoai-conformance, profile standard")
    mine = run_ours(session.folder / "run")
    session.say(f"{len(mine.found)} of {len(DEFECTS)} found in {mine.seconds:.0f} s")
    theirs: Outcome | None = None
    remark = ""
    try:
        program = session.peers.program("schemathesis", "st")
        session.say("Schemathesis, which takes a few minutes")
        theirs = run_schemathesis(program, session.folder / "schemathesis")
        missing = sorted(each.switch for each in DEFECTS if each.switch not in theirs.found)
        remark = f"Schemathesis does not report {', '.join(missing)}"
    except PeerUnavailableError as error:
        remark = str(error)
    peer = session.peers.title("schemathesis")
    work = f"one server with {len(DEFECTS)} planted defects"

    def row(unit: str, of: Callable[[Outcome], float], text: str = "") -> Row:
        return Row(work, unit, [of(mine)], [] if theirs is None else [of(theirs)], peer, text)

    yield row("defects found", lambda each: len(each.found), remark)
    yield row("requests", lambda each: each.counts["requests"])
    yield row("paid requests", lambda each: each.counts["paid"])
    yield row("tokens", lambda each: each.counts["tokens"])
    yield row("s", lambda each: each.seconds)
    yield row("s of processor time", lambda each: each.processor)
    total = sum(count_covered(Catalogue.packaged().load(DOCUMENT).content, {each: ()})[1] for each in PATHS)
    work = f"{total} boundary values of fields in the bodies of 4 operations"
    yield row("sent", lambda each: each.boundaries)
    yield row("sent per 100 requests", Outcome.per_request)
