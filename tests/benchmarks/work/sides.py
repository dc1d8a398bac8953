"""One side of the comparison in a process of its own: bodies in a folder become one Parquet file, sorted by session, then symbol.

::

    python -m tests.benchmarks.work.sides ours FOLDER FILE     prints seconds, CPU seconds, peak MB

Seconds count from the first body's file to the last byte of the Parquet file, libraries loaded; the peak is the whole process's.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_SYMBOL: Final = re.compile(rb'"2\. Symbol"\s*:\s*"([^"\\]*)"')
_OBSERVED_AT: Final = datetime(2026, 11, 27, tzinfo=UTC)
_PEAK: Final = re.compile(r"VmHWM:\s*(\d+) kB")


def ours(*, has_row_hash: bool) -> Callable[[Path, Path], None]:
    """Tickerhouse: all columns of the curated file, its origin included; ``row_hash`` where asked."""
    # Imported by the side that needs them, so that neither is in the other's memory.
    import pyarrow as pa

    from tasks.alpha_vantage.daily import SHAPE
    from tasks.alpha_vantage.series_tables import SeriesReader
    from tasks.curation.curate import curated
    from tasks.curation.parquet import write_curated_rows
    from tasks.records import CapturedBody
    from tasks.schema import DAILY_PRICES, PARSED_DAILY_PRICES

    dataset = replace(DAILY_PRICES, columns=tuple(column for column in DAILY_PRICES.columns if has_row_hash or column.name != "row_hash"))
    names = [name for name in dataset.column_names if name != "row_hash"]

    def bodies(folder: Path) -> Iterator[CapturedBody]:
        for file in sorted(folder.glob("*.json")):
            body = file.read_bytes()
            symbol = _SYMBOL.search(body, 0, 2_000)
            assert symbol is not None, file
            yield CapturedBody(symbol[1].decode(), f"raw/{file.name}", _OBSERVED_AT, body)

    def run(folder: Path, into: Path) -> None:
        reader = SeriesReader(SHAPE, PARSED_DAILY_PRICES, has_texts=False)
        batches = (batch.select(names) for batch in reader.batches(bodies(folder)))
        rows = curated(pa.Table.from_batches(batches), dataset)
        with into.open("wb") as file:
            write_curated_rows(rows, file)

    return run


def duckdb() -> Callable[[Path, Path], None]:
    """DuckDB's own JSON reader, given the types: the seven columns of a bar, one row a symbol and session."""
    import duckdb as library

    prices = ", ".join(f'"{number}. {name}" DECIMAL(18,6)' for number, name in enumerate(("open", "high", "low", "close"), start=1))
    columns = (
        f"""{{"Meta Data": 'STRUCT("2. Symbol" VARCHAR)', "Time Series (Daily)": 'MAP(DATE, STRUCT({prices}, "5. volume" BIGINT))'}}"""
    )

    def run(folder: Path, into: Path) -> None:
        connection = library.connect()
        connection.execute("SET threads = 2")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"""
            COPY (
                SELECT DISTINCT ON (session_date, symbol)
                    symbol, session_date, bar."1. open" AS open, bar."2. high" AS high, bar."3. low" AS low, bar."4. close" AS close,
                    bar."5. volume" AS volume
                FROM (
                    SELECT
                        "Meta Data"."2. Symbol" AS symbol, unnest(map_keys("Time Series (Daily)")) AS session_date,
                        unnest(map_values("Time Series (Daily)")) AS bar
                    FROM read_json('{folder}/*.json', columns = {columns}, maximum_object_size = 100000000)
                )
                ORDER BY session_date, symbol
            ) TO '{into}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
        """)

    return run


def peak_megabytes() -> int:
    """The most memory that this process has held."""
    # Not ru_maxrss, which a child takes over from the process that started it.
    found = _PEAK.search(Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) // 1024


def main() -> None:
    """Measures one side once."""
    side, folder, into = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    run = duckdb() if side == "duckdb" else ours(has_row_hash=side == "ours_with_row_hash")
    begun, begun_cpu = time.perf_counter(), time.process_time()
    run(folder, into)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
    print(json.dumps({"seconds": seconds, "processor": cpu, "megabytes": peak_megabytes()}))


if __name__ == "__main__":
    main()
