"""Prices of models: a table in TOML, which `--prices FILE` replaces (see `prices.toml` for its fields)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from aoai_conformance.toml_positions import lines_of
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_strategies.requests.costs import Usage

_LARGEST = 1024 * 1024
_MILLION = 1_000_000
_HIGHEST = 1_000_000_000
_TOP = ("currency", "source", "price")
_AMOUNTS = ("input", "cached_input", "output", "image", "audio_minute", "characters")
_FIELDS = frozenset({"model", "note", *_AMOUNTS})
_CURRENCY = re.compile(r"[A-Z]{3}")


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


class _PriceFile:
    """A file of prices: its name for messages, and its text."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text.replace("\r\n", "\n")

    def table(self) -> PriceTable:
        """Parse the file. Raises PricesError."""
        data = self._parsed()
        for name in data:
            if name not in _TOP:
                raise self._error(str(UnknownNameError("field", name, _TOP)), name)
        currency = data.get("currency", "USD")
        if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
            raise self._error("currency must be three capital letters, such as USD.", "currency")
        source = data.get("source", "")
        if not isinstance(source, str):
            raise self._error("source must be a text.", "source")
        entries = data.get("price", [])
        if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
            raise self._error("each price must be a table that begins with [[price]].", "price")
        prices = tuple(self._price(entry, number) for number, entry in enumerate(entries))
        return PriceTable(currency, prices, source)

    def _parsed(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise PricesError(f"{self._name} is not valid TOML: {error}.") from error
        except ValueError as error:  # Python does not convert thousands of digits
            raise PricesError(f"{self._name}: a number has too many digits.") from error

    def _price(self, entry: Mapping[str, Any], number: int) -> Price:
        for name in entry:
            if name not in _FIELDS:
                raise self._error(
                    str(UnknownNameError("field", name, sorted(_FIELDS))), "price", number, name
                )
        models = entry.get("model")
        models = [models] if isinstance(models, str) else models
        if not isinstance(models, list) or not models or not all(map(_is_name, models)):
            raise self._error("model must be a text or a list of texts.", "price", number, "model")
        amounts = {name: self._amount(name, entry[name], number) for name in _AMOUNTS if name in entry}
        if not amounts:
            raise self._error(f"the price needs one of {', '.join(_AMOUNTS)}.", "price", number)
        return Price(tuple(models), **amounts)

    def _amount(self, name: str, value: object, number: int) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _HIGHEST:
            return float(value)
        raise self._error(f"{name} must be a number from 0 to {_HIGHEST:,}.", "price", number, name)

    def _error(self, message: str, *path: str | int) -> PricesError:
        """An error with the line of a field, or of what should contain it."""
        lines = lines_of(self._text)
        ends = range(len(path), 0, -1)
        line = next((lines[path[:end]] for end in ends if path[:end] in lines), 1)
        return PricesError(f"{self._name}, line {line}: {message}")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
