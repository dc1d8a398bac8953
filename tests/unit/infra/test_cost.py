"""The cost page is the cost model, and the model follows from its assumptions."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from infra.cost import prices
from infra.cost.model import (
    DEFAULT,
    SYMBOL_COUNTS,
    archive_pays_after_months,
    monthly_cost,
    option_table,
    options,
    prefect_server_month,
    table,
    warehouse_seconds,
    warehouse_usd,
)

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "cost.md").read_text()


def stated(name: str) -> str:
    return PAGE.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0].strip()


def test_the_page_states_what_the_model_computes() -> None:
    assert stated("cost") == table()
    assert stated("options") == option_table()
    assert f"prices of {prices.READ_ON}" in PAGE


def test_the_readme_states_the_same_total() -> None:
    assert f"about {sum(monthly_cost(5).values()):.2f} USD a month for 5 symbols" in (ROOT / "README.md").read_text()


def test_the_readme_states_what_prefect_costs_beside_it() -> None:
    readme = (ROOT / "README.md").read_text()
    assert f"{prefect_server_month():.0f} USD for a server made with it" in readme
    (stated_for_cloud,) = re.findall(r"\| Prefect Cloud, Starter \| (about \d+) \|", PAGE)
    assert f"{stated_for_cloud} for Prefect Cloud's Starter plan" in readme


def test_five_thousand_symbols_stay_under_twelve_dollars() -> None:
    assert sum(monthly_cost(5_000).values()) < 12


def test_every_component_grows_with_the_symbols_or_stays() -> None:
    small, middle, large = (monthly_cost(count) for count in SYMBOL_COUNTS)
    assert all(small[name] <= middle[name] <= large[name] for name in small)
    assert sum(small.values()) < sum(large.values())


def test_a_minute_of_the_warehouse_is_billed_at_least() -> None:
    assert warehouse_seconds(5) == 60
    # And the year of five thousand symbols unloaded.
    assert warehouse_seconds(5_000) == pytest.approx(90 + 5_000 * 252 / 1e6 * 2)
    # Every trading day, three times a week, and on a holiday, when nobody had asked it for a day.
    assert monthly_cost(5)["warehouse, awake"] == pytest.approx((21 + 3 * 730 / 168 + 10 / 12) * 60 / 3600 * 4 * 0.375)


def test_a_history_is_loaded_like_compact_answers_and_then_unloaded() -> None:
    """As those that hold as many bars; two seconds more for each million rows of the current files."""
    assert warehouse_seconds(0, full_histories=5_000) == 30 + 12 * 250 + 2 * 25
    # What docs/cost.md says of the first load.
    assert warehouse_usd(warehouse_seconds(0, full_histories=5_000)) == pytest.approx(1.28, abs=0.01)


def test_twice_the_capacity_costs_twice_the_compute_and_nothing_else() -> None:
    before, after = monthly_cost(500), monthly_cost(500, replace(DEFAULT, rpus=8.0))
    assert after["warehouse, awake"] == pytest.approx(2 * before["warehouse, awake"])
    assert {name: usd for name, usd in after.items() if name != "warehouse, awake"} == {
        name: usd for name, usd in before.items() if name != "warehouse, awake"
    }


def test_no_choice_is_free_and_one_saves() -> None:
    assert {name: usd for name, usd in options().items() if usd <= 0} == {"dashboard = false": -3.0}


def test_a_nat_gateway_pays_for_its_address_and_saves_those_of_the_tasks() -> None:
    saved = 21 * 3 * 0.005
    assert options(5)['egress_mode = "nat"'] == pytest.approx(730 * (0.045 + 0.005) - saved, abs=0.05)
    assert options(5)['egress_mode = "nat"'] < 730 * (0.045 + 0.005) - saved


def test_a_server_of_ones_own_is_the_sum_of_its_parts() -> None:
    assert prefect_server_month() == pytest.approx(730 * (0.5 * 0.03238 + 0.00356 + 0.005 + 0.016) + 20 * 0.115 + 0.40 + 0.50)
    assert f"| {prefect_server_month():.2f} |" in stated("options")


def test_a_small_object_never_earns_its_archive_and_a_large_one_does() -> None:
    assert archive_pays_after_months(3_000) == float("inf")
    assert archive_pays_after_months(128 * 1024) == pytest.approx(8.0, abs=0.1)
    assert archive_pays_after_months(1_000_000) == pytest.approx(1.05, abs=0.01)


def test_every_assumption_is_described_and_every_price_has_its_page() -> None:
    described = type(DEFAULT).__doc__ or ""
    assert [each.name for each in fields(DEFAULT) if f"        {each.name}: " not in described] == []
    listed = [value for value in vars(prices).values() if isinstance(value, prices.Price)]
    assert len(listed) > 15
    assert all(price.usd > 0 and price.source.startswith("https://aws.amazon.com/") and price.unit for price in listed)
    assert all(re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", price.read_on) for price in listed)


def test_every_assumption_counts() -> None:
    before = sum(monthly_cost(5_000).values())
    for each in fields(DEFAULT):
        changed = replace(DEFAULT, **{each.name: getattr(DEFAULT, each.name) * 2})
        assert sum(monthly_cost(5_000, changed).values()) != before, each.name
