"""Where the history lies."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

NAME = "history.sqlite3"


def default_history(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """`aoai-conformance/history.sqlite3` in the user's data folder: XDG_DATA_HOME where that is set.

    Otherwise %LOCALAPPDATA% on Windows, ~/Library/Application Support on macOS, else ~/.local/share.
    """
    chosen = environment.get("XDG_DATA_HOME", "")
    if Path(chosen).is_absolute():
        folder = Path(chosen)
    elif platform == "win32":
        local = environment.get("LOCALAPPDATA")
        folder = Path(local) if local else Path.home() / "AppData" / "Local"
    elif platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = Path.home() / ".local" / "share"
    return folder / "aoai-conformance" / NAME
