"""The comparison of two API descriptions, as clients see them.

`compare(described("2024-06-01"), described("2024-10-21"))` gives every change, each with its verdict. The
verdict follows from what the change does to the values that are allowed, and in which direction they go (see
`aoai_specs.comparison.effects`); where that would mislead, `exceptions.yaml` says so, with the reason.
"""

from aoai_specs.comparison.change import Accepted, Change, Changes
from aoai_specs.comparison.comparer import compare
from aoai_specs.comparison.descriptions import Description, described, of_document

__all__ = ["Accepted", "Change", "Changes", "Description", "compare", "described", "of_document"]
