"""What a target charges and how fast it is: the price of its deployments, and the seconds of its requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aoai_conformance.cost.prices import PriceTable, choose_prices
from aoai_conformance.options import DEPLOYMENT_KINDS, EMULATOR, RunChoices
from aoai_model.case import Case
from aoai_strategies.requests.costs import Usage

#: The assumed seconds of a request to a real service, by kind of operation; they vary with model and load.
SECONDS: Mapping[str, float] = {"images": 15.0, "image-submit": 5.0, "speech": 2.0}
SECONDS_OTHERWISE = 1.0
#: The assumed seconds of a request to the emulator.
EMULATOR_SECONDS = 0.1
#: Kinds of operation that are served by the deployment of another kind.
_SERVED_BY = {
    "extension-chat": "chat",
    "file-upload": "chat",  # a file of requests for a batch
    "image-embeddings": "embeddings",
    "image-submit": "images",
}


#: The deployments of the emulator, equal to those of its settings, which are slow to import.
EMULATOR_DEPLOYMENTS: Mapping[str, str] = {
    "chat": "gpt-4o",
    "completions": "gpt-35-turbo-instruct",
    "embeddings": "text-embedding-3-small",
    "images": "dall-e-3",
    "transcription": "whisper",
    "translation": "whisper",
    "speech": "tts-1",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount of money. `unknown` are the models whose prices are unknown, which the amount leaves out."""

    amount: float = 0.0
    unknown: tuple[str, ...] = ()

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.amount + other.amount, tuple(dict.fromkeys((*self.unknown, *other.unknown))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The prices of the deployments of a target, and its speed.

    `deployments` maps kinds of operation to names of deployments, which are compared with the models of the
    prices. `concurrency` is how many requests are in flight. `rpm` and `tpm` limit the requests and tokens in
    a minute by deployment; the entry `""` is for all others.
    """

    prices: PriceTable = field(default_factory=choose_prices)
    deployments: Mapping[str, str] = field(default_factory=dict)
    concurrency: int = 8
    is_emulator: bool = False
    rpm: Mapping[str, float] = field(default_factory=dict)
    tpm: Mapping[str, float] = field(default_factory=dict)

    def model(self, kind: str) -> str:
        """The deployment that serves a kind of operation; the kind if it is not configured."""
        kind = _SERVED_BY.get(kind, kind)
        return self.deployments.get(kind, kind)

    def cost(self, kind: str, usage: Usage, cached_tokens: int = 0) -> Cost:
        """What the usage of one kind of operation costs."""
        if usage == Usage(requests=usage.requests):
            return Cost()
        price = self.prices.of(self.model(kind))
        amount = None if price is None else price.cost(usage, cached_tokens)
        return Cost(0.0, (self.model(kind),)) if amount is None else Cost(amount)

    def request_seconds(self, kind: str) -> float:
        """The assumed seconds of one request."""
        return EMULATOR_SECONDS if self.is_emulator else SECONDS.get(kind, SECONDS_OTHERWISE)

    def seconds(self, usages: Mapping[str, Usage]) -> float:
        """How long requests take, by kind of operation, if they are independent of each other."""
        sending = sum(each.requests * self.request_seconds(kind) for kind, each in usages.items())
        by_deployment: dict[str, Usage] = {}
        for kind, usage in usages.items():
            by_deployment[self.model(kind)] = by_deployment.get(self.model(kind), Usage()) + usage
        limited = (60 * share for name, each in by_deployment.items() for share in self._minutes(name, each))
        return max(sending / self.concurrency, *limited, 0.0)

    def _minutes(self, name: str, usage: Usage) -> Iterable[float]:
        """The least minutes that the limits of a deployment allow for a usage."""
        for limits, amount in ((self.rpm, usage.requests), (self.tpm, usage.tokens)):
            limit = limits.get(name, limits.get(""))
            if limit is not None:
                yield amount / limit


def named_deployments(choices: RunChoices, deployments: Mapping[str, str]) -> Mapping[str, str]:
    """These deployments; without any, those of the emulator, or for a URL the kinds as their names."""
    if deployments:
        return deployments
    return EMULATOR_DEPLOYMENTS if choices.target == EMULATOR else {kind: kind for kind in DEPLOYMENT_KINDS}


def rates_of(
    choices: RunChoices,
    deployments: Mapping[str, str],
    rpm: Mapping[str, float] | None = None,
    tpm: Mapping[str, float] | None = None,
) -> Rates:
    """The rates of a target with these deployments and limits. Raises PricesError for an invalid file."""
    is_emulator = choices.target == EMULATOR
    return Rates(
        prices=choose_prices(choices.prices),
        deployments=named_deployments(choices, deployments),
        rpm=rpm or {},
        tpm=tpm or {},
        concurrency=choices.concurrency,
        is_emulator=is_emulator,
    )


def by_kind(usages: Iterable[tuple[Case, Usage]]) -> dict[str, Usage]:
    """The usage of cases by kind of operation."""
    found: dict[str, Usage] = {}
    for case, usage in usages:
        found[case.kind] = found.get(case.kind, Usage()) + usage
    return found


def total_cost(rates: Rates, usages: Mapping[str, Usage]) -> Cost:
    """What the usage of several kinds of operation costs."""
    total = Cost()
    for kind, usage in usages.items():
        total += rates.cost(kind, usage)
    return total
