"""To which operations the header of a record says that a rule applies."""

from __future__ import annotations

from aoai_conformance.recording.record_lines import header_facts
from aoai_conformance.rule import rule_named
from aoai_specs.catalogue import Catalogue

UPLOADED, ANY = rule_named("FILES-002"), rule_named("HTTP-001")


def test_a_rule_applies_to_an_operation_on_request_only_if_it_is_chosen() -> None:
    document = Catalogue.packaged().load("azure-openai@2024-10-21")
    without = header_facts((UPLOADED, ANY), [document], chosen=())["rule_operations"]
    assert without == {"HTTP-001": tuple(each.id for each in document.usual_operations)}
    chosen = header_facts((UPLOADED, ANY), [document], chosen={"Files_Upload"})["rule_operations"]
    assert chosen["FILES-002"] == ("Files_Upload",)
    assert header_facts((ANY,), [document])["rule_operations"]["HTTP-001"] == tuple(document.operations)
