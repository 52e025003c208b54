"""What a rule rests on is there: its clause leads somewhere in a document, or to an address."""

from __future__ import annotations

from contextlib import suppress

import pytest

from aoai_conformance.rule import Rule, rules
from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import DocumentError


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_clause_leads_somewhere(rule: Rule) -> None:
    name, hash_, pointer = rule.clause.partition("#")
    if rule.clause.startswith("https://"):
        return
    assert hash_
    catalogue = Catalogue.packaged()
    with suppress(DocumentError):  # where the published document has it not, the corrected one does
        catalogue.load(name, as_published=True).resolve(f"#{pointer}")
        return
    catalogue.load(name).resolve(f"#{pointer}")
