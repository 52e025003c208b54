"""Installs each server that the tests try: from PyPI into an environment each, from npm below one folder.

    python tests/real_servers/install.py FOLDER

Versions are fixed, since the expected deviations are those of one version. What is there already stays.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

FROM_PYPI = {
    "litellm": ["litellm[proxy]==1.106.2"],
    "llama-cpp-python": ["llama-cpp-python[server]==0.3.36", "gguf", "numpy"],
    "transformers": ["transformers[serving]==5.23.0", "torch"],
}
FROM_NPM = ["@copilotkit/aimock@1.43.0", "@stoplight/prism-cli@5.14.2"]
_DONE = ".installed"


def install(folder: Path) -> None:
    """Install what is missing. Raises subprocess.CalledProcessError where an installer fails."""
    for name, packages in FROM_PYPI.items():
        place = folder / name
        if (place / _DONE).exists():
            continue
        venv.create(place, with_pip=True, clear=True)
        subprocess.run([place / "bin" / "python", "-m", "pip", "install", "--quiet", *packages], check=True)
        (place / _DONE).touch()
    place = folder / "npm"
    if not (place / _DONE).exists():
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "install", "--no-fund", "--no-audit", "--prefix", place, *FROM_NPM], check=True
        )
        (place / _DONE).touch()


if __name__ == "__main__":
    install(Path(sys.argv[1]).resolve())
