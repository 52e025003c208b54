"""docs/ci/notify.py, which users copy into their repositories, against a local webhook."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "ci" / "notify.py"
HOSTILE = "<!channel> [x](https://evil.example) \x1b[2J\u202e"


def change(**changes: Any) -> dict[str, Any]:
    facts = {"level": "must", "rule": "USAGE-001", "operation": "o", "place": "/usage", "message": HOSTILE}
    return facts | changes


def summary(verdict: str = "nonconformant", **changes: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = {"since": None, "new": [], "fixed": [], "flaky": [], "lasting": []}
    return {"verdict": verdict, "target": "http://gateway", "label": "gw", "changes": kinds | changes}


class Webhook(HTTPServer):
    """Stores what is posted, and responds with `status`."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.posted: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/secret-path"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Webhook)
        length = int(self.headers["Content-Length"])
        self.server.posted.append(json.loads(self.rfile.read(length)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def notify(webhook: Webhook, tmp_path: Path) -> Any:
    def run(form: str, content: dict[str, Any], address: str = "") -> subprocess.CompletedProcess[str]:
        file = tmp_path / "summary.json"
        file.write_text(json.dumps(content))
        return subprocess.run(
            [sys.executable, SCRIPT, form, file, "https://ci.example/1"],
            env={"NOTIFY_WEBHOOK": address or webhook.url},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_slack_gets_plain_text_in_which_nothing_has_an_effect(notify: Any, webhook: Webhook) -> None:
    done = notify("slack", summary(new=[change()] * 7, fixed=[change(message="gone")]))
    assert (done.returncode, done.stderr) == (0, "")
    (message,) = webhook.posted
    text = message["blocks"][0]["text"]
    assert text["type"] == "plain_text"
    assert text["text"].startswith("gw: nonconformant, 7 new, 1 fixed\n")
    assert "new: 2 more" in text["text"]
    assert text["text"].endswith("\nhttps://ci.example/1")
    assert "&lt;!channel&gt;" in message["text"]
    assert "<" not in message["text"]
    assert "\x1b" not in text["text"]
    assert "\u202e" not in text["text"]


def test_teams_gets_a_card_of_plain_text_with_a_button(notify: Any, webhook: Webhook) -> None:
    assert notify("teams", summary(flaky=[change()])).returncode == 0
    (message,) = webhook.posted
    card = message["attachments"][0]["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert card["body"][0]["inlines"][0]["text"] == "gw: nonconformant, 1 flaky"
    assert card["actions"][0]["url"] == "https://ci.example/1"


def test_a_night_without_changes_sends_nothing(notify: Any, webhook: Webhook) -> None:
    assert notify("slack", summary("conformant")).returncode == 0
    assert notify("slack", summary("nonconformant")).returncode == 0
    assert webhook.posted == []


def test_a_baseline_that_is_out_of_date_is_sent(notify: Any, webhook: Webhook) -> None:
    outdated = {"known": 0, "stale": [{}, {}], "expired": [], "too_wide": []}
    assert notify("slack", summary() | {"baseline": outdated}).returncode == 0
    assert "baseline: 2 stale" in webhook.posted[0]["text"]


def test_an_inconclusive_night_is_sent_with_its_reason(notify: Any, webhook: Webhook) -> None:
    assert notify("slack", summary("inconclusive") | {"doubts": ["The run was interrupted."]}).returncode == 0
    assert "The run was interrupted." in webhook.posted[0]["text"]


def test_a_webhook_that_fails_is_reported_without_its_address(notify: Any, webhook: Webhook) -> None:
    webhook.status = 500
    done = notify("slack", summary(new=[change()]))
    assert (done.returncode, done.stderr) == (1, "The webhook responded with 500.\n")
    done = notify("slack", summary(new=[change()]), "http://127.0.0.1:1/secret-path")
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "secret-path" not in done.stderr
    assert notify("slack", summary(), "http://other.example").returncode == 1
