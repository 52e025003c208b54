"""Events that differ only in their texts are parsed once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aoai_model.event_forms import EventForms
from aoai_model.events import Event, Events
from aoai_model.json_parsing import parse_strictly


def forms_of(*texts: str, name: str = "") -> EventForms:
    return EventForms(Events(b"", [Event(each, b"", 0.0, name=name) for each in texts]))


def delta(text: str, **more: Any) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": {"content": text, **more}}]})


def test_events_that_differ_in_their_texts_have_one_form() -> None:
    forms = forms_of(*(delta(each) for each in ("a", "b c", 'd"\n', "é", "\ud83d", "\\")))
    (form,) = forms.forms
    assert (form.count, form.first, form.last, form.texts) == (6, 0, 5, ("/choices/0/delta/content",))
    assert [forms.texts(at) for at in range(6)] == [["a"], ["b c"], ['d"\n'], ["é"], ["\ud83d"], ["\\"]]


def test_an_empty_text_is_another_form_than_a_text() -> None:
    assert list(forms_of(delta("a"), delta(""), delta("b")).numbers) == [0, 1, 0]


def test_any_other_difference_is_another_form() -> None:
    forms = forms_of(delta("a"), delta("a", role="assistant"), delta("a", role="user"), delta("b"))
    assert list(forms.numbers) == [0, 1, 2, 0]


def test_events_of_another_name_are_another_form() -> None:
    events = [Event("{}", b"", 0.0, name=name, index=at) for at, name in enumerate(("", "error", ""))]
    assert list(EventForms(Events(b"", events)).numbers) == [0, 1, 0]


def test_a_form_with_several_texts_has_the_place_of_each() -> None:
    written = [json.dumps({"obfuscation": "x" * n, "choices": [{"text": str(n)}]}) for n in range(1, 9)]
    forms = forms_of(*written)
    assert [form.texts for form in forms.forms] == [("/obfuscation", "/choices/0/text")]
    assert list(forms.texts(7)) == ["x" * 8, "8"]


MEMBER = '{"content":"%s"}'
WRITTEN = (
    '{"content":"a","content":"b"}',
    '{"content":"a","content":""}',
    '{"content":"c","content":"d"}',
    '{"content":"","content":"e"}',
    '{"x\\"content":"a"}',
    '{"x\\"content":"b"}',
    '{"x":"\\"content\\":\\"a\\""}',
    '{"content":"\x00"}',
    '{"content":"tab\there"}',
    '{"content":"\\u00zz"}',
    '{"content":"a\\q"}',
    '{"content":"a"} ',
    '{"content" :\t"a"}',
    '{"content":"a"',
    '{"content":NaN}',
    '{"content":"a","n":NaN}',
    '{"content":"b","n":NaN}',
    '{"content":"a","n":1e999}',
    '{"content":"b","n":' + "9" * 5000 + "}",
    '{"content":"\ufffc0\ufffc"}',
    '{"content":"a","other":"\ufffc0\ufffc"}',
    '{"content":"b","other":"\ufffc0\ufffc"}',
    '["content"]',
    '["content",{"content":"a"}]',
    "[DONE]",
    "",
    '"content":"a"',
    '"abc"content":"a"',
    '{"content":"\\ud800"}',
    '{"delta":{"content":"a"},"text":["b"]}',
    '{"delta":{"content":"c"},"text":["b"]}',
    '{"delta":"x"}',
    '{"delta":{"delta":"x","text":"y"}}',
    MEMBER % "a",
    MEMBER % "b",
    MEMBER % "c",
    MEMBER % "d",
    MEMBER % "e\\n",
    MEMBER % '"',
)


def parsed(written: str) -> dict[str, Any] | None:
    try:
        value = parse_strictly(written)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


@pytest.mark.parametrize("rounds", [1, 2, 7])
def test_each_event_has_the_value_of_its_own_data(rounds: int) -> None:
    forms = forms_of(*WRITTEN * rounds)
    assert list(forms.objects()) == [parsed(each) for each in WRITTEN * rounds]
    for at, number in enumerate(forms.numbers):
        pointers = forms.forms[number].texts if number >= 0 else ()
        texts = forms.texts(at) if pointers else ()
        assert len(texts) == len(pointers)
        for pointer, text in zip(pointers, texts, strict=True):
            assert json.dumps(text) in json.dumps(parsed((WRITTEN * rounds)[at])), pointer
