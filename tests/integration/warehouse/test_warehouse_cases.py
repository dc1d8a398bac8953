"""Folders of rows in and rows out: ``cases/<the fact>/load-<n>.<kind>.csv``, ``question.sql`` and ``rows.csv``."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from tasks.curation.parquet import to_parquet
from tasks.datasets.dividends import SCHEMA as DIVIDENDS
from tasks.datasets.dividends import curate_dividends
from tasks.datasets.listings import SCHEMA as LISTINGS
from tasks.datasets.listings import curate_listings
from tasks.datasets.splits import SCHEMA as SPLITS
from tasks.datasets.splits import curate_splits
from tasks.lake.manifests import write_curated_file, write_manifest
from tasks.schema import PARSED_DIVIDENDS, PARSED_LISTINGS, PARSED_SPLITS

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Lake, Warehouse

pytestmark = [pytest.mark.embedded, pytest.mark.live]

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())
SEEN = datetime(2026, 1, 15, tzinfo=UTC)
REFERENCE = {
    "dividends": (DIVIDENDS, PARSED_DIVIDENDS, curate_dividends),
    "splits": (SPLITS, PARSED_SPLITS, curate_splits),
    "listings": (LISTINGS, PARSED_LISTINGS, curate_listings),
}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def put(lake: Lake, warehouse: Warehouse, path: Path, run_id: str) -> None:
    kind = path.name.split(".")[1]
    rows = read(path)
    if kind == "bars":
        warehouse.load(lake.manifest(run_id, [(row["symbol"], row["session_date"], row["close"], row["observed_at"]) for row in rows]))
        return
    dataset, schema, curate = REFERENCE[kind]
    table = pa.Table.from_pylist([parsed(row, schema) for row in rows], schema)
    curated = curate(table)
    file = write_curated_file(lake.store, dataset.name, to_parquet(curated, dataset), curated.num_rows, run_id)
    warehouse.load_table(write_manifest(lake.store, file), dataset)


def parsed(row: dict[str, str], schema: pa.Schema) -> dict[str, Any]:
    named = {"ex_dividend_date" if name == "ex_date" else name: text for name, text in row.items()}
    values: dict[str, Any] = {"capture_key": "raw/case", "observed_at": SEEN, "name": "", "exchange": "", "asset_type": ""}
    for field in schema:
        text = named.get(field.name)
        if field.name == "observed_at" and text:
            values[field.name] = datetime.fromisoformat(text).replace(tzinfo=UTC)
        elif text and pa.types.is_date32(field.type):
            values[field.name] = date.fromisoformat(text)
        elif text and pa.types.is_decimal(field.type):
            values[field.name] = Decimal(text)
        elif text:
            values[field.name] = text
        elif field.name.endswith("_text"):
            values[field.name] = ""
    return {name: values.get(name) for name in schema.names}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(lake: Lake, warehouse: Warehouse, case: Path) -> None:
    for number, path in enumerate(sorted(case.glob("load-*.csv")), start=1):
        put(lake, warehouse, path, f"run-{number}")
    found = warehouse.ask((case / "question.sql").read_text())
    expected = [tuple(row.values()) for row in read(case / "rows.csv")]
    assert [tuple("" if value is None else str(value) for value in row) for row in found] == expected
