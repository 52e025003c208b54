"""The comparison of two API descriptions from the view of clients.

`compare(described("2024-06-01"), described("2024-10-21"))` returns every change with its verdict. The verdict
follows from the effect of the change on the allowed values, and from their direction (see
`aoai_specs.comparison.effects`); `exceptions.json` lists the exceptions with their reasons.
"""

from aoai_specs.comparison.change import Accepted, Change, Changes
from aoai_specs.comparison.comparer import compare
from aoai_specs.comparison.descriptions import (
    Description,
    aligned,
    described,
    described_pair,
    of_document,
)

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
