"""Cues in a text are read as scripts; a cue that cannot be read is named in a sentence."""

from __future__ import annotations

import pytest

from aoai_emulator.content.scripting.turns import cued_script
from aoai_emulator.content.scripting.written_cues import LONGEST_CUE, CueError, read_scripts
from aoai_emulator.http.scripts import Script, ScriptedCall


def said(text):
    return [script.text for script in read_scripts(text)]


@pytest.mark.parametrize(
    ("cue", "text"),
    [
        ("[emulate: say Hello.]", "Hello."),
        ("Well, [emulate: say Hello.] and more]", "Hello."),
        ("[emulate: say  two  spaces ]", " two  spaces "),
        ("[emulate: say]", ""),
        ("[emulate: say ]", ""),
        ("[emulate: say two\nlines]", "two\nlines"),
        ("[emulate: say a [nested [bracket]] stays]", "a [nested [bracket]] stays"),
        ("[emulate: say one [opened only] and more", "one [opened only"),
        ("[emulate: say this; and that]", "this; and that"),
        ("[emulate: say no length; length is a word]", "no length; length is a word"),
        ('[emulate: say {"a": "]; length]", "b": [1]}]', '{"a": "]; length]", "b": [1]}'),
        ("[emulate: say [1, [2]]]", "[1, [2]]"),
        ("[emulate: say {not JSON}]", "{not JSON}"),
    ],
)
def test_reads_the_text_as_written(cue, text):
    assert said(cue) == [text]


@pytest.mark.parametrize(
    ("cue", "script"),
    [
        ("[emulate: length]", Script(finish_reason="length")),
        ("[emulate: filtered]", Script(finish_reason="content_filter")),
        ("[emulate: say Hel; length]", Script(text="Hel", finish_reason="length")),
        ("[emulate: say Hel ; filtered ]", Script(text="Hel ", finish_reason="content_filter")),
        ("[emulate: refuse I cannot.]", Script(refusal="I cannot.")),
        ("[emulate: call f]", Script(calls=(ScriptedCall("f"),))),
        ('[emulate: call f {"a": "]"}]', Script(calls=(ScriptedCall("f", '{"a": "]"}'),))),
        ("[emulate: call f {broken]", Script(calls=(ScriptedCall("f", "{broken"),))),
        (
            '[emulate: call f {"a": 1}; call g; length]',
            Script(calls=(ScriptedCall("f", '{"a": 1}'), ScriptedCall("g")), finish_reason="length"),
        ),
        ("[emulate: say Wait; call f {}]", Script(text="Wait", calls=(ScriptedCall("f"),))),
    ],
)
def test_reads_the_parts_of_a_cue(cue, script):
    assert read_scripts(cue) == [script]


def test_reads_every_cue_in_order_and_skips_the_fixed_ones():
    assert said("[emulate: say 1] [emulate: asynchronous filter] [emulate: say 2]") == ["1", "2"]


@pytest.mark.parametrize(
    ("cue", "sentence"),
    [
        ("[emulate: sing]", "The cue '[emulate: sing]' is unknown. Known are: say TEXT, call NAME {…}, "),
        ("[emulate: say Hello", "The cue '[emulate: say Hello' is not closed: `]` is missing."),
        ("[emulate: length Hello]", "is not closed"),
        ("[emulate: call ]", "names no function; write `call NAME {…}`."),
        ("[emulate: say a; say b]", "One cue cannot say or refuse twice; write one cue for each turn."),
        ("[emulate: refuse a; call f {}]", "A response cannot refuse and call a function."),
        ("[emulate: say " + "x" * LONGEST_CUE + "]", "is not closed"),
    ],
)
def test_names_a_cue_that_cannot_be_read(cue, sentence):
    with pytest.raises(CueError) as caught:
        read_scripts(cue)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 400


def conversation(*contents):
    """Messages of the user and the assistant in turn."""
    roles = ("user", "assistant")
    return [{"role": roles[place % 2], "content": content} for place, content in enumerate(contents)]


def test_the_cues_of_a_message_are_for_one_turn_each():
    prompt = "[emulate: say 1] [emulate: say 2]"
    assert cued_script(conversation(prompt)) == Script(text="1")
    assert cued_script(conversation(prompt, "1", "And?")) == Script(text="2")
    assert cued_script(conversation(prompt, "1", "And?", "2", "And?")) is None


def test_the_last_message_with_a_cue_counts_and_not_what_an_assistant_said():
    assert cued_script(conversation("[emulate: say 1]", "[emulate: say 2]", "[emulate: say 3]")) == Script(
        text="3"
    )
    assert cued_script(conversation("Hi", "[emulate: say 2]", "Hi")) is None
