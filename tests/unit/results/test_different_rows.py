from datetime import date, timedelta

import pyarrow as pa

from tasks.results.row_counts import different_rows


def test_rows_that_differ_in_any_column_are_counted_once_each() -> None:
    rows = [("ABC"[number % 3], date(2026, 1, 1) + timedelta(number * number % 11)) for number in range(60)]
    symbols, days = (list(column) for column in zip(*rows, strict=True))
    plain = pa.table({"symbol": symbols, "session_date": days})
    encoded = plain.set_column(0, "symbol", plain.column(0).dictionary_encode())
    assert different_rows(plain) == different_rows(encoded) == different_rows(pa.concat_tables([plain, plain])) == len(set(rows))


def test_null_is_a_value_of_its_own_and_no_row_is_no_row() -> None:
    rows = pa.table({"symbol": ["A", None, "A", None], "session_date": [1, 1, None, None]})
    assert different_rows(rows) == 4
    assert different_rows(rows.slice(0, 0)) == 0


def test_rows_of_many_columns_of_many_values_stay_apart() -> None:
    """Five columns whose codes need more than 64 bits together."""
    values = pa.array(range(2**16 - 1))
    half = {f"c{number}": values for number in range(4)}
    rows = pa.concat_tables([pa.table({"first": pa.repeat(first, len(values)), **half}) for first in ("A", "B")])
    assert different_rows(rows) == 2 * len(values)
