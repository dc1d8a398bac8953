"""What one load costs on a table that is large already: 5,000 rows, half of them restated, on 3 and on 30 million bars; and 3.25 M at once.

On the embedded Redshift (DuckDB), so the ratio tells and the milliseconds do not. Prints one line a measure. ``--rows 3`` leaves out the
large table.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import duckdb

from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.warehouse.templates import load_statement

SESSIONS: Final = 6_000
STAGE: Final = "stage_benchmark"
DELTA: Final = "delta_benchmark"
DELTA_ROWS: Final = 5_000
REPEATS: Final = 5
BULK_REPEATS: Final = 3


def main() -> None:
    """Measures, and prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[3, 30], help="millions of bars, one table after the other")
    asked = parser.parse_args()
    seconds = {}
    for millions in asked.rows:
        with tempfile.TemporaryDirectory() as folder:
            seconds[millions] = _delta(Path(folder) / "warehouse.duckdb", millions)
        best, worst = (f"{taken * 1000:.0f} ms" for taken in (min(seconds[millions]), max(seconds[millions])))
        sys.stdout.write(f"delta of {DELTA_ROWS:,} rows, half restated, on {millions} M bars: {best} to {worst}, {REPEATS} times" + "\n")
    if len(seconds) > 1:
        small, *_, large = seconds.values()
        sys.stdout.write(f"ratio of the best: {min(large) / min(small):.2f}" + "\n")
    taken = []
    for _ in range(BULK_REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            taken.append(_bulk(Path(folder) / "warehouse.duckdb"))
    sys.stdout.write(f"stage and merge of 3.25 M rows: {min(taken):.2f} s to {max(taken):.2f} s, {BULK_REPEATS} times" + "\n")


def _delta(file: Path, millions: int) -> list[float]:
    connection = _table(file, millions * 1_000_000)
    symbols = millions * 1_000_000 // SESSIONS
    taken = []
    for repeat in range(REPEATS):
        connection.execute(
            f"create or replace temp table {STAGE} as {_rows(symbols, SESSIONS - DELTA_ROWS // 2 // symbols - 10, repeat + 2)}"
        )
        connection.execute(f"delete from {STAGE} where rowid >= {DELTA_ROWS // 2}")
        connection.execute(f"insert into {STAGE} {_new_rows(symbols, repeat)} limit {DELTA_ROWS // 2}")
        taken.append(_timed(lambda: _load(connection)))
    connection.close()
    return taken


def _bulk(file: Path) -> float:
    connection = _table(file, 0)
    connection.execute(f"create or replace temp table {STAGE} as {_rows(500, 0, 1, sessions=6_500)}")
    taken = _timed(lambda: _load(connection))
    connection.close()
    return taken


def _table(file: Path, rows: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(file))
    connection.execute("create schema market")
    columns = (
        "symbol varchar, session_date date, open decimal(18,6), high decimal(18,6), low decimal(18,6), close decimal(18,6), volume bigint, "
        "row_hash bigint, observed_at timestamp, capture_key varchar, run_id varchar, loaded_at timestamp"
    )
    connection.execute(f"create table market.fact_daily_price ({columns})")
    connection.execute(f"create table market.fact_daily_price_revision ({columns}, superseded_at timestamp, superseded_by varchar)")
    if rows:
        held = f"select *, 'run', now()::timestamp from ({_rows(rows // SESSIONS, 0, 1)}) order by session_date"
        connection.execute(f"insert into market.fact_daily_price {held}")
    return connection


def _rows(symbols: int, first: int, version: int, sessions: int = SESSIONS) -> str:
    return (
        "select 'S' || (s.range)::varchar as symbol, (date '2000-01-01' + d.range::integer) as session_date, 10.5::decimal(18,6) as open, "
        "11::decimal(18,6) as high, 10::decimal(18,6) as low, 10.25::decimal(18,6) as close, 1000::bigint as volume, "
        f"hash(s.range * 100000 + d.range + {version})::bigint_hash as row_hash, "
        f"timestamp '2026-01-01' + interval ({version}) day as observed_at, "
        f"'raw/{version}' as capture_key from range({symbols}) s, range({first}, {sessions}) d"
    ).replace("::bigint_hash", " // 2 :: bigint")


def _new_rows(symbols: int, repeat: int) -> str:
    return _rows(symbols, SESSIONS + repeat * 20, 1, sessions=SESSIONS + repeat * 20 + 20)


def _load(connection: duckdb.DuckDBPyConnection) -> None:
    span = connection.execute(load_statement(DAILY_PRICES, "extent", stage=STAGE)).fetchall()[0][1:]
    connection.execute("begin")
    connection.execute(f"drop table if exists {DELTA}")
    connection.execute(load_statement(DAILY_PRICES, "delta", delta=DELTA))
    fill = load_statement(DAILY_PRICES, "fill_delta", span, delta=DELTA, stage=STAGE).replace("GETDATE()", "now()::timestamp")
    connection.execute(fill.replace("%s", "?"), ["run"])
    connection.execute(load_statement(DAILY_PRICES, "insert_revisions", span, delta=DELTA))
    connection.execute(load_statement(DAILY_PRICES, "merge", span, delta=DELTA).replace("market.fact_daily_price.", "fact_daily_price."))
    connection.execute(load_statement(DAILY_PRICES, "check", span, delta=DELTA)).fetchall()
    connection.execute("commit")


def _timed(act: Callable[[], None]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
