from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.errors import OverlayError
from aoai_specs.loading import jsonpath_selectors
from aoai_specs.loading import overlay as overlays
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
        ("$..n", [1, 2]),
        ("$..parameters[*]['in']", ["path", "query"]),
        ("$.deep['two', 'one'].n", [2, 1]),
        ("$.list[0:2]", [1, 2]),
        ("$.list[::-1]", [3, 2, 1]),
        ("$.list[?@ > 1 && @ <= 3 || @ == 0]", [2, 3]),
        ("$.list[?!(@ == 1)]", [2, 3]),
        ("$.deep[?@.n != 1]", [{"n": 2}]),
        ("$.deep[?@.n == $.list[0]]", [{"n": 1}]),
        ("$..[?@.in && !@.name]", [{"in": "path"}, {"in": "query"}]),
        ("$..[?length(@.tags) == 3]", [CONTENT["paths"]["/a/{b}"]["post"]]),
        ("$.paths.*[?count(@.parameters.*) > 1].tags[0]", ["x"]),
        ("$..tags[?match(@, '[xz]')]", ["x", "x"]),
        ("$..[?search(@.in, 'at')]", [{"in": "path"}]),
        ("$..[?value(@..in) == 'query'].in", ["query"]),
        ("$ .list [ 0 ]", [1]),
        (r"$['\u006cist'][0]", [1]),
        ("$..list[0, 0]", [1]),
    ],
)
def test_selects_the_nodes_of_the_path(path: str, values: list[Any]) -> None:
    assert selected(path) == values


@pytest.mark.parametrize(
    "path",
    [
        *("", "paths", "$.a[", "$.a-b", "$.", "$..", "$[", "$[]", "$['a", "$[01]", "$.a b", "$[?@.a ==]"),
        *("$[?'a']", "$[?@.* == 1]", "$[?unknown(@)]", "$[?length(@)]", "$[?(@.a]", "$[?" + "(" * 100),
    ],
)
def test_rejects_paths_that_it_cannot_read(path: str) -> None:
    with pytest.raises(OverlayError):
        JsonPath.parse(path)


def test_limits_the_nodes_that_a_path_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonpath_selectors, "MOST_NODES", 1000)
    nested: list[Any] = []
    for _ in range(40):
        nested = [nested]
    with pytest.raises(OverlayError, match="more than 1,000 nodes"):
        JsonPath.parse("$..*..*..*").find(nested)


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


def modern(actions: str, version: str = "1.1.0") -> dict[str, Any]:
    head = f"overlay: {version}\ninfo: {{title: t, version: '1', description: d}}\nactions:\n"
    return Overlay.parse(load(head + actions, "overlay.yaml"), reasons=False).apply(CONTENT).content


def test_overlay_1_1_copies_a_node_joins_lists_and_replaces_plain_values() -> None:
    assert modern("  - {target: $.deep.one, copy: $.deep.two}\n")["deep"]["one"] == {"n": 2}
    assert modern("  - {target: $.list, copy: $.list}\n")["list"] == [1, 2, 3, 1, 2, 3]
    assert modern("  - {target: $.list, copy: $.deep.one}\n")["list"] == [1, 2, 3, {"n": 1}]
    assert modern("  - {target: $.list, update: [4, 5]}\n")["list"] == [1, 2, 3, 4, 5]
    assert modern("  - {target: '$.deep.*.n', update: x}\n")["deep"] == {"one": {"n": "x"}, "two": {"n": "x"}}


def test_a_copy_is_independent_and_removal_wins() -> None:
    changed = modern(
        "  - {target: $, update: {new: {}}}\n"
        "  - {target: $.new, copy: $.deep}\n"
        "  - {target: $.new.one.n, remove: true}\n"
    )
    assert (changed["new"]["one"], changed["deep"]["one"]) == ({}, {"n": 1})
    assert "list" not in modern("  - {target: $.list, copy: $.deep, remove: true}\n")


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("target: $.deep.one, copy: $.nothing", "selects 0"),
        ("target: $.deep.one, copy: '$.deep.*'", "selects 2"),
        ("target: $.deep, copy: $.list", "can only update"),
        ("target: $.deep.one.n, update: {a: 1}", "can only update"),
        ("target: $.deep, copy: 5", "copy must be"),
        ("target: $.deep", "an update, a copy, or remove"),
    ],
)
def test_rejects_what_overlay_1_1_does_not_allow(action: str, message: str) -> None:
    with pytest.raises(OverlayError, match=message):
        modern(f"  - {{{action}}}\n")


def test_overlay_1_0_has_no_copy() -> None:
    with pytest.raises(OverlayError, match="an update, or remove: true"):
        modern("  - {target: $.deep.one, copy: $.deep.two}\n", "1.0.0")


def test_removes_the_items_that_a_path_selects_in_any_order() -> None:
    assert applied("target: '$.list[0, 2]', remove: true").content["list"] == [2]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (r"$['\ud83d\ude00']", [1]),
        (r"$['\\u0041']", [2]),
        ("$[?@ == 1.0]", [1]),
        ("$[?@ < " + "9" * 5000 + "]", [1, 2]),
    ],
)
def test_reads_escapes_and_numbers_of_any_length(path: str, values: list[Any]) -> None:
    content = {"\U0001f600": 1, "\\u0041": 2}
    assert [found.value for found in JsonPath.parse(path).find(content)] == values


@pytest.mark.parametrize(
    "path", ["$[" + "9" * 5000 + "]", "$[?" + "length(" * 200 + "@" + ")" * 200 + " > 1]"]
)
def test_refuses_indexes_and_functions_beyond_all_bounds(path: str) -> None:
    with pytest.raises(OverlayError):
        JsonPath.parse(path)


def test_refuses_actions_that_grow_a_description_beyond_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlays, "MAX_VALUES", 5)
    with pytest.raises(OverlayError, match="add more than"):
        applied("target: $.deep.*, update: {x: [1, 2, 3]}")


def test_looks_for_no_more_matches_than_the_least_share_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "overlay: 1.0.0\ninfo: {title: x, version: '1'}\nactions:\n" + "".join(
        f"- {{target: '{path}', update: {{}}, x-reason: r, x-source: s}}\n"
        for path in ("$.deep[?@.n]", "$.gone", "$.list")
    )
    overlay = Overlay.parse(load(text, "x.yaml"), reasons=False)
    tried: list[str] = []
    find = JsonPath.find
    monkeypatch.setattr(JsonPath, "find", lambda self, held: (tried.append(self.text), find(self, held))[1])
    assert overlays.share_of_matches(overlay, CONTENT) == pytest.approx(2 / 3)
    assert tried.pop() == "$.deep[?@.n]"
    tried.clear()
    assert overlays.share_of_matches(overlay, CONTENT, 0.75) == 0
    assert tried == ["$.gone"]
