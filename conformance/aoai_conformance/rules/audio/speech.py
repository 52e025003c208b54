"""Speech: complete, audible audio in the requested format, with a matching media type."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.formats.audio import AudioError, Sound, decoded, detect_container
from aoai_conformance.json_access import text
from aoai_conformance.observation import cached_property, examined
from aoai_conformance.rule import Inconclusive, rule
from aoai_conformance.views.exchange_views import Success
from aoai_conformance.views.scenarios import ScenarioView
from aoai_model.verdict import Violation

SPEECH = frozenset({"speech"})

_DOCUMENT = "azure-openai@2025-01-01-preview"
_POST = f"{_DOCUMENT}#/paths/~1deployments~1{{deploymentId}}~1audio~1speech/post"
_OPTIONS = f"{_DOCUMENT}#/components/schemas/SpeechGenerationOptions/properties"
_DEFAULT = "mp3"
#: The media types of each format, besides application/octet-stream.
_MEDIA_TYPES = {
    "mp3": {"audio/mpeg", "audio/mp3", "audio/mpeg3", "audio/x-mpeg"},
    "opus": {"audio/opus", "audio/ogg", "application/ogg"},
    "ogg": {"audio/ogg", "application/ogg"},
    "aac": {"audio/aac", "audio/x-aac", "audio/aacp", "audio/mp4"},
    "mp4": {"audio/mp4", "audio/aac", "audio/m4a", "audio/x-m4a", "video/mp4"},
    "flac": {"audio/flac", "audio/x-flac"},
    "wav": {"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"},
    "webm": {"audio/webm"},
    "pcm": {"audio/pcm", "audio/l16", "audio/x-pcm", "audio/raw", "audio/basic"},
}
#: The containers of each format.
_CONTAINERS = {"aac": {"aac", "mp4"}, "opus": {"opus", "ogg", "webm"}}
_UNTOLD_TYPES = frozenset({"application/octet-stream", "binary/octet-stream"})
#: More characters per second than any voice speaks at speed 1.
_FASTEST = 200.0


class Spoken(Success):
    """A successful response to a valid request to read a text aloud."""

    def applies(self) -> bool:
        """Whether the request should not be rejected, and the response is not an event stream."""
        return super().applies() and self.case.expect != "reject" and self.response.events is None

    @property
    def format(self) -> str:
        """The requested format."""
        return text(self.sent.get("response_format")) or _DEFAULT

    @property
    def input(self) -> str:
        """The text to read."""
        return text(self.sent.get("input")) or ""

    @property
    def container(self) -> str | None:
        """The container by its first bytes, `json` for a JSON object or list; None if unknown."""
        if self.response.is_json and isinstance(self.response.json, dict | list):
            return "json"
        return detect_container(self.response.body)

    @cached_property
    def sound(self) -> Sound:
        """The decoded audio. Raises Inconclusive if it is not audio, which another rule reports."""
        self.require_whole()
        if self.container == "json":
            raise Inconclusive("the response is JSON, not audio")
        try:
            sound = decoded(self.response.body, self.format)
        except AudioError as error:
            raise Inconclusive(str(error)) from None
        examined(sound.seconds)
        return sound

    def require_whole(self) -> None:
        """Raise Inconclusive if the connection ended before the audio did."""
        if not self.response.complete:
            raise Inconclusive("the connection ended before the audio did")


@rule(
    "SPEECH-001",
    must="return audio in the requested format",
    clause=f"{_OPTIONS}/response_format",
    operations=SPEECH,
    note="Detected by the first bytes. Raw PCM has no container, so any known one is a violation.",
)
def has_the_requested_format(reply: Spoken) -> Iterator[Violation]:
    """MP3 is the default."""
    found = reply.container
    if not reply.content:
        return
    if reply.format.startswith("pcm"):
        if found is not None and found != "aac" and found != "mp3":
            yield reply.violates(
                "",
                "The audio does not have the requested format.",
                expected=reply.format,
                actual=found,
                reason="container",
            )
        return
    if found in (None, "json"):
        yield reply.violates(
            "",
            "The response is not an audio file.",
            expected=reply.format,
            actual=repr(reply.response.body[:16]),
            reason="no sound",
        )
    elif found not in _CONTAINERS.get(reply.format, {reply.format}):
        yield reply.violates(
            "",
            "The audio does not have the requested format.",
            expected=reply.format,
            actual=found,
            reason="container",
        )


@rule(
    "SPEECH-002",
    must="return audio that can be decoded to its end",
    clause=f"{_POST}/responses/200",
    operations=SPEECH,
)
def can_be_decoded(reply: Spoken) -> Iterator[Violation]:
    """Players stop where a file is truncated."""
    reply.require_whole()
    if not reply.response.body:
        yield reply.violates("", "The response contains no audio.", reason="empty")
        return
    if reply.container == "json" or (reply.container is None and not reply.format.startswith("pcm")):
        return  # another rule reports responses without audio
    try:
        sound = decoded(reply.response.body, reply.format)
    except AudioError as error:
        yield reply.violates("", str(error), reason="broken")
        return
    examined()
    if sound.seconds <= 0:
        yield reply.violates("", "The audio has no duration.", reason="empty")


@rule(
    "SPEECH-003",
    must="declare audio with an audio media type",
    clause=f"{_POST}/responses/200",
    operations=SPEECH,
    note="One document declares application/octet-stream, the service sends audio/…: both are allowed.",
)
def declares_an_audio_type(reply: Spoken) -> Iterator[Violation]:
    """The media type must match the container, or be generic."""
    declared = reply.response.media_type
    if declared in _UNTOLD_TYPES or not reply.response.body:
        return
    container = reply.container
    if reply.format.startswith("pcm") and container in (None, "mp3", "aac"):
        container = "pcm"
    if container in (None, "json"):
        return
    examined()
    if declared not in _MEDIA_TYPES[container] and declared not in _MEDIA_TYPES.get(reply.format, ()):
        yield reply.violates(
            "header:Content-Type",
            "The media type does not match the audio.",
            expected=min(_MEDIA_TYPES[container]),
            actual=declared or None,
            reason="none" if not declared.startswith("audio/") else "another format",
        )


@rule(
    "SPEECH-004",
    should="return audio that is not silent for a text",
    clause=f"{_OPTIONS}/input",
    operations=SPEECH,
)
def is_audible(reply: Spoken) -> Iterator[Violation]:
    """A text with letters or digits needs audible audio."""
    if not any(character.isalnum() for character in reply.input):
        return
    sound = reply.sound
    if sound.is_silent:
        yield reply.violates("", "The audio is silent.", actual=round(sound.loudest, 6))


@rule(
    "SPEECH-005",
    should="return audio that is long enough for its text",
    clause=f"{_OPTIONS}/input",
    operations=SPEECH,
    note="No voice reads 200 characters per second at speed 1; a higher speed may be faster in proportion.",
)
def speech_is_long_enough(reply: Spoken) -> Iterator[Violation]:
    """Otherwise part of the text is missing."""
    speed = reply.sent.get("speed", 1)
    if not isinstance(speed, int | float) or isinstance(speed, bool) or speed <= 0:
        return
    least = len(reply.input.split()) and len(reply.input) / _FASTEST / max(speed, 1)
    seconds = reply.sound.seconds
    if len(reply.input) >= 20 and 0 < seconds < min(least, 10.0):
        yield reply.violates(
            "",
            "The audio is too short for its text.",
            expected=f"at least {min(least, 10.0):.2f} s",
            actual=round(seconds, 3),
        )


class SpeechPair(ScenarioView):
    """The same text, read twice with different parameters."""

    kinds = frozenset({"speech.speed"})

    def seconds(self, step: str) -> float:
        """Return the duration of a step's audio, in seconds."""
        return self.step(step, Spoken).sound.seconds


class SpeechTexts(SpeechPair):
    """A short text and a long one."""

    kinds = frozenset({"speech.texts"})


@rule(
    "SPEECH-PAIR-001",
    must="read a text faster at a higher speed",
    clause=f"{_OPTIONS}/speed",
    operations=SPEECH,
    note="At twice the speed, a text takes about half the time; more than nine tenths of it is a violation.",
)
def reads_faster_at_a_higher_speed(scenario: SpeechPair) -> Iterator[Violation]:
    """Compares the same text at speed 1 and at speed 2."""
    plain, fast = scenario.seconds("plain"), scenario.seconds("fast")
    if plain > 0.5 and fast > 0.9 * plain:
        yield Violation(
            "",
            "The text takes about as long at twice the speed.",
            f"about {plain / 2:.2f} s",
            round(fast, 3),
            "speed",
        )


@rule(
    "SPEECH-PAIR-002",
    should="return longer audio for a longer text",
    clause=f"{_OPTIONS}/input",
    operations=SPEECH,
)
def takes_longer_for_a_longer_text(scenario: SpeechTexts) -> Iterator[Violation]:
    """Compares a sentence with the same sentence and four more."""
    short, long = scenario.seconds("short"), scenario.seconds("long")
    if 0 < long <= 1.2 * short:
        yield Violation(
            "",
            "A text that is five times as long takes no longer.",
            f"well above {short:.2f} s",
            round(long, 3),
            "text",
        )


@rule(
    "SPEECH-PAIR-003",
    should="read the whole text at a higher speed",
    clause=f"{_OPTIONS}/speed",
    operations=SPEECH,
    note="At twice the speed, a text takes about half the time; less than a quarter means that part is "
    "missing.",
)
def reads_the_whole_text_at_a_higher_speed(scenario: SpeechPair) -> Iterator[Violation]:
    """Compares the same text at speed 1 and at speed 2."""
    plain, fast = scenario.seconds("plain"), scenario.seconds("fast")
    if plain > 0.5 and 0 < fast < 0.25 * plain:
        yield Violation(
            "",
            "The text takes less than a quarter of the time at twice the speed.",
            f"about {plain / 2:.2f} s",
            round(fast, 3),
            "part",
        )
