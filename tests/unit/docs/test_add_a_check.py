"""docs/how-to/add-a-check.md, followed to the letter."""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks.datasets.daily_prices import CHECKS as DAILY_PRICES
from tasks.datasets.daily_prices import SCHEMA
from tasks.quality.context import Context, Market
from tasks.quality.errors import SuiteBroken
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.schema import PARSED_DAILY_PRICES
from tasks.warehouse.checks import checks_of_load

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "how-to" / "add-a-check.md").read_text(encoding="utf-8")
SUITE = ROOT / "expectations" / "daily_prices.json"


def bar(session: str, price: int) -> dict[str, Any]:
    prices = ("open", "high", "low", "close")
    return {
        "symbol": "MSFT",
        "session_text": session,
        **{f"{name}_text": str(price) for name in prices},
        "volume_text": "5",
        "session_date": date.fromisoformat(session),
        **dict.fromkeys(prices, Decimal(price)),
        "volume": 5,
        "observed_at": datetime(2024, 1, 31, tzinfo=UTC),
        "capture_key": "raw/x",
    }


def suite_with(tmp_path: Path, entry: Any) -> Path:
    document = json.loads(SUITE.read_text(encoding="utf-8"))
    path = tmp_path / SUITE.name
    path.write_text(json.dumps({**document, "expectations": [*document["expectations"], entry]}), encoding="utf-8")
    return path


def entry_of_the_page() -> Any:
    (example,) = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)
    return json.loads(example)


def test_the_entry_of_the_page_is_all_that_a_new_check_takes(tmp_path: Path) -> None:
    bars = pa.Table.from_pylist([bar("2024-01-02", 999_999), bar("2024-01-03", 1_000_001)], schema=PARSED_DAILY_PRICES)
    context = Context(Market(np.array(["2024-01-02", "2024-01-03"], dtype="datetime64[D]"), date(2024, 1, 31)), ["MSFT"], limit=1.0)
    before = validate(bars, DAILY_PRICES, load_suite(SUITE, DAILY_PRICES), run_id="run-1", context=context)
    after = validate(
        bars, DAILY_PRICES, load_suite(suite_with(tmp_path, entry_of_the_page()), DAILY_PRICES), run_id="run-1", context=context
    )
    assert (before.reason_counts, after.reason_counts) == ({}, {"close is above one million": 1})
    assert after.quarantined.column("close_text").to_pylist() == ["1000001"]
    assert "Close is at most one million; no listing has ever been above." in after.page


@pytest.mark.parametrize(
    "change",
    [
        {"type": "expect_column_values_to_be_betwen"},
        {"kwargs": {"column": "closing", "max_value": 1}},
        {"severity": "fatal"},
        {"kwargs": {"column": "close", "max_value": 1, "mostly": 0.9}},
        {"meta": {"reason": "high is below low"}},
    ],
)
def test_every_wrong_entry_that_the_page_names_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(SuiteBroken):
        load_suite(suite_with(tmp_path, {**entry_of_the_page(), **change}), DAILY_PRICES)


def test_the_modules_and_folders_that_the_page_names_are_there() -> None:
    for path in re.findall(r"`((?:tasks|expectations)/[a-z_/]+\.(?:py|json))`", PAGE):
        assert (ROOT / path).is_file(), path
    assert "close_is_no_spike" in DAILY_PRICES.columns
    assert {check.blocks for check in checks_of_load(SCHEMA, None, "stage_1", "delta_1")} == {True, False}
