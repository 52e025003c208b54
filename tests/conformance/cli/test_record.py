"""`record`: a recording from its first request to its reports."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import httpx


def test_a_recording_is_judged_live_and_ends_with_reports(spawn, emulators, tmp_path: Path) -> None:
    out = tmp_path / "out"
    target = emulators["four faults"]
    process = spawn("record", "--listen", "0", "--target", target, "--judge", "--out", out)
    url = process.stdout.readline().split()[2].rstrip(",")
    answer = httpx.post(
        f"{url}/openai/deployments/gpt-4o/chat/completions",
        params={"api-version": "2024-10-21"},
        headers={"api-key": "canary-0123456789"},
        json={"messages": [{"role": "user", "content": "Hi."}]},
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 200
    assert httpx.get(f"{url}/elsewhere", trust_env=False, timeout=60).status_code == 401
    first = process.stdout.readline()
    assert first.startswith("MUST ")
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 1, errors
    assert "1 request passed on, but not recorded" in errors
    assert "azure-openai@2024-10-21" in output
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["requests"], summary["documents"]) == (1, ["azure-openai@2024-10-21"])
    assert all("canary" not in path.read_text() for path in out.iterdir())


def test_a_port_in_use_is_one_sentence(invoke, emulators, tmp_path: Path) -> None:
    port = emulators["sound"].rpartition(":")[2]
    result = invoke("record", "--listen", port, "--target", emulators["sound"], "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert f"Cannot listen on 127.0.0.1:{port}" in result.stderr
    assert not (tmp_path / "out").exists()
