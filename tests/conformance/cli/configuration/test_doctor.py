"""`doctor` with the emulator: what is printed, and the configuration to paste."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_the_printed_configuration_makes_the_target_usable(
    invoke: Any, emulators: Any, tmp_path: Path
) -> None:
    (tmp_path / ".git").mkdir()
    deployments = ("--deployment", "chat=gpt-4o", "--deployment", "embeddings=e")
    result = invoke("doctor", "--target", emulators["sound"], *deployments)
    assert result.exit_code == 3, result.output
    assert "The deployment embeddings=e does not exist in this resource." in result.stdout
    assert "chat=gpt-4o supports" in result.stdout
    assert "with at most 30 requests (about" in result.stderr
    configuration = result.stdout.partition("Configuration (aoai-conformance.toml):\n\n")[2]
    (tmp_path / "aoai-conformance.toml").write_text(configuration)
    again = invoke("doctor", "local")
    assert again.exit_code == 0, again.output
    assert f"{emulators['sound']} is usable" in again.stdout
