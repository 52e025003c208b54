"""The times that an answer gives of a thing: in Unix seconds, and its end after its beginning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aoai_conformance.views.clocks import is_unix_seconds
from aoai_conformance.views.flows import CreatedResource
from aoai_conformance.views.resource_views import ResourceView
from aoai_model.verdict import Violation

__all__ = ["Lifetime", "not_in_unix_seconds"]


def not_in_unix_seconds(
    answer: CreatedResource | ResourceView, names: Iterable[str], *, reason: str = ""
) -> Iterator[Violation]:
    """The first of these members that is a whole number, but no Unix time in seconds."""
    for name in names:
        value = answer.seconds(name)
        if value is not None and not is_unix_seconds(value):
            yield answer.violates(
                f"/{name}",
                "The time is none in Unix seconds.",
                expected="Unix seconds",
                actual=value,
                reason=reason,
            )
            return


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long something lasts: the members with its two times, and what is said where they are wrong.

    `seconds` lie between them, give or take `leeway`: for what a service rounds and its clocks differ by.
    """

    created: str
    expires: str
    seconds: int
    leeway: int
    over_at_once: str
    of_another_span: str

    def broken(self, answer: CreatedResource) -> Iterator[Violation]:
        """What is wrong with the two times of an answer; another span than said breaks a should."""
        wrong = list(not_in_unix_seconds(answer, (self.created, self.expires), reason="unit"))
        created, expires = answer.seconds(self.created), answer.seconds(self.expires)
        if wrong or created is None or expires is None:
            yield from wrong
        elif expires <= created:
            yield answer.violates(
                f"/{self.expires}",
                self.over_at_once,
                expected=f"above {created}",
                actual=expires,
                reason="order",
            )
        elif abs(expires - created - self.seconds) > self.leeway:
            yield answer.violates(
                f"/{self.expires}",
                self.of_another_span,
                expected=created + self.seconds,
                actual=expires,
                reason="span",
                level="should",
            )
