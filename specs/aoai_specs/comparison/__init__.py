"""The comparison of two API descriptions from the view of clients.

`compare(described("2024-06-01"), described("2024-10-21"))` returns every change with its verdict. The verdict
follows from the effect of the change on the allowed values, and from their direction (see
`aoai_specs.comparison.effects`); `exceptions.json` lists the exceptions with their reasons.
"""

from aoai_specs.comparison.change import Accepted, Change, Changes
from aoai_specs.comparison.descriptions import (
    Description,
    aligned,
    described,
    of_document,
)
from aoai_specs.comparison.reading_pairs import described_pair

__all__ = [
    "Accepted",
    "Change",
    "Changes",
    "Description",
    "aligned",
    "compare",
    "described",
    "described_pair",
    "of_document",
]


def compare(base: Description, revision: Description, *, words: bool = False) -> Changes:
    """Return every change from one description to another that a client may notice, the most severe first.

    `words` includes changes of titles and descriptions. Raises DocumentError for a description that cannot be
    read.
    """
    # imported late: `diff specs --help` and shell completion do not need it, and it is slow to import
    from aoai_specs.comparison import comparer

    return comparer.compare(base, revision, words=words)
