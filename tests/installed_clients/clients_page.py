"""Writes docs/clients.md: the clients that work with the emulator as they are installed.

python tests/installed_clients/clients_page.py    # write the page from docs/clients/results.json
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from client_table import CLIENTS, TASKS, Client

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "clients" / "results.json"
PAGE = RESULTS.parent.with_suffix(".md")
_HEAD = """# Tested clients

Clients as they are installed, against [the emulator](emulator.md) with `--any-deployment`: only the endpoint
and the key are configured, and for clients that accept only `https` the certificate of `--tls-ca`.
`tox -e clients` installs the clients, tries them and writes this page.

| client | version | date | chat | streamed chat | tool call | embeddings | |
|---|---|---|:-:|:-:|:-:|:-:|---|
"""
_FOOT = "\n## Not described\n\nWhat a client sends but no served document describes gets a 404:\n\n"


def page(results: Sequence[Mapping[str, Any]]) -> str:
    """Return the page as Markdown."""
    by_script = {each["script"]: each for each in results}
    tried = [(client, by_script[client.script]) for client in CLIENTS if client.script in by_script]
    reasons = [
        f"- {client.name}: {reason}" for client, _ in tried for reason in client.not_described.values()
    ]
    foot = _FOOT + "\n".join(reasons) + "\n" if reasons else ""
    return _HEAD + "".join(f"{_row(*each)}\n" for each in tried) + foot


def _row(client: Client, result: Mapping[str, Any]) -> str:
    marks = ["–" if task in client.lacks else "yes" if task in result["works"] else "no" for task in TASKS]
    notes = "; ".join(filter(None, ("`https` only" if client.https_only else "", client.note)))
    name = f"{client.name} ({client.registry})"
    return f"| {' | '.join([name, result['version'], result['date'], *marks, notes])} |"


def store(client: Client, works: Collection[str]) -> None:
    """Replace the result of a client, and the page."""
    kept = [each for each in stored() if each["script"] != client.script]
    date = datetime.now(UTC).date().isoformat()
    result = {"script": client.script, "version": client.version, "date": date, "works": sorted(works)}
    RESULTS.parent.mkdir(exist_ok=True)
    text = json.dumps(sorted([*kept, result], key=lambda each: each["script"]), indent=2)
    RESULTS.write_text(f"{text}\n", encoding="utf-8")
    write_page()


def stored() -> list[dict[str, Any]]:
    """Return the stored results."""
    if not RESULTS.exists():
        return []
    results: list[dict[str, Any]] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return results


def write_page() -> None:
    """Write the page from the stored results."""
    PAGE.write_text(page(stored()), encoding="utf-8")


if __name__ == "__main__":
    write_page()
