"""Send what changed in a nightly run to Slack or Teams: `python notify.py slack|teams SUMMARY.JSON [LINK]`.

Needs Python 3.11 and nothing else. Reads the address of the webhook from NOTIFY_WEBHOOK. Sends nothing if
nothing changed, unless the run is inconclusive or its baseline is out of date. LINK is the address of the
pipeline's run.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KINDS = ("new", "lasting", "fixed", "flaky")
#: The most violations listed of each kind, and the most characters of one line.
MOST, LONGEST = 5, 250


def lines_of(summary: dict[str, Any]) -> list[str]:
    """What to send, line by line; empty if there is nothing to say."""
    changes = summary.get("changes") or {}
    changed = [kind for kind in KINDS if changes.get(kind)]
    baseline = summary.get("baseline") or {}
    outdated = [kind for kind in ("stale", "expired", "too_wide") if baseline.get(kind)]
    is_known = summary["verdict"] == "conformant" or (
        summary["verdict"] == "nonconformant" and "changes" in summary and not outdated
    )
    if is_known and not changed:
        return []
    counted = ", ".join(f"{len(changes[kind])} {kind}" for kind in changed) or "nothing new"
    target = summary.get("label") or summary["target"]
    return [
        f"{target}: {summary['verdict']}, {counted}",
        *(f"baseline: {len(baseline[kind])} {kind.replace('_', ' ')}" for kind in outdated),
        *summary.get("doubts", [])[:MOST],
        *(line for kind in changed for line in described(kind, changes[kind])),
    ]


def described(kind: str, some: list[dict[str, Any]]) -> Iterator[str]:
    """The violations of one kind."""
    for each in some[:MOST]:
        place = f"{each['operation']} {each['place']}"
        yield f"{kind}: {each['level'].upper()} {each['rule']} {place}: {each['message']}"
    if len(some) > MOST:
        yield f"{kind}: {len(some) - MOST} more"


def visible(line: str) -> str:
    """A line without control characters, which a server may have sent."""
    return "".join(each if unicodedata.category(each)[0] != "C" else "\ufffd" for each in line)[:LONGEST]


def slack(lines: list[str], link: str) -> dict[str, Any]:
    """A message for an incoming webhook of Slack, as plain text: no mention or link in it has an effect."""
    text = "\n".join([*lines, link])[:3000]
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    section = {"type": "section", "text": {"type": "plain_text", "text": text}}
    return {"text": escaped, "blocks": [section]}


def teams(lines: list[str], link: str) -> dict[str, Any]:
    """An adaptive card for a webhook of a Teams workflow, as plain text."""
    blocks = [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line}]} for line in lines]
    actions = [{"type": "Action.OpenUrl", "title": "Open the run", "url": link}] if link else []
    card = {"type": "AdaptiveCard", "version": "1.4", "body": blocks, "actions": actions}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def main(form: str, file: str, link: str = "") -> None:
    """Send the message. Exits with a sentence if that is impossible."""
    address = os.environ.get("NOTIFY_WEBHOOK", "")
    if not address.startswith(("https://", "http://127.0.0.1:")):
        raise SystemExit("NOTIFY_WEBHOOK must be the https address of the webhook.")
    lines = [visible(line) for line in lines_of(json.loads(Path(file).read_bytes()))]
    if not lines:
        return
    body = json.dumps({"slack": slack, "teams": teams}[form](lines, link)).encode()
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked
        address, data=body, headers={"Content-Type": "application/json"}
    )
    try:
        urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 - as above
    except urllib.error.HTTPError as error:
        raise SystemExit(f"The webhook responded with {error.code}.") from None
    except OSError as error:
        raise SystemExit(f"The webhook cannot be reached: {type(error).__name__}.") from None


if __name__ == "__main__":
    if len(sys.argv) not in {3, 4} or sys.argv[1] not in {"slack", "teams"}:
        raise SystemExit("Usage: python notify.py slack|teams SUMMARY.JSON [LINK]")
    main(*sys.argv[1:])
