"""docs/how-to/add-a-table.md, followed word by word."""

from __future__ import annotations

import re
import shlex
import shutil
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from flows.command_line import migrate as migrate_command
from flows.command_line.app import app
from tasks.curation.curate import curate
from tasks.curation.parquet import check_footer, to_parquet
from tasks.lake.manifests import write_curated_file, write_manifest
from tasks.schema import SYMBOL, VERSION, Column, TableSchema
from tasks.warehouse import statements, templates
from tasks.warehouse.dictionary import describe_warehouse
from tasks.warehouse.migrations import migrate, read_migrations

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Lake, Warehouse

pytestmark = pytest.mark.embedded

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "how-to" / "add-a-table.md").read_text()


def test_a_table_is_added_by_the_page_s_folder_and_dataset_alone(
    lake: Lake, empty_warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tables"
    shutil.copytree(Path(statements.__file__).parent / "tables", folder)
    for name, text in re.findall(r"`tables/(fact_share_count/\w+\.sql)`\n\n```sql\n(.*?)```", PAGE, re.DOTALL):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(statements, "tables", lambda: folder)
    monkeypatch.setattr(templates, "tables", lambda: folder)
    with closing(empty_warehouse.open()) as connection:
        migrate(connection, read_migrations(folder))
        described = describe_warehouse(connection)
    assert "## market.fact_share_count\n\nHow many shares of a symbol were outstanding on a date." in described
    dataset = share_counts()
    monkeypatch.setattr(migrate_command, "SCHEMAS", (dataset,))
    shown = CliRunner().invoke(app, shlex.split("dictionary --sql market.fact_share_count"))
    assert shown.exit_code == 0, shown.output
    assert "COPY" in shown.output
    for run_id, shares, day in (("run-1", 100, 5), ("run-2", 120, 6), ("run-3", 90, 4)):
        rows: dict[str, Any] = {
            "symbol": ["IBM"],
            "counted_on": [date(2026, 1, 2)],
            "shares": [shares],
            "observed_at": pa.array([datetime(2026, 1, day, tzinfo=UTC)], pa.timestamp("us", tz="UTC")),
            "capture_key": ["raw/x"],
        }
        table = curate(pa.table(rows), dataset)
        parquet = to_parquet(table, dataset)
        check_footer(parquet, dataset, 1)
        empty_warehouse.load_table(write_manifest(lake.store, write_curated_file(lake.store, dataset.name, parquet, 1, run_id)), dataset)
    assert empty_warehouse.ask("SELECT symbol, shares, run_id FROM market.fact_share_count") == [("IBM", 120, "run-2")]
    audit = empty_warehouse.ask("SELECT run_id, rows_new, rows_changed, rows_unchanged FROM ops.load_audit ORDER BY run_id")
    assert audit == [("run-1", 1, 0, 0), ("run-2", 0, 1, 0), ("run-3", 0, 0, 1)]


def share_counts() -> TableSchema:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {"TableSchema": TableSchema, "Column": Column, "SYMBOL": SYMBOL, "VERSION": VERSION, "pa": pa}
    exec(code, names)  # noqa: S102 - the page is our own
    made = names["SCHEMA"]
    assert isinstance(made, TableSchema)
    return made
