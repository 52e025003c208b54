"""The URL of a clause."""

from __future__ import annotations

from urllib.parse import quote

from aoai_conformance.judging.clauses import REFERENCE
from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import ConformanceError


def clause_link(clause: str) -> str | None:
    """Return the URL of a clause, or None for a description that is not in the catalogue.

    The place within the document is the fragment of the URL, so that clauses have different links.
    """
    clause = clause.removesuffix(REFERENCE)
    if clause.startswith(("https://", "http://")):
        return clause
    document, _, pointer = clause.partition("#")
    try:
        address = Catalogue.packaged().load(document).publication(f"#{pointer}")
    except ConformanceError:
        return None
    return f"{address}#{quote(pointer)}" if pointer else address
