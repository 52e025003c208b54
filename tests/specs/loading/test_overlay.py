from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.errors import OverlayError
from aoai_specs.loading.files import load
from aoai_specs.loading.jsonpath import JsonPath
from aoai_specs.loading.overlay import Application, Overlay

CONTENT: dict[str, Any] = {
    "paths": {"/a/{b}": {"post": {"parameters": [{"in": "path"}, {"in": "query"}], "tags": ["x", "y", "x"]}}},
    "list": [1, 2, 3],
    "deep": {"one": {"n": 1}, "two": {"n": 2}},
}


def selected(path: str) -> list[Any]:
    return [found.value for found in JsonPath.parse(path).find(CONTENT)]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$", [CONTENT]),
        ("$.list", [[1, 2, 3]]),
        ("$['list'][0]", [1]),
        ('$["list"][-1]', [3]),
        ("$.list[3]", []),
        ("$.list[*]", [1, 2, 3]),
        ("$.deep.*.n", [1, 2]),
        ("$.paths['/a/{b}'].post.parameters[?@.in == 'query']", [{"in": "query"}]),
        ("$.paths['/a/{b}'].post.parameters[?(@.in=='path')]", [{"in": "path"}]),
        ("$.paths.*.post.tags[?@ == 'x']", ["x", "x"]),
        ("$.list[?@ == 2]", [2]),
        ("$.list[?@ == true]", []),
        ("$.nothing.at.all", []),
    ],
)
def test_selects_the_nodes_of_the_path(path: str, values: list[Any]) -> None:
    assert selected(path) == values


@pytest.mark.parametrize("path", ["", "paths", "$..x", "$.a[", "$.a[?@.b > 1]", "$.a[1:2]", "$ .a", "$.a-b"])
def test_rejects_paths_that_it_cannot_read(path: str) -> None:
    with pytest.raises(OverlayError):
        JsonPath.parse(path)


def overlay(actions: str) -> Overlay:
    head = "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions:\n"
    return Overlay.parse(load(head + actions, "overlay.yaml"))


def applied(action: str) -> Application:
    return overlay(f"  - {{{action}, x-reason: because, x-source: somewhere}}\n").apply(CONTENT)


def test_merges_objects_and_keeps_the_original() -> None:
    result = applied("target: $.deep, update: {one: {m: 1}, three: 3}")
    assert result.content["deep"] == {"one": {"n": 1, "m": 1}, "two": {"n": 2}, "three": 3}
    assert CONTENT["deep"] == {"one": {"n": 1}, "two": {"n": 2}}
    assert result.matches == (1,)


def test_appends_to_a_list_that_is_selected_and_joins_lists_within() -> None:
    assert applied("target: $.list, update: [4]").content["list"] == [1, 2, 3, [4]]
    assert applied("target: $, update: {list: [4]}").content["list"] == [1, 2, 3, 4]


def test_replaces_plain_values() -> None:
    assert applied("target: $.deep.one, update: {n: 7}").content["deep"]["one"] == {"n": 7}


def test_removes_every_node_that_is_selected() -> None:
    result = applied("target: '$.list[*]', remove: true")
    assert result.content["list"] == []
    assert result.matches == (3,)


def test_counts_what_each_action_matched() -> None:
    both = overlay(
        "  - {target: $.deep.*, update: {x: 1}, x-reason: r, x-source: s}\n"
        "  - {target: $.gone, remove: true, x-reason: r, x-source: s}\n"
    )
    assert both.apply(CONTENT).matches == (2, 0)


def test_applies_actions_in_order() -> None:
    both = overlay(
        "  - {target: $.list, remove: true, x-reason: r, x-source: s}\n"
        "  - {target: $, update: {list: [9]}, x-reason: r, x-source: s}\n"
    )
    assert both.apply(CONTENT).content["list"] == [9]


@pytest.mark.parametrize("action", ["target: '$.list[0]', update: {a: 1}", "target: $.deep, update: text"])
def test_rejects_updates_that_cannot_be_merged(action: str) -> None:
    with pytest.raises(OverlayError, match="can only update"):
        applied(action)


def test_rejects_removing_everything() -> None:
    with pytest.raises(OverlayError, match="whole description"):
        applied("target: $, remove: true")


HEAD = "overlay: 1.0.0\ninfo: {title: t, version: '1'}\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("overlay: 2.0.0\ninfo: {title: t, version: '1'}\nactions: []\n", 1),
        ("overlay: 1.0.0\ninfo: {title: t}\nactions: [{}]\n", 2),
        (HEAD + "actions: []\n", 3),
        (HEAD + "actions:\n  - {x-reason: r, x-source: s, remove: true}\n", 4),
        (HEAD + "actions:\n  - {target: $.a, x-source: s, remove: true}\n", 4),
        (HEAD + "actions:\n  - {target: $.a, x-reason: r, remove: true}\n", 4),
        (HEAD + "actions:\n  - {target: $.a, x-reason: r, x-source: s}\n", 4),
        (HEAD + "actions:\n  - {target: $.a, x-reason: r, x-source: s, remove: perhaps}\n", 4),
        (HEAD + "actions:\n  - target: a\n    x-reason: r\n    x-source: s\n    remove: true\n", 4),
    ],
)
def test_names_file_and_line_of_a_malformed_overlay(text: str, line: int) -> None:
    with pytest.raises(OverlayError) as caught:
        Overlay.parse(load(text, "overlay.yaml"))
    assert str(caught.value).startswith(f"overlay.yaml, line {line}: ")


def test_omits_actions_that_do_not_fit_a_custom_description() -> None:
    three = overlay(
        "  - {target: $.deep, update: {a: {$ref: '#/missing'}}, x-reason: r, x-source: s}\n"
        "  - {target: '$.list[0]', update: {a: 1}, x-reason: r, x-source: s}\n"
        "  - {target: $.deep, update: {b: {$ref: '#/list'}}, x-reason: r, x-source: s}\n"
    )
    assert three.fitting(CONTENT).actions == three.actions[2:]


def test_omits_a_response_whose_schema_a_custom_description_lacks() -> None:
    two = overlay(
        "  - {target: $.deep, update: {default: {schema: {$ref: '#/missing'}}}, x-reason: r, x-source: s}\n"
        "  - {target: $.deep, update: {b: 1}, x-reason: r, x-source: s}\n"
    )
    assert two.fitting(CONTENT).actions == two.actions[1:]


def test_omits_actions_that_depend_on_an_omitted_action() -> None:
    three = overlay(
        "  - {target: '$.list', remove: true, x-reason: r, x-source: s, x-together: a}\n"
        "  - {target: $, update: {list: [{$ref: '#/missing'}]}, x-reason: r, x-source: s, x-together: a}\n"
        "  - {target: $.deep, update: {b: 1}, x-reason: r, x-source: s, x-together: b}\n"
    )
    assert three.fitting(CONTENT).actions == three.actions[2:]


def test_omits_actions_that_match_nothing_in_a_custom_description() -> None:
    two = overlay(
        "  - {target: $.gone, remove: true, x-reason: r, x-source: s}\n"
        "  - {target: $.list, remove: true, x-reason: r, x-source: s}\n"
    )
    assert two.fitting(CONTENT).actions == two.actions[1:]


def test_corrects_nothing_twice() -> None:
    once = overlay(
        "  - {target: $.list, update: 9, x-reason: r, x-source: s}\n"
        "  - {target: $.deep, update: {more: [a]}, x-reason: r, x-source: s}\n"
    )
    corrected = once.apply(CONTENT).content
    assert len(once.fitting(CONTENT).actions) == 2
    assert once.fitting(corrected).actions == ()
