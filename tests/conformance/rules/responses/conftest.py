"""Makes the builders importable: pytest's importlib mode puts no test folder on the path."""

from __future__ import annotations

import sys
from pathlib import Path

for _folder in (Path(__file__).parent, Path(__file__).parents[1] / "flows"):
    sys.path.insert(0, str(_folder))
