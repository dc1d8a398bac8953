"""Bodies to Parquet as Tickerhouse does it: all columns of the curated file, the origin of every row among them; a large load in files."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tasks.alpha_vantage.daily import SHAPE
from tasks.alpha_vantage.series_tables import SeriesReader
from tasks.curation.curate import curated
from tasks.curation.parquet import number_of_files, write_curated_rows
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
    for number, piece in enumerate(rows.cut(number_of_files(rows.num_rows, _SLICES))):
        with (into / f"{number:03d}.parquet").open("wb") as file:
            write_curated_rows(piece, file)


def _bodies(folder: Path) -> Iterator[CapturedBody]:
    for file in sorted(folder.glob("*.json")):
        body = file.read_bytes()
        symbol = _SYMBOL.search(body, 0, 2_000)
        assert symbol is not None, file
        yield CapturedBody(symbol[1].decode(), f"raw/{file.name}", _OBSERVED_AT, body)
