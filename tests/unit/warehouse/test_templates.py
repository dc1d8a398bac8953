"""The statements of a load, as text: what a schema makes of the templates, and what it may not put into them."""

import dataclasses
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.datasets import SCHEMAS as DATASETS
from tasks.datasets.adjusted_prices import SCHEMA as ADJUSTED_PRICES
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.datasets.dividends import SCHEMA as DIVIDENDS
from tasks.datasets.listings import SCHEMA as LISTINGS
from tasks.datasets.quotes import SCHEMA as QUOTES
from tasks.datasets.splits import SCHEMA as SPLITS
from tasks.schema import QUARANTINED_BARS, Column, TableSchema
from tasks.warehouse.dictionary import EXAMPLE_SPAN, describe_load, load_statements
from tasks.warehouse.errors import BadPlaceholder
from tasks.warehouse.templates import check_names, load_statement

GOLDEN = Path(__file__).parent / "golden"
COMPARING = ("compare_series.sql", "shared_closes.sql", "known_events.sql", "keep_out.sql")
BOUND = "BETWEEN DATE '2026-01-02' AND DATE '2026-01-05'"


@pytest.mark.parametrize("schema", [DAILY_PRICES, QUOTES], ids=lambda schema: schema.folder)
def test_the_text_of_a_load_is_the_golden_one(schema: TableSchema) -> None:
    """After a change on purpose: ``tickerhouse dictionary --sql TABLE > tests/unit/warehouse/golden/<table>.sql``."""
    assert describe_load(schema) == (GOLDEN / f"{schema.folder}.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize("schema", [DAILY_PRICES, DIVIDENDS, SPLITS, ADJUSTED_PRICES], ids=lambda schema: schema.folder)
def test_every_read_of_a_dated_table_is_bounded_by_literals(schema: TableSchema) -> None:
    unbounded = []
    for rendered in load_statements(schema):
        reads = re.findall(rf"(?:FROM|JOIN|INTO) {schema.table}(?:_revision)? AS \w+|^MERGE INTO", rendered.sql, re.MULTILINE)
        bounds = rendered.sql.count(BOUND) + rendered.sql.count(f"{schema.date} >= DATE '2026-01-02'")
        if len(reads) != bounds:
            unbounded.append(rendered.file)
    assert unbounded == []


def test_a_table_without_a_date_in_its_key_is_not_bounded() -> None:
    assert [rendered.file for schema in (QUOTES, LISTINGS) for rendered in load_statements(schema) if "DATE '2026" in rendered.sql] == []
    assert "CAST(NULL AS DATE) AS first_date" in load_statement(QUOTES, "extent", stage="stage_1")


def test_a_load_of_nothing_is_not_bounded_either() -> None:
    assert "BETWEEN" not in load_statement(DAILY_PRICES, "merge", None, delta="delta_1")


def test_the_schema_chooses_the_checks() -> None:
    always = ("check_delta_is_in_the_table", "check_every_staged_row_is_held")
    revisions = ("check_changed_rows_have_revisions", "check_revisions_have_rows")
    assert check_names(DAILY_PRICES) == tuple(sorted((*always, *revisions, "check_loaded_symbols_are_fresh")))
    assert check_names(SPLITS) == tuple(sorted((*always, *revisions, "check_loaded_symbols_are_complete")))
    assert check_names(dataclasses.replace(SPLITS, table="market.fact_new", keeps_revisions=False, freshness=None)) == always


def test_a_file_in_the_table_s_folder_wins_over_the_template() -> None:
    files = {rendered.file for rendered in load_statements(LISTINGS)}
    assert {"load/stage.sql", "tables/dim_symbol/merge.sql", "tables/dim_symbol/check.sql"} <= files
    assert "load/check_every_staged_row_is_held.sql" not in files


def test_a_reserved_word_is_quoted_wherever_it_names_a_column() -> None:
    for rendered in load_statements(DAILY_PRICES):
        assert not re.search(r'(?<!")\bopen\b(?!")', rendered.sql), rendered.file


@pytest.mark.parametrize(
    "change",
    [
        {"table": "market.fact; DROP TABLE market.quote"},
        {"table": "fact_daily_price"},
        {"key": ("symbol", "session_date"), "columns": (*DAILY_PRICES.columns, Column("a b", pa.string(), "date"))},
        {"columns": (*DAILY_PRICES.columns, Column("x", pa.string(), "date); DROP TABLE market.quote"))},
        {"columns": (*DAILY_PRICES.columns, Column('x"', pa.string(), "date"))},
    ],
)
def test_a_name_or_type_that_is_not_plain_never_reaches_a_statement(change: dict[str, Any]) -> None:
    with pytest.raises(BadPlaceholder):
        load_statement(dataclasses.replace(DAILY_PRICES, **change), "stage", stage="stage_1")


def test_a_row_s_noun_stays_in_its_comment() -> None:
    schema = dataclasses.replace(DAILY_PRICES, row="bar\nDROP TABLE market.quote")
    with pytest.raises(BadPlaceholder, match="noun"):
        load_statement(schema, "check_delta_is_in_the_table", delta="delta_1")


def test_only_a_date_bounds_a_statement() -> None:
    others: list[Any] = [datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02", None]
    for wrong in others:
        with pytest.raises(BadPlaceholder, match="is not a date"):
            load_statement(DAILY_PRICES, "check", (wrong, date(2026, 1, 5)), delta="delta_1")


def test_every_statement_of_every_load_can_be_shown() -> None:
    for schema in (*DATASETS, QUARANTINED_BARS):
        names = [rendered.file.rpartition("/")[2] for rendered in load_statements(schema)]
        names = [name for name in names if name not in COMPARING]
        assert names[:6] == ["stage.sql", "copy.sql", "extent.sql", "delta.sql", "fill_delta.sql", "counts.sql"]
        assert "${" not in describe_load(schema)
    assert (date(2026, 1, 2), date(2026, 1, 5)) == EXAMPLE_SPAN
