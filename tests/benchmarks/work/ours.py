"""Bodies to Parquet as Tickerhouse does it: all columns of the curated file, the origin of every row among them; a large load in files."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tasks.ahead import ahead
from tasks.alpha_vantage.daily import SHAPE
from tasks.alpha_vantage.series_tables import SeriesReader
from tasks.curation.curate import Curated, curated
from tasks.curation.parquet import FILES_AT_ONCE, number_of_files, write_curated_rows
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.records import CapturedBody
from tasks.schema import PARSED_DAILY_PRICES

_SYMBOL: Final = re.compile(rb'"2\. Symbol"\s*:\s*"([^"\\]*)"')
_SLICES: Final = 4
_OBSERVED_AT: Final = datetime(2026, 11, 27, tzinfo=UTC)


def run(folder: Path, into: Path) -> None:
    """As a load takes it."""
    reader = SeriesReader(SHAPE, PARSED_DAILY_PRICES, has_texts=False)
    rows = curated(reader.batches(_bodies(folder)), DAILY_PRICES)
    into.mkdir(exist_ok=True)
    pieces = enumerate(rows.cut(number_of_files(rows.num_rows, _SLICES)))
    for _ in ahead(lambda piece: _write(into / f"{piece[0]:03d}.parquet", piece[1]), pieces, FILES_AT_ONCE):
        pass


def _write(path: Path, rows: Curated) -> None:
    with path.open("wb") as file:
        write_curated_rows(rows, file)


def _bodies(folder: Path) -> Iterator[CapturedBody]:
    # Not by pathlib, which takes a tenth of the whole for 5,000 small files.
    for name in sorted(os.listdir(folder)):  # noqa: PTH208 - see above
        if not name.endswith(".json"):
            continue
        with open(f"{folder}/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - see above
            body = file.read()
        symbol = _SYMBOL.search(body, 0, 2_000)
        assert symbol is not None, name
        yield CapturedBody(symbol[1].decode(), f"raw/{name}", _OBSERVED_AT, body)
