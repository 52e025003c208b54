"""Probes: which settings are tried together, by what a document has, and what each of them shows."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_strategies.planning import probes as made
from aoai_strategies.planning.probes import DEPENDENT, PROBES, Probe, probes_for, without


def of_kind(document: Document, kind: str) -> Operation:
    return next(each for each in document.operations.values() if each.kind == kind)


def names(document: Document, kind: str) -> dict[str, list[str]]:
    return {each.name: [*each.settings] for each in probes_for(of_kind(document, kind))}


def test_a_chat_is_probed_for_settings_formats_and_images(document: Document) -> None:
    found = names(document, "chat")
    assert [*found] == ["settings", "json-object", "json-schema", "image"]
    assert {"temperature", "top_logprobs", "parallel_tool_calls"} <= {*found["settings"]}


def test_settings_that_the_document_lacks_are_not_probed() -> None:
    found = names(Catalogue.packaged().load("azure-openai@2024-06-01"), "chat")
    assert [*found] == ["settings", "json-object", "image"]
    assert not {"logprobs", "top_logprobs", "parallel_tool_calls"} & {*found["settings"]}


def test_audio_is_probed_where_the_document_has_it() -> None:
    found = names(Catalogue.packaged().load("azure-openai@2025-01-01-preview"), "chat")
    assert found["audio"] == ["modalities", "audio"]


def test_a_kind_without_probes_is_not_probed(document: Document) -> None:
    assert names(document, "images") == {}


@pytest.mark.parametrize("kind", sorted(PROBES))
def test_each_probe_that_is_sent_gives_evidence(document: Document, kind: str) -> None:
    found = list(probes_for(of_kind(document, kind)))
    assert found
    assert all(any(made.shows_capability(each, name) for name in each.settings) for each in found)


PICTURE = Probe("image", {"messages": []}, {"messages": "image_url"})
FORMAT = Probe(
    "format", {"messages": [], "response_format": {}}, {"response_format": "response_format=json_schema"}
)


@pytest.mark.parametrize(
    ("probe", "member", "tested"),
    [
        (PICTURE, "messages", True),
        (FORMAT, "messages", False),
        (FORMAT, "response_format", True),
        (FORMAT, "tool_choice", False),
        (FORMAT, "input", False),
        (FORMAT, "tools", True),
    ],
)
def test_auxiliary_members_show_no_capability(probe: Probe, member: str, tested: bool) -> None:
    assert made.shows_capability(probe, member) is tested


def test_a_capability_has_the_name_of_its_member_unless_the_probe_names_it() -> None:
    assert FORMAT.capability("response_format") == "response_format=json_schema"
    assert FORMAT.capability("messages") == "messages"


@pytest.mark.parametrize(
    ("member", "left"),
    [
        ("logprobs", ["tools", "tool_choice"]),
        ("tools", ["logprobs", "top_logprobs"]),
        ("tool_choice", ["logprobs", "top_logprobs", "tools"]),
        ("top_logprobs", ["logprobs", "tools", "tool_choice"]),
        ("n", ["logprobs", "top_logprobs", "tools", "tool_choice"]),
    ],
)
def test_members_that_require_a_removed_one_are_removed(member: str, left: list[str]) -> None:
    settings: dict[str, Any] = dict.fromkeys(("logprobs", "top_logprobs", "tools", "tool_choice"), 1)
    assert [*without(settings, member)] == left


def test_dependent_members_are_probed_with_the_member_that_they_require() -> None:
    for probes in PROBES.values():
        for probe in probes:
            for needed, dependent in DEPENDENT.items():
                if {*dependent} & probe.settings.keys():
                    assert needed in probe.settings
