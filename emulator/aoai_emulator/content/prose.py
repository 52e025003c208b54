"""Generated text: English sentences from a small vocabulary, within the limits of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from json.encoder import encode_basestring
from random import Random
from typing import Literal, TypeAlias, TypeVar

from aoai_emulator.content.seeding import chance, large_number
from aoai_emulator.content.tokens import join, tokenize

_SUBJECTS = (
    "the old harbour", "a quiet river", "the café", "our neighbour", "the night train", "a small garden",
    "the lighthouse", "an early frost", "the market", "a naïve painter", "the clockmaker", "the last ferry",
    "a paper lantern", "the orchard", "Zürich", "the library", "a curious fox", "the mountain path",
    "Ωmega", "東京",
)  # fmt: skip
_VERBS = (
    "carries", "remembers", "follows", "welcomes", "measures", "repairs", "watches", "gathers", "describes",
    "paints", "crosses", "opens", "keeps", "answers", "warms", "reflects",
)  # fmt: skip
_OBJECTS = (
    "bright lanterns", "the morning light", "three letters", "a patient crowd", "the salt wind", "warm bread",
    "copper bells", "the first snow", "an unfinished song", "green glass", "a map of the coast", "wild honey",
    "the evening news", "several stones", "a field of rye", "soft rain",
)  # fmt: skip
_TAILS = (
    "", " before noon", " without a sound", " near the bridge", " every spring", " with great care",
    " after 10 years", " at the edge of town", " again and again", " 🌿", " as if nothing had changed",
)  # fmt: skip

MAX_WORDS = 64
_USUAL_WORDS = 48

Drawn = TypeVar("Drawn")


#: Half of a sentence: its tokens, how many they are, its text as in a string of JSON in UTF-8, and how many
#: words it has.
_Piece: TypeAlias = tuple[tuple[str, ...], int, bytes, int]


def _pieces(texts: Iterable[str]) -> tuple[_Piece, ...]:
    pieces = []
    for text in texts:
        tokens = tuple(tokenize(text))
        pieces.append((tokens, len(tokens), encode_basestring(text)[1:-1].encode(), len(text.split())))
    return tuple(pieces)


_CAPITALS = tuple(subject[0].upper() + subject[1:] for subject in _SUBJECTS)
#: The halves of a sentence: of the first one of a text, and of the others.
_FIRST_STARTS = _pieces(f"{subject} {verb}" for subject in _CAPITALS for verb in _VERBS)
_LATER_STARTS = _pieces(f" {subject} {verb}" for subject in _CAPITALS for verb in _VERBS)
_ENDS = _pieces(f" {thing}{tail}." for thing in _OBJECTS for tail in _TAILS)


def sentences(luck: Random, words: int) -> str:
    """Write sentences of at least `words` words in all (MAX_WORDS at most)."""
    written: list[str] = []
    length = 0
    while length < min(words, MAX_WORDS):
        sentence = sentence_of(luck)
        written.append(sentence)
        length += sentence.count(" ") + 1
    return " ".join(written)


def sentence_of(luck: Random) -> str:
    """Write one sentence, with a capital and a full stop."""
    bits = luck.getrandbits
    subject, verb = _pick(bits, _SUBJECTS), _pick(bits, _VERBS)
    sentence = f"{subject} {verb} {_pick(bits, _OBJECTS)}{_pick(bits, _TAILS)}."
    return sentence[0].upper() + sentence[1:]


def _halves(key: str, words: int) -> list[_Piece]:
    """Choose the halves of sentences of 24 to `words` words or a few more; the key determines them."""
    least = min(24, words)
    number, more = divmod(large_number(key), words - least + 1)
    left = least + more
    halves: list[_Piece] = []
    starts, ends = _FIRST_STARTS, _ENDS
    pairs, several = len(starts) * len(ends), len(ends)
    while left > 0:
        number, chosen = divmod(number, pairs)
        start, end = starts[chosen // several], ends[chosen % several]
        halves += (start, end)
        left -= start[3] + end[3]
        starts = _LATER_STARTS
    return halves


def _pick(bits: Callable[[int], int], stock: Sequence[Drawn]) -> Drawn:
    """Draw what `Random.choice` draws, at half its cost."""
    length = len(stock)
    size = length.bit_length()
    drawn = bits(size)
    while drawn >= length:
        drawn = bits(size)
    return stock[drawn]


def phrase(luck: Random) -> str:
    """Write two or three words, as for a value in JSON."""
    return luck.choice(_OBJECTS)


def vocabulary() -> Sequence[str]:
    """Return single words, each with a leading space: the alternatives to a token."""
    return _VOCABULARY


def word_of(token_id: int) -> str:
    """Return the word that a token id stands for; every integer stands for one."""
    return _VOCABULARY[token_id % len(_VOCABULARY)]


_VOCABULARY = tuple(
    dict.fromkeys(
        f" {word}" for stock in (_SUBJECTS, _VERBS, _OBJECTS) for entry in stock for word in entry.split()
        if len(word) <= 8
    )
)  # fmt: skip


Ending = Literal["stop", "length", "content_filter"]

# Longer stop sequences end a text, too, but are not written into it.
_WOVEN_STOP_LENGTH = 64


@dataclass(slots=True)
class Written:
    """A text: its tokens, and why it ended.

    `pieces` are the numbers of tokens that a stream sends at once, if a script says so.
    """

    tokens: tuple[str, ...]
    ending: Ending
    pieces: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The whole text."""
        return join(self.tokens)


def write_as_json(key: str, *, limit: int) -> tuple[bytes, Ending, int]:
    """Return the text of `write(key, limit=limit, stops=())` as JSON in UTF-8, its ending and token count."""
    number, texts = 0, []
    for _, tokens, text, _ in _halves(key, _USUAL_WORDS):
        number += tokens
        texts.append(text)
    if number < limit:
        return b'"%b"' % b"".join(texts), "stop", number
    written = write(key, limit=limit, stops=())
    return encode_basestring(written.text).encode(), written.ending, len(written.tokens)


def write(key: str, *, limit: int | None, stops: Sequence[str], words: int = _USUAL_WORDS) -> Written:
    """Write 24 to `words` words (MAX_WORDS at most) within the limits; the key determines them.

    If a request has stop sequences, one of them is written after a few words, as by a model that was
    instructed to, so that the sequence takes effect.
    """
    words = min(words, MAX_WORDS)
    if not stops:
        tokens = chain.from_iterable(half[0] for half in _halves(key, words))
        return within(tuple(tokens), limit=limit, stops=stops)
    luck = chance(key)
    text = sentences(luck, luck.randint(min(24, words), words))
    short = [stop for stop in stops if stop and len(stop) <= _WOVEN_STOP_LENGTH]
    if short:
        parts = text.split(" ")
        position = min(luck.randint(3, 10), len(parts))
        text = " ".join(parts[:position]) + luck.choice(short) + " ".join(["", *parts[position:]])
    return within(tokenize(text), limit=limit, stops=stops)


def within(tokens: Sequence[str], *, limit: int | None, stops: Sequence[str]) -> Written:
    """Cut tokens at the limit and before the first complete stop sequence.

    A text that exactly fills its limit ended for length: no token was left to end it.
    """
    kept = tokens if limit is None else tokens[:limit]
    ending: Ending = "length" if limit is not None and len(tokens) >= limit else "stop"
    if not stops:
        return Written(tuple(kept), ending)
    text = join(kept)
    found = [place for place in (text.find(stop) for stop in stops if stop) if place >= 0]
    if found:
        return Written(tuple(_until(kept, min(found))), "stop")
    return Written(tuple(kept), ending)


def _until(tokens: Sequence[str], length: int) -> list[str]:
    """Return the tokens of the first `length` characters; the last one may be cut."""
    kept: list[str] = []
    for token in tokens:
        if length <= 0:
            break
        kept.append(token[:length])
        length -= len(token)
    return kept
