"""A price has a date and a source, or it is refused."""

import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flexqa.cost.pay import token_usd
from flexqa.cost.prices import Price, TokenPrice, read_prices
from flexqa.errors import BadInput
from flexqa.record import Reply, Usage

GOOD = """
date = 2026-11-01
source = "our contract"
quoted_by = "the bill"
[gpu_hour."NVIDIA L4"]
usd = 0.5
[gpu_hour."NVIDIA H200"]
usd = 3
date = 2026-10-01
source = "a cloud"
[tokens."gpt-5.4"]
input_usd = 2
output_usd = 8
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "prices.toml"
    path.write_text(text)
    return path


def test_what_stands_at_the_top_holds_where_a_price_says_nothing_else(tmp_path: Path) -> None:
    prices = read_prices(write(tmp_path, GOOD))
    l4, h200 = prices.of_gpu("nvidia l4"), prices.of_gpu("NVIDIA H200")
    assert l4
    assert h200
    assert (l4.usd, l4.date, l4.source, l4.quoted_by) == (
        0.5,
        datetime.date(2026, 11, 1),
        "our contract",
        "the bill",
    )
    assert (h200.date, h200.source, h200.quoted_by) == (datetime.date(2026, 10, 1), "a cloud", None)
    assert prices.of_model("gpt-5.4")
    assert prices.of_model("openai:GPT-5.4") == prices.of_model("gpt-5.4")
    assert prices.of_model("openai:gpt-5.4-mini") is None
    assert prices.of_gpu("NVIDIA H200 NVL") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[gpu_hour.X]\nusd = 1\n", r"gpu_hour\.X\.date: Field required"),
        (GOOD.replace("usd = 0.5", "usd = -1"), r"gpu_hour\.NVIDIA L4\.usd"),
        (GOOD.replace("usd = 0.5", "usd = nan"), r"gpu_hour\.NVIDIA L4\.usd"),
        (GOOD.replace("usd = 0.5", "eur = 1"), r"gpu_hour\.NVIDIA L4"),
        (GOOD + "[energy.X]\nusd = 1\n", "energy: Extra inputs"),
        ("gpu_hour = 3\n", "gpu_hour: Input should be a valid dictionary"),
        ("[gpu_hour]\nX = 3\n", r"gpu_hour\.X"),
        ("date = \n", "not TOML"),
        ("date = '\udc80'", "not TOML"),
    ],
)
def test_a_price_file_that_does_not_hold_is_refused_by_its_field(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BadInput, match=message):
        read_prices(path)
    with pytest.raises(BadInput, match="cannot be read"):
        read_prices(tmp_path / "none.toml")


def test_every_price_that_comes_with_flexqa_is_dated_and_has_an_address() -> None:
    prices = read_prices()
    every: list[Price] = [*prices.gpu_hour.values(), *prices.tokens.values()]
    assert len(every) > 5
    assert all("https://" in p.source and p.date <= datetime.date(2026, 11, 26) for p in every)
    assert prices.of_gpu("NVIDIA H100 80GB HBM3")


def usd(price: TokenPrice, **used: int | None) -> float | None:
    return token_usd(Reply(text="", usage=Usage(**used)), price)


def test_cached_tokens_cost_less_where_there_is_a_price_for_them() -> None:
    fields = {"date": "2026-01-01", "source": "s", "input_usd": 2.0, "output_usd": 8.0}
    plain = TokenPrice.model_validate(fields)
    cached = TokenPrice.model_validate({**fields, "cached_input_usd": 0.5})
    million = 1_000_000
    assert usd(plain, input_tokens=million, cached_tokens=million // 2, output_tokens=million) == 10
    assert usd(cached, input_tokens=million, cached_tokens=million // 2, output_tokens=million) == 9.25
    assert usd(cached, input_tokens=million, output_tokens=0) == 2
    assert usd(cached, input_tokens=million) is None
    assert usd(cached, output_tokens=5) is None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**6), st.floats(0, 100), st.floats(0, 100),
    st.floats(0, 1),
)  # fmt: skip
def test_caching_never_costs_more_and_nothing_is_paid_twice(
    total: int, cached: int, output: int, input_usd: float, output_usd: float, discount: float
) -> None:
    price = TokenPrice(
        date=datetime.date(2026, 1, 1),
        source="s",
        input_usd=input_usd,
        cached_input_usd=input_usd * discount,
        output_usd=output_usd,
    )
    with_cache = usd(price, input_tokens=total, cached_tokens=cached, output_tokens=output)
    without = usd(price, input_tokens=total, output_tokens=output)
    assert with_cache is not None
    assert without is not None
    assert 0 <= with_cache <= without * (1 + 1e-12)
    assert without == pytest.approx((total * input_usd + output * output_usd) / 1e6)
