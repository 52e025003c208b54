"""The names of all commands and what they do, without anything that takes time to import."""

from __future__ import annotations

from collections.abc import Mapping

#: What the help says first.
DESCRIPTION = """\
Test whether a server conforms to the Azure OpenAI and Azure AI Model Inference REST APIs.

Exit codes: 0 conformant, 1 violations, 2 wrong usage, 3 inconclusive (the target or the harness failed).
"""

SUBCOMMANDS: Mapping[str, str] = {
    "run": "Test a server and write a record and its reports.",
    "plan": "Print what `run` would send and what it costs; send nothing.",
    "init": "Write a configuration file.",
    "doctor": "Check whether a target responds, what it supports, and why something does not work.",
    "emulator": "Serve the emulator until interrupted.",
    "judge": "Judge records, HAR files or cassettes against the current rules; send nothing.",
    "fleet": "Test many targets, or judge much recorded traffic, on several workers.",
    "record": "Record and judge the traffic between a client and a server.",
    "selftest": "Show which fault of the emulator trips which rule.",
    "specs": "List, show or lint the API descriptions.",
    "diff": "Compare two API descriptions or two runs.",
    "rules": "List the rules.",
    "explain": "Explain a rule: requirement, source, reason and examples.",
    "baseline": "Accept the violations of a run, or remove fixed ones.",
    "history": "Show past runs: list, show, drift, rebuild.",
    "replay": "Send one case of a run again.",
    "report": "Write the report of a run in another format.",
    "open": "Open the report of a run in the browser.",
    "schemas": "List or show the JSON Schemas of the files that this tool reads and writes.",
    "completion": "Print a script that completes commands and names in a shell.",
}
