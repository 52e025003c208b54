"""Print how many requests per second of processor time Schemathesis generates; it is run by its own Python.

    PYTHON their_rate.py DOCUMENT OPERATION EXAMPLES

Half of the examples are valid and half invalid. A first few, which build the strategies, are not counted.
This module imports nothing of this project.
"""

import json
import sys
import time
from pathlib import Path

import hypothesis
import schemathesis
from hypothesis.errors import HypothesisWarning
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode


def draw(strategy, count):
    """Draw examples and return how many there were."""
    drawn = 0

    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategy)
    def collect(_example):
        nonlocal drawn
        drawn += 1

    collect()
    return drawn


def main():
    import warnings

    warnings.simplefilter("ignore", HypothesisWarning)
    content = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    described = schemathesis.openapi.from_dict(content, config=SchemathesisConfig())
    operation = described.find_operation_by_id(sys.argv[2])
    count, used = 0, 0.0
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        strategy = operation.as_strategy(generation_mode=mode)
        draw(strategy, 1)
        begin = time.process_time()
        count += draw(strategy, int(sys.argv[3]) // 2)
        used += time.process_time() - begin
    print(count / used)


if __name__ == "__main__":
    main()
