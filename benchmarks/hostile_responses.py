"""Time the judging of hostile responses, which are small to send but expensive to judge.

    python benchmarks/hostile_responses.py [KIND…]

prints the processor time for each kind of `tests/conformance/rules/chat/hostile_answers.py`, and how many
violations are listed and counted. An ordinary response is judged first, as a warm-up.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "conformance" / "rules" / "chat"))

from chat_by_hand import plain, verdicts
from hostile_answers import KINDS, MANY


def main(kinds: list[str]) -> None:
    verdicts(plain())
    print(f"{'kind':<44} {'seconds':>8} {'listed':>7} {'further':>8}   ({MANY:,} of each)")
    for kind in kinds or KINDS:
        exchange = KINDS[kind]()
        began = time.process_time()
        judged = verdicts(exchange)
        seconds = time.process_time() - began
        listed = sum(len(each.violations) for each in judged)
        print(f"{kind:<44} {seconds:>8.2f} {listed:>7} {sum(each.further for each in judged):>8,}")


if __name__ == "__main__":
    main(sys.argv[1:])
