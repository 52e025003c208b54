"""Every rule has a clause that exists where the rule applies, and a fault that can trip it."""

from __future__ import annotations

from contextlib import suppress

from aoai_conformance.judging.clauses import find_clause
from aoai_conformance.judging.scope import concerns
from aoai_conformance.rule import Rule, rules
from aoai_conformance.selftest.expectations import packaged_expectations
from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import DocumentError
from claims import for_each

for_each_rule = for_each(rules(), group=lambda rule: rule.topic, name=lambda rule: rule.id)


@for_each_rule
def test_a_clause_resolves(rule: Rule) -> None:
    name, hash_, pointer = rule.clause.partition("#")
    if rule.clause.startswith("https://"):
        return
    assert hash_
    catalogue = Catalogue.packaged()
    with suppress(DocumentError):  # where the published document has it not, the corrected one does
        catalogue.load(name, as_published=True).resolve(f"#{pointer}")
        return
    catalogue.load(name).resolve(f"#{pointer}")


@for_each_rule
def test_a_rule_applies_to_the_document_of_its_clause_and_finds_the_clause_there(rule: Rule) -> None:
    name, hash_, _ = rule.clause.partition("#")
    if not hash_ or rule.clause.startswith("https://"):
        return
    operations = Catalogue.packaged().load(name).operations.values()
    clauses = [find_clause(rule, operation) for operation in operations if concerns(rule, operation)]
    assert [clause for clause in clauses if not clause.endswith(" (reference)")]


def test_a_rule_that_no_fault_may_trip_has_a_reason() -> None:
    expectations = packaged_expectations()
    topics = frozenset[str]().union(*expectations.topics.values())
    tripped = frozenset[str]().union(*expectations.faults.values())
    untripped = {rule.id for rule in rules() if rule.topic not in topics} - tripped
    assert untripped <= expectations.unreachable.keys()
