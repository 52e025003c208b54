"""Prices of models: a table in TOML, which `--prices FILE` replaces (see `prices.toml` for its fields)."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_strategies.requests.costs import Usage

_LARGEST = 1024 * 1024
_MILLION = 1_000_000
_TOP = ("currency", "source", "price")
_AMOUNTS = ("input", "cached_input", "output", "image", "audio_minute", "characters")
_FIELDS = frozenset({"model", "note", *_AMOUNTS})
_CURRENCY = re.compile(r"[A-Z]{3}")
_ENTRY = re.compile(r"^[ \t]*\[\[[ \t]*price[ \t]*\]\]", re.MULTILINE)


class PricesError(ConformanceError):
    """A file of prices cannot be used; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Price:
    """The prices of the models that one of the patterns matches; None is unknown.

    `input`, `cached_input`, `output` and `characters` are for one million, `image` for one, `audio_minute`
    for one minute.
    """

    models: tuple[str, ...]
    input: float | None = None
    cached_input: float | None = None
    output: float | None = None
    image: float | None = None
    audio_minute: float | None = None
    characters: float | None = None

    def matches(self, model: str) -> bool:
        """Whether the price is for a model or deployment."""
        return any(fnmatchcase(model.casefold(), pattern.casefold()) for pattern in self.models)

    def cost(self, usage: Usage, cached_tokens: int = 0) -> float | None:
        """What the usage of one kind of operation costs; None if the price of something used is unknown.

        `cached_tokens` are the prompt tokens that came from the cache. The tokens of operations on images and
        audio are free unless they have a price.
        """
        tokens = self._cost_of_tokens(usage, cached_tokens)
        if not (usage.images or usage.audio_seconds or usage.characters):
            return tokens
        media = self._cost_of_media(usage)
        return None if media is None else media + (tokens or 0.0)

    def _cost_of_tokens(self, usage: Usage, cached_tokens: int) -> float | None:
        cached_price = self.input if self.cached_input is None else self.cached_input
        return _sum_of(
            (usage.prompt_tokens - cached_tokens, self.input, _MILLION),
            (cached_tokens, cached_price, _MILLION),
            (usage.completion_tokens, self.output, _MILLION),
        )

    def _cost_of_media(self, usage: Usage) -> float | None:
        if usage.characters and self.characters is not None:  # speech without it is priced by its duration
            return _sum_of((usage.characters, self.characters, _MILLION))
        return _sum_of((usage.images, self.image, 1), (usage.audio_seconds, self.audio_minute, 60))


def _sum_of(*parts: tuple[float, float | None, int]) -> float | None:
    """The sum of amounts times prices per unit; None if something used has no price."""
    total = 0.0
    for amount, price, unit in parts:
        if amount and price is None:
            return None
        total += amount * (price or 0.0) / unit
    return total


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices in one currency. `source` says where they are from."""

    currency: str
    prices: tuple[Price, ...]
    source: str = ""

    def of(self, model: str) -> Price | None:
        """The price of a model or deployment: the first that matches, or None."""
        return next((price for price in self.prices if price.matches(model)), None)


def choose_prices(path: Path | None = None) -> PriceTable:
    """The prices in a file, or the example prices of this package. Raises PricesError for an invalid file."""
    return _packaged() if path is None else read_prices(path)


def read_prices(path: Path) -> PriceTable:
    """The prices in a file. Raises PricesError, with the line of the mistake."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PricesError(f"Cannot read the prices {path}: {error.strerror or error}.") from error
    if len(raw) > _LARGEST:
        raise PricesError(f"The file of prices {path} is larger than {_LARGEST:,} bytes.")
    try:
        return _PriceFile(str(path), raw.decode("utf-8-sig")).table()
    except UnicodeDecodeError as error:
        raise PricesError(f"{path} is not UTF-8 text.") from error


@cache
def _packaged() -> PriceTable:
    source = files(__package__ or "").joinpath("prices.toml")
    return _PriceFile("prices.toml", source.read_text(encoding="utf-8")).table()


@dataclass(frozen=True, slots=True)
class _PriceFile:
    """A file of prices: its name for messages, and its text."""

    name: str
    text: str

    def table(self) -> PriceTable:
        """Parse the file. Raises PricesError."""
        try:
            data = tomllib.loads(self.text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise PricesError(f"{self.name} is not valid TOML: {error}.") from error
        for name in data:
            if name not in _TOP:
                raise self._error(str(UnknownNameError("field", name, _TOP)), self._line_of(name))
        currency = data.get("currency", "USD")
        if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
            raise self._error(
                "currency must be three capital letters, such as USD.", self._line_of("currency")
            )
        entries = data.get("price", [])
        if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
            raise self._error(
                "each price must be a table that begins with [[price]].", self._line_of("price")
            )
        source = data.get("source", "")
        prices = tuple(self._price(entry, number) for number, entry in enumerate(entries))
        return PriceTable(currency, prices, source if isinstance(source, str) else "")

    def _price(self, entry: Mapping[str, Any], number: int) -> Price:
        for name in entry:
            if name not in _FIELDS:
                advice = str(UnknownNameError("field", name, sorted(_FIELDS)))
                raise self._error(advice, self._line_of(name, number))
        models = entry.get("model")
        models = [models] if isinstance(models, str) else models
        if not isinstance(models, list) or not models or not all(isinstance(each, str) for each in models):
            raise self._error("model must be a text or a list of texts.", self._line_of("model", number))
        amounts = {name: self._amount(name, entry[name], number) for name in _AMOUNTS if name in entry}
        if not amounts:
            raise self._error(f"the price needs one of {', '.join(_AMOUNTS)}.", self._line_of("", number))
        return Price(tuple(models), **amounts)

    def _amount(self, name: str, value: object, number: int) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= float(value) < math.inf:  # type: ignore[arg-type]
            raise self._error(f"{name} must be a number of at least 0.", self._line_of(name, number))
        return float(value)  # type: ignore[arg-type]

    def _line_of(self, field: str, number: int | None = None) -> int:
        """The line of a field at the top or in one of the prices; the first line of the price without it."""
        starts = [match.start() for match in _ENTRY.finditer(self.text)]
        start, end = 0, len(self.text)
        if number is not None and number < len(starts):
            start = starts[number]
            end = starts[number + 1] if number + 1 < len(starts) else end
        found = re.compile(rf"""^[ \t\[]*["']?{re.escape(field)}["']?\s*[=\].]""", re.MULTILINE).search(
            self.text, start, end
        )
        place = found.start() if found is not None and field else start
        return self.text.count("\n", 0, place) + 1

    def _error(self, message: str, line: int) -> PricesError:
        return PricesError(f"{self.name}, line {line}: {message}")
