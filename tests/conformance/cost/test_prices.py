"""Prices: what a usage costs, and files of prices with mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from aoai_conformance.cost.prices import Price, PricesError, choose_prices, read_prices
from aoai_strategies.requests.costs import Usage

TEXT = Usage(requests=3, prompt_tokens=2_000_000, completion_tokens=500_000)


def price(model: str) -> Price:
    found = choose_prices().of(model)
    assert found is not None
    return found


def test_tokens_are_priced_by_the_million() -> None:
    assert price("gpt-4o-mini").cost(TEXT) == pytest.approx(2 * 0.15 + 0.5 * 0.60)


def test_tokens_from_the_cache_have_their_own_price() -> None:
    assert price("gpt-4o-mini").cost(TEXT, cached_tokens=1_000_000) == pytest.approx(0.15 + 0.075 + 0.30)
    without = Price(("any",), input=1.0, output=1.0)
    assert without.cost(TEXT, cached_tokens=1_000_000) == without.cost(TEXT)


def test_images_audio_and_speech_have_units_of_their_own() -> None:
    assert price("dall-e-3").cost(Usage(images=2, prompt_tokens=9)) == pytest.approx(0.088)
    assert price("whisper").cost(Usage(audio_seconds=90)) == pytest.approx(0.009)
    assert price("tts-1").cost(Usage(characters=1000, audio_seconds=60)) == pytest.approx(0.015)


def test_a_use_without_a_price_costs_an_unknown_amount_and_never_nothing() -> None:
    assert price("text-embedding-3-small").cost(TEXT) is None
    assert price("gpt-4o").cost(Usage(images=1)) is None
    assert price("whisper").cost(TEXT) is None
    assert price("gpt-4o").cost(Usage(requests=5)) == 0.0


@pytest.mark.parametrize("model", ["gpt-4o-audio-preview", "gpt-4o-realtime", "gpt-image-1", "my-chat", ""])
def test_a_model_that_is_not_listed_has_no_price(model: str) -> None:
    assert choose_prices().of(model) is None


def test_the_first_pattern_that_matches_counts(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(
        'currency = "EUR"\n[[price]]\nmodel = "chat-small"\ninput = 1\noutput = 2\n'
        '[[price]]\nmodel = ["Chat-*", "other"]\ninput = 3\noutput = 4\n'
    )
    prices = read_prices(file)
    assert prices.currency == "EUR"
    found = [prices.of(model) for model in ("CHAT-SMALL", "chat-large", "other", "none")]
    assert [None if each is None else each.input for each in found] == [1, 3, 3, None]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[[price]]\nmodel = "a"\ninput = \n', 3, "not valid TOML"),
        ('[[price]]\nmodel = "a"\ninput = 1\n\n[[price]]\nmodel = "b"\nimput = 1\n', 7, "mean 'input'"),
        ('[[price]]\nmodel = "a"\ninput = 1\n[[price]]\ninput = 1\n', 4, "model must be"),
        ('[[price]]\nmodel = "a"\ninput = "1"\n', 3, "input must be a number"),
        ('[[price]]\nmodel = "a"\noutput = -1\n', 3, "output must be a number"),
        ('[[price]]\nmodel = "a"\noutput = nan\n', 3, "output must be a number"),
        ('[[price]]\nmodel = "a"\noutput = true\n', 3, "output must be a number"),
        ('# prices\n[[price]]\nmodel = "a"\n', 2, "needs one of"),
        ("# prices\n[[price]]\nmodel = []\ninput = 1\n", 3, "model must be"),
        ('\ncurency = "USD"\n', 2, "did you mean 'currency'"),
        ('currency = "euros"\n', 1, "currency must be"),
        ("\nprice = 3\n", 2, "[[price]]"),
        ('price = [\n  {model = "a", input = 1},\n  {model = "b", inptu = 1},\n]\n', 3, "mean 'input'"),
        ('[[price]]\r\nmodel = "a"\r\n"inpu\\u0074s" = 1\r\n', 3, "did you mean 'input'"),
        ('[[price]]\nmodel = " "\ninput = 1\n', 2, "model must be"),
        (f'[[price]]\nmodel = "a"\ninput = 1{"0" * 400}\n', 3, "input must be a number from 0"),
        ('[[price]]\nmodel = "a"\ninput = 1e308\n', 3, "input must be a number from 0"),
        ("source = 5\n", 1, "source must be"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(PricesError) as raised:
        read_prices(file)
    assert message in str(raised.value)
    assert f"line {line}" in str(raised.value)


def test_a_number_with_thousands_of_digits_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(f'[[price]]\nmodel = "a"\ninput = {"9" * 5000}\n')
    with pytest.raises(PricesError, match="a number has too many digits"):
        read_prices(file)


def test_a_file_that_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(PricesError, match="Cannot read the prices"):
        read_prices(tmp_path / "none.toml")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PricesError, match="not UTF-8"):
        read_prices(tmp_path / "binary")


def test_the_example_prices_name_their_source_and_day() -> None:
    assert "2026" in choose_prices().source
    assert choose_prices().currency == "USD"
