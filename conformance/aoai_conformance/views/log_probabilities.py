"""The log probabilities of a choice of a chat, each member of the tokens read once for all rules."""

from __future__ import annotations

from typing import Any, TypeAlias

from aoai_conformance.json_access import elements, number, objects, text, whole
from aoai_conformance.observation import cached_property, read_each

#: An entry for a token, with its pointer inside the choice.
Entry: TypeAlias = tuple[str, dict[str, Any]]
#: The highest value of a byte.
_HIGHEST = 255


class TokenList:
    """The entries for some tokens, and each of their members in the order of the entries."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries

    def __len__(self) -> int:
        return len(self.entries)

    @cached_property
    def listed_texts(self) -> list[Any]:
        """Return what each token has as its text."""
        return self._each("token")

    @cached_property
    def texts(self) -> list[str | None]:
        """Return the text of each token; None if it is no text."""
        return list(map(text, self.listed_texts))

    @cached_property
    def listed_bytes(self) -> list[Any]:
        """Return what each token has as its bytes."""
        return self._each("bytes")

    @cached_property
    def encodings(self) -> list[bytes | None]:
        """Return the bytes of each token; None if they are not a list of bytes."""
        return list(map(_bytes, self.listed_bytes))

    @cached_property
    def scores(self) -> list[float | None]:
        """Return the log probability of each token; None if it is no number."""
        return list(map(number, self._each("logprob")))

    @cached_property
    def counts(self) -> list[int]:
        """Return the number of alternatives of each token."""
        return [len(elements(listed)) for listed in self._each("top_logprobs")]

    def _each(self, name: str) -> list[Any]:
        return read_each((entry for _, entry in self.entries), name)

    @cached_property
    def alternatives(self) -> list[TokenList]:
        """Return the alternatives of each token that are objects."""
        return [
            alternatives_in(path, listed)
            for (path, _), listed in zip(self.entries, self._each("top_logprobs"), strict=True)
        ]

    @property
    def with_alternatives(self) -> TokenList:
        """Return all entries: the tokens, then their alternatives."""
        return self._with_alternatives or self  # a list that kept itself would remain in memory

    @cached_property
    def _with_alternatives(self) -> TokenList | None:
        further = [each for listed in self.alternatives for each in listed.entries]
        return TokenList(self.entries + further) if further else None


_NONE = TokenList([])


def alternatives_in(path: str, listed: Any) -> TokenList:
    """Return the alternatives of the token at a path that are objects."""
    found = objects(listed)
    return TokenList([(f"{path}/top_logprobs/{place}", each) for place, each in found]) if found else _NONE


class LogProbabilities:
    """The log probabilities of a choice: its `logprobs`."""

    def __init__(self, logprobs: dict[str, Any]) -> None:
        self._logprobs = logprobs

    @cached_property
    def content(self) -> TokenList:
        """Return the tokens of the content that are objects."""
        return TokenList(self._entries("content"))

    @cached_property
    def tokens(self) -> TokenList:
        """Return the tokens of the content and of the refusal that are objects."""
        refusal = self._entries("refusal")
        return TokenList(self.content.entries + refusal) if refusal else self.content

    def _entries(self, part: str) -> list[Entry]:
        return [(f"/logprobs/{part}/{place}", entry) for place, entry in objects(self._logprobs.get(part))]


def _bytes(listed: Any) -> bytes | None:
    if not isinstance(listed, list):
        return None
    if set(map(type, listed)) <= {int}:
        try:
            return bytes(listed)
        except ValueError:
            return None
    numbers = [whole(each) for each in listed]
    if any(each is None or not 0 <= each <= _HIGHEST for each in numbers):
        return None
    return bytes(each for each in numbers if each is not None)
