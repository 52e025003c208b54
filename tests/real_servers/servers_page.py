"""Writes docs/servers.md: what the suite finds in servers that this project did not write, by cause.

    python tests/real_servers/servers_page.py            # write the page from docs/servers/*.json
    python tests/real_servers/servers_page.py NAME RUN   # replace the results of one server first

Each server has a file with its version, the date of its run and its causes. So a page can be written although
not every server is installed.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from install import FROM_NPM, FROM_PYPI

from aoai_reports.formats.wording import EFFECT_TITLES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "servers"
PAGE = FOLDER.with_suffix(".md")
_HEAD = """# Tested servers

What the suite finds in servers that this project did not write: the causes of their violations, most harmful
to clients first. `tox -e real-servers` installs the servers, runs the suite and writes this page. A server is
tested with a mock or a tiny random model, so causes about the content of responses describe this set-up, not
the server alone. `-responses` is the server's Responses API, with aimock also chat on v1; LiteLLM's answers
from the chat completions of the emulator.
"""
_PACKAGES = {"litellm": "litellm", "llama-cpp-python": "llama-cpp-python", "transformers": "transformers"}


def version_of(name: str) -> str:
    """The version of a server that `install.py` installs, whichever of its APIs is tested."""
    name = name.removesuffix("-responses")
    if name in FROM_PYPI:
        (pinned,) = [each for each in FROM_PYPI[name] if each.startswith(_PACKAGES[name])]
        return pinned.partition("==")[2]
    (package,) = [each for each in FROM_NPM if name in each]
    return package.rpartition("@")[2]


def result_of(name: str, run: Path) -> dict[str, Any]:
    """What the page needs of a run: version, date, verdict, points and causes."""
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    with (run / "record.ndjson").open(encoding="utf-8") as lines:
        header = json.loads(next(lines))
    return {
        "name": name,
        "version": version_of(name),
        "date": header["started"][:10],
        "tool": header["tool"],
        "documents": summary["documents"],
        "verdict": summary["verdict"],
        "requests": summary["requests"],
        "points": summary["coverage"]["points"],
        "causes": [
            {key: each[key] for key in ("id", "title", "effect", "level", "violations")}
            for each in summary["causes"]
            if not each["known"]
        ],
    }


def page(results: Sequence[Mapping[str, Any]]) -> str:
    """The page as Markdown."""
    rows = [
        f"| [{each['name']}](#{each['name']}) | {each['version']} | {each['date']} | {each['verdict']} "
        f"| {_count(each, 'must')} | {_count(each, 'should')} | {_shown(each)} |"
        for each in results
    ]
    head = (
        "| server | version | date | verdict | MUST causes | SHOULD causes | points shown |\n"
        "|---|---|---|---|---:|---:|---|"
    )
    return "\n".join([_HEAD, head, *rows, *(part for each in results for part in _section(each))]) + "\n"


def _section(result: Mapping[str, Any]) -> list[str]:
    causes = [each for each in result["causes"] if each["level"] != "may"]
    facts = f"{result['requests']:,} requests, {result['tool']}"
    against = ", ".join(result["documents"])
    parts = [f"\n## {result['name']}\n\n{result['name']} {result['version']} against {against}, {facts}."]
    for effect, heading in EFFECT_TITLES.items():
        rows = [
            f"| {each['level'].upper()} | {_plain(each['title'])} | {each['violations']:,} |"
            for each in causes
            if each["effect"] == effect
        ]
        if rows:
            parts.append(f"\n### {heading}\n\n| | cause | violations |\n|---|---|---:|\n" + "\n".join(rows))
    return parts


def _count(result: Mapping[str, Any], level: str) -> int:
    return sum(each["level"] == level for each in result["causes"])


def _shown(result: Mapping[str, Any]) -> str:
    points = result["points"]
    return f"{points['shown_correct'] + points['shown_wrong']:,} of {points['planned']:,}"


def _plain(text: str) -> str:
    """Text of a server as text of a table cell."""
    return re.sub(r"([\\*<>&|\[\]#])", lambda match: f"&#{ord(match[0])};", text.replace("\n", " "))


def stored() -> list[dict[str, Any]]:
    """The stored results, by name."""
    return [json.loads(each.read_text(encoding="utf-8")) for each in sorted(FOLDER.glob("*.json"))]


def store(name: str, run: Path) -> None:
    """Replace the results of a server, and the page."""
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(result_of(name, run), indent=2, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
    write_page()


def write_page() -> None:
    """Write the page from the stored results."""
    PAGE.write_text(page(stored()), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        store(sys.argv[1], Path(sys.argv[2]))
    else:
        write_page()
