from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks.datasets.daily_prices import CHECKS as DAILY_PRICES
from tasks.quality.quarantine import from_parquet, identities, quarantined_rows, to_parquet
from tasks.schema import PARSED_DAILY_PRICES

Bar = dict[str, Any]

HELD: Bar = {
    "symbol": "MSFT",
    "session_text": "2024-01-03",
    "open_text": "369.0100",
    "high_text": None,
    "low_text": "368.5100",
    "close_text": "",
    "volume_text": "23083465",
    "observed_at": datetime(2024, 1, 4, 9, tzinfo=UTC),
    "capture_key": "raw/a.json.gz",
    "reasons": ["high is missing", "close does not fit DECIMAL(18,6)"],
    "run_id": "run-1",
}


def held(*bars: Bar) -> pa.Table:
    return pa.Table.from_pylist([{**HELD, **each} for each in bars], schema=DAILY_PRICES.quarantined)


def test_each_bar_is_set_apart_once_with_its_reasons_in_the_order_told() -> None:
    bars = pa.Table.from_pylist(
        [{**{name: HELD[name] for name in PARSED_DAILY_PRICES.names if name in HELD}, "symbol": symbol} for symbol in "ABCDE"],
        schema=PARSED_DAILY_PRICES,
    )
    apart = quarantined_rows(
        bars, DAILY_PRICES, [("first", np.array([3, 1])), ("second", np.array([], dtype=np.int64)), ("third", np.array([1, 4]))], "run-7"
    )
    assert apart.schema == DAILY_PRICES.quarantined
    assert apart.column("symbol").to_pylist() == ["B", "D", "E"]
    assert apart.column("reasons").to_pylist() == [["first", "third"], ["first"], ["third"]]
    assert set(apart.column("run_id").to_pylist()) == {"run-7"}


def test_where_no_rule_is_violated_nothing_is_set_apart() -> None:
    apart = quarantined_rows(PARSED_DAILY_PRICES.empty_table(), DAILY_PRICES, [], "run-7")
    assert (apart.schema, apart.num_rows) == (DAILY_PRICES.quarantined, 0)


def test_a_bar_delivered_again_has_the_same_identity() -> None:
    later = {
        "observed_at": datetime(2024, 2, 1, tzinfo=UTC),
        "capture_key": "raw/b.json.gz",
        "run_id": "run-2",
        "reasons": HELD["reasons"][::-1],
    }
    first, again = identities(held({}, later), DAILY_PRICES)
    assert first == again
    assert first == "a011da9733d1356bc672493ed390e67151bb54214fb5a81cb740b1aa00dc7c8b"


@pytest.mark.parametrize(
    "change",
    [
        {"symbol": "AMZN"},
        {"session_text": "2024-01-04"},
        {"open_text": "369.01"},
        {"high_text": ""},
        {"close_text": None},
        {"volume_text": "0"},
        {"reasons": ["high is missing"]},
        {"open_text": "368.5100", "low_text": "369.0100"},
    ],
)
def test_a_bar_that_differs_in_a_string_or_a_reason_has_another_identity(change: Bar) -> None:
    first, other = identities(held({}, change), DAILY_PRICES)
    assert first != other


def test_parquet_holds_every_string_and_the_identity() -> None:
    quarantined = held({}, {"symbol": "Ünïcode", "high_text": "a\x00b\n"})
    read = from_parquet(to_parquet(quarantined, DAILY_PRICES))
    assert read.column_names == [*DAILY_PRICES.quarantined.names, "identity"]
    assert read.drop_columns(["identity"]).to_pylist() == quarantined.to_pylist()
    assert read.column("identity").to_pylist() == identities(quarantined, DAILY_PRICES)


def test_the_same_bars_give_the_same_bytes() -> None:
    assert to_parquet(held({}, {"symbol": "AMZN"}), DAILY_PRICES) == to_parquet(held({}, {"symbol": "AMZN"}), DAILY_PRICES)
