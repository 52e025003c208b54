"""Write the examples that `explain` shows: `python tests/conformance/explanations/renew.py`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from example_generation import PACKAGED, as_text, generate_examples

if __name__ == "__main__":
    text = as_text(generate_examples())
    PACKAGED.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{PACKAGED}: {len(text) // 1000} KB\n")
