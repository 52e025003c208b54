"""Which script a request plays: that of a fixture, or that of a cue in its prompt.

The cues of one message are for one turn each: the first for the response to this message, the next for the
response after that. The last message with a cue counts; what an assistant said does not.
"""

from __future__ import annotations

from collections.abc import Sequence

from aoai_emulator.content.chat.conversation import texts
from aoai_emulator.content.cues import OPENING
from aoai_emulator.content.scripting.written_cues import read_scripts
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.scripts import Script


def cued_script(messages: Sequence[JsonObject]) -> Script | None:
    """Return the script for the next response in a conversation, or None. Raises CueError."""
    turns = 0
    for message in reversed(messages):
        if message["role"] == "assistant":
            turns += 1
            continue
        content = message.get("content")
        if isinstance(content, str):
            text = content if OPENING in content else ""
        else:
            text = "\n".join(text for text in texts(message) if OPENING in text)
        scripts = read_scripts(text) if text else ()
        if scripts:
            return scripts[turns] if turns < len(scripts) else None
    return None


def cued_completion(prompt: str) -> Script | None:
    """Return the script of the first cue in a prompt, or None. Raises CueError."""
    scripts = read_scripts(prompt) if OPENING in prompt else ()
    return scripts[0] if scripts else None


def is_forced(fields: JsonObject) -> bool:
    """Whether the response must call a function."""
    choice = fields.get("tool_choice" if fields.get("tools") else "function_call")
    return choice == "required" or isinstance(choice, dict)
