from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.curation.curate import curate
from tasks.curation.errors import IncompleteBar
from tasks.curation.row_hash import row_hashes
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.schema import PARSED_DAILY_PRICES, PRICE

NOON = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
TUESDAY = date(2026, 11, 17)
LARGEST = Decimal("999999999999.999999")

Row = Mapping[str, object]


def bar(symbol: str = "AAPL", session: date = TUESDAY, **other: object) -> dict[str, object]:
    prices = {name: Decimal("10.5") for name in ("open", "high", "low", "close")}
    texts = {f"{name}_text": "as received" for name in ("session", "open", "high", "low", "close", "volume")}
    row = {"symbol": symbol, "session_date": session, **prices, "volume": 7, "observed_at": NOON, "capture_key": "raw/a", **texts}
    return row | other


def accepted(*rows: Row) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=PARSED_DAILY_PRICES)


def test_a_curated_table_has_the_columns_of_the_table_it_is_loaded_into() -> None:
    table = curate(accepted(bar()), DAILY_PRICES)

    assert table.schema == DAILY_PRICES.arrow
    (row,) = table.to_pylist()
    assert (row["symbol"], row["session_date"], row["close"], row["volume"]) == ("AAPL", TUESDAY, Decimal("10.500000"), 7)


def test_bars_are_sorted_by_session_then_symbol() -> None:
    names = ["-P-HIZ", "AAPL", "BRK-B", "NA", "NAN"]
    rows = [bar(name, TUESDAY + timedelta(days=days)) for days in (1, 0) for name in reversed(names)]

    table = curate(accepted(*rows), DAILY_PRICES)

    expected = [(TUESDAY + timedelta(days=days), name) for days in (0, 1) for name in names]
    assert list(zip(table["session_date"].to_pylist(), table["symbol"].to_pylist(), strict=True)) == expected


def test_the_newest_observation_of_a_bar_wins_wherever_it_stands() -> None:
    rows = [bar(volume=number, observed_at=NOON + timedelta(minutes=number), capture_key=f"raw/{9 - number}") for number in range(4)]

    for number in range(4):
        table = curate(accepted(*rows[number:], *rows[:number]), DAILY_PRICES)
        assert table["volume"].to_pylist() == [3]


def test_the_number_of_rows_that_gave_way_is_the_difference_of_the_counts() -> None:
    table = accepted(bar(), bar(volume=8), bar("MSFT"))

    assert table.num_rows - curate(table, DAILY_PRICES).num_rows == 1


def test_of_two_captures_of_one_instant_the_greater_key_wins() -> None:
    rows = [bar(volume=1, capture_key="raw/b"), bar(volume=2, capture_key="raw/a")]

    assert curate(accepted(*rows), DAILY_PRICES)["volume"].to_pylist() == [1]
    assert curate(accepted(*reversed(rows)), DAILY_PRICES)["volume"].to_pylist() == [1]


def test_of_two_bars_in_one_body_the_last_wins() -> None:
    assert curate(accepted(bar(volume=1), bar(volume=2)), DAILY_PRICES)["volume"].to_pylist() == [2]


def test_an_instant_keeps_its_microseconds_and_drops_its_zone() -> None:
    table = curate(accepted(bar(observed_at=NOON)), DAILY_PRICES)

    assert table["observed_at"].to_pylist() == [datetime(2026, 11, 20, 12, 0, 0, 123456)]  # noqa: DTZ001 - the column has no zone


def test_no_accepted_rows_give_an_empty_table() -> None:
    table = curate(accepted(), DAILY_PRICES)

    assert (table.num_rows, table.schema) == (0, DAILY_PRICES.arrow)


@pytest.mark.parametrize("column", ["session_date", "open", "high", "low", "close", "volume"])
def test_an_accepted_row_with_a_null_is_refused_by_the_column_s_name(column: str) -> None:
    with pytest.raises(IncompleteBar, match=f"1 accepted rows of daily_prices have no {column}"):
        curate(accepted(bar(), bar("MSFT") | {column: None}), DAILY_PRICES)


def test_chunks_and_slices_make_no_difference() -> None:
    rows = [bar(f"S{number}", volume=number) for number in range(20)]
    whole = accepted(*rows)
    pieces = pa.concat_tables([whole.slice(13), whole.slice(0, 5), whole.slice(5, 8)])

    assert pieces["volume"].num_chunks == 3
    assert curate(pieces, DAILY_PRICES) == curate(whole, DAILY_PRICES)


def reference_hash(row: Row) -> int:
    integers = [int(Decimal(str(row[name])).scaleb(6)) for name in ("open", "high", "low", "close")] + [int(str(row["volume"]))]
    return hash_of(integers)


def hash_of(words: Sequence[int]) -> int:
    """The hash as its docstring says it, one word after the other in Python's own integers."""
    found = 0
    for word in words:
        found = ((found + 0x9E3779B97F4A7C15) ^ word) % 2**64
        found = (found ^ found >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        found = (found ^ found >> 27) * 0x94D049BB133111EB % 2**64
        found ^= found >> 31
    return found - 2**64 if found >= 2**63 else found


prices = st.decimals(-LARGEST, LARGEST, places=6)
volumes = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.tuples(prices, prices, prices, prices, volumes), max_size=12))
def test_a_row_hash_is_that_of_the_unscaled_integers(values: list[tuple[Decimal, Decimal, Decimal, Decimal, int]]) -> None:
    rows = [
        bar(f"S{number:02d}", open=opened, high=high, low=low, close=close, volume=volume)
        for number, (opened, high, low, close, volume) in enumerate(values)
    ]

    assert curate(accepted(*rows), DAILY_PRICES)["row_hash"].to_pylist() == [reference_hash(row) for row in rows]


def test_a_row_hash_is_the_same_for_ever() -> None:
    assert curate(accepted(bar()), DAILY_PRICES)["row_hash"].to_pylist() == [-4487139122277955623]


def test_a_row_hash_is_of_the_values_alone() -> None:
    rows = [
        bar(),
        bar("MSFT"),
        bar(session=TUESDAY + timedelta(days=1)),
        bar("NA", observed_at=NOON + timedelta(days=1), capture_key="raw/z"),
    ]

    assert len(set(curate(accepted(*rows), DAILY_PRICES)["row_hash"].to_pylist())) == 1


@pytest.mark.parametrize("column", ["open", "high", "low", "close"])
def test_the_last_digit_of_a_price_changes_the_row_hash(column: str) -> None:
    rows = [bar("A"), bar("B") | {column: Decimal("10.500001")}]

    assert len(set(curate(accepted(*rows), DAILY_PRICES)["row_hash"].to_pylist())) == 2


def test_a_wide_decimal_is_hashed_in_two_words() -> None:
    wide = [Decimal("-1.00000000000000000001"), Decimal("123456789012345678.00000000000000000009")]
    column = pa.array([None, *wide], pa.decimal128(38, 20)).slice(1)
    words = [divmod(int(str(value).replace(".", "")) % 2**128, 2**64) for value in wide]
    assert row_hashes([pa.chunked_array([column])]).to_pylist() == [hash_of([low, high]) for high, low in words]


def test_a_value_without_a_byte_order_is_not_hashed() -> None:
    with pytest.raises(TypeError, match="double"):
        row_hashes([pa.chunked_array([[1.5]])])


@st.composite
def parsed_row(draw: st.DrawFn) -> dict[str, object]:
    return bar(
        draw(st.sampled_from(["NA", "NAN", "A"])),
        TUESDAY + timedelta(days=draw(st.integers(0, 2))),
        observed_at=NOON + timedelta(seconds=draw(st.integers(0, 2))),
        capture_key=draw(st.sampled_from(["raw/x", "raw/y", "raw/z"])),
        volume=draw(st.integers(0, 9)),
    )


@given(st.lists(parsed_row(), max_size=30))
def test_curation_equals_a_slow_reference(rows: list[dict[str, Any]]) -> None:
    newest: dict[tuple[date, str], tuple[datetime, str, int, int]] = {}
    for position, row in enumerate(rows):
        bar_of = (row["session_date"], row["symbol"])
        candidate = (row["observed_at"], row["capture_key"], position, row["volume"])
        newest[bar_of] = max(newest.get(bar_of, candidate), candidate)

    table = curate(accepted(*rows), DAILY_PRICES).select(["session_date", "symbol", "volume"]).to_pylist()

    assert [tuple(row.values()) for row in table] == [(*bar_of, newest[bar_of][3]) for bar_of in sorted(newest)]


def test_the_order_in_which_captures_were_read_makes_no_difference() -> None:
    rows = [bar(f"S{number % 5}", capture_key=f"raw/{number:03d}", volume=number) for number in range(100)]
    shuffled = Random(7).sample(rows, len(rows))  # noqa: S311 - not cryptography

    assert curate(accepted(*shuffled), DAILY_PRICES) == curate(accepted(*rows), DAILY_PRICES)


def test_prices_keep_their_type() -> None:
    assert {DAILY_PRICES.arrow.field(name).type for name in ("open", "high", "low", "close")} == {PRICE}
    assert curate(accepted(bar(high=LARGEST)), DAILY_PRICES)["high"].to_pylist() == [LARGEST]
