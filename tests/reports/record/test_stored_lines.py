"""Lines of any length are read from a file as `readline` reads them."""

from __future__ import annotations

from io import BytesIO

import pytest

from aoai_reports.record import stored_lines
from aoai_reports.record.stored_lines import next_line

LINES = (b"\n", b"abc\n", b"abcd\n", b"abcdefghijkl\n", b"x" * 30 + b"\n", b"the end")


@pytest.mark.parametrize("most", [1, 4, 5, 9, 100])
def test_lines_are_read_as_readline_reads_them(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_lines, "_PIECE", 4)
    one, other = BytesIO(b"".join(LINES)), BytesIO(b"".join(LINES))
    found = list(iter(lambda: next_line(one, most), b""))
    assert found == list(iter(lambda: other.readline(most), b""))
