"""The questions of docs/queries and the data dictionary, asked and compared."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from tasks.curation.parquet import to_parquet
from tasks.datasets.dividends import SCHEMA as DIVIDENDS
from tasks.datasets.dividends import curate_dividends
from tasks.lake.manifests import write_curated_file, write_manifest
from tasks.sessions import sessions_between
from tasks.warehouse.dictionary import describe_warehouse
from tasks.warehouse.migrations import migrate
from tasks.warehouse.runs import record_run
from tasks.warehouse.statements import split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.integration.warehouse.conftest import Lake, Warehouse

pytestmark = pytest.mark.embedded

DOCS = Path(__file__).resolve().parents[3] / "docs"
QUERIES = sorted((DOCS / "queries").glob("*.sql"))
SESSIONS = sessions_between(date(2025, 11, 3), date(2025, 12, 31))


@pytest.fixture(scope="module")
def filled(lake: Lake, new_warehouse: Callable[[], AbstractContextManager[Warehouse]]) -> Iterator[Warehouse]:
    """Two symbols, a gap, a restatement, a run."""
    with new_warehouse() as made:
        with closing(made.open()) as connection:
            migrate(connection)
        fill(lake, made)
        yield made


def fill(lake: Lake, warehouse: Warehouse) -> None:
    bars = [
        (symbol, str(session), str(100 + (place * 7 + place * place * shift) % 13), "2026-01-05T22:00:00")
        for symbol, shift in (("AAPL", 1), ("MSFT", 2))
        for place, session in enumerate(SESSIONS)
        if (symbol, place) != ("MSFT", 10)
    ]
    warehouse.load(lake.manifest("run-1", bars))
    warehouse.load(lake.manifest("run-2", [("AAPL", str(SESSIONS[-1]), "50", "2026-01-07T22:00:00")]))
    # A symbol that was delisted moved most of all, but not in the newest session.
    warehouse.load(lake.manifest("run-3", [("GONE", str(SESSIONS[place]), f"{place + 1}", "2026-01-05T22:00:00") for place in (0, 1)]))
    observed = pa.array([datetime(2026, 1, 3, tzinfo=UTC)], pa.timestamp("us", tz="UTC"))
    columns: dict[str, Any] = {
        "symbol": ["MSFT"],
        "ex_dividend_date": [SESSIONS[20]],
        "observed_at": observed,
        "capture_key": ["raw/events"],
    }
    columns |= {name: pa.nulls(1, pa.date32()) for name in ("declaration_date", "record_date", "payment_date")}
    paid = curate_dividends(pa.table(columns | {"amount": pa.array([Decimal("0.75")], pa.decimal128(28, 13))}))
    warehouse.load_table(
        write_manifest(lake.store, write_curated_file(lake.store, DIVIDENDS.name, to_parquet(paid, DIVIDENDS), paid.num_rows, "run-4")),
        DIVIDENDS,
    )
    held_back = "('i1', 'daily_prices', 'DMGD', '2025-12-30', '{}', 'high is below low', '2026-01-05', 'raw/x', 'run-2'"
    warehouse.ask(
        "INSERT INTO ops.quarantined_bar "
        '("identity", dataset, symbol, session_text, received, reasons, observed_at, capture_key, run_id, released_at)'
        f" VALUES {held_back}, NULL), {held_back.replace('i1', 'i2')}, '2026-01-06')"
    )
    record_run(warehouse.open, warehouse.run_record("run-2"))
    record_run(warehouse.open, warehouse.run_record("run-0"))


TOLD = sorted(
    {
        statement
        for folder in ("tasks", "deployments", "flows")
        for file in (DOCS.parent / folder).rglob("*")
        if file.suffix in {".py", ".j2"}
        for statement in re.findall(r'tickerhouse sql "(select [^"]+)"', file.read_text(encoding="utf-8"))
        if "..." not in statement
    }
)
"""The statements that messages tell people to type."""


@pytest.mark.parametrize("statement", TOLD)
def test_a_statement_that_a_message_names_is_answered(filled: Warehouse, statement: str) -> None:
    filled.ask(statement)


def test_the_statements_of_messages_are_found() -> None:
    assert any("fact_daily_price_revision" in statement for statement in TOLD)


def ask(warehouse: Warehouse, number: int) -> list[tuple[Any, ...]]:
    return warehouse.ask(QUERIES[number - 1].read_text())


def test_the_questions_are_numbered() -> None:
    assert len(QUERIES) >= 14
    assert [path.name[:2] for path in QUERIES] == [f"{number:02d}" for number in range(1, len(QUERIES) + 1)]


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_question_says_what_it_needs_and_what_no_row_means(path: Path) -> None:
    _, needs, empty, *_ = path.read_text().splitlines()
    assert needs.startswith("-- Needs: ")
    assert empty.startswith("-- Empty: ")


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_question_is_one_plain_statement(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("-- ")
    assert text.splitlines()[0].rstrip().rstrip(".").find("?") > 0
    assert len(split(text)) == 1
    assert not any(line.startswith("\\") for line in text.splitlines())


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_every_question_is_in_the_page_of_the_query_editor(path: Path) -> None:
    assert f"(queries/{path.name})" in (DOCS / "query-editor.md").read_text()


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_question_is_answered(filled: Warehouse, path: Path) -> None:
    filled.ask(path.read_text())


def test_the_sessions_of_a_month_are_counted_by_their_deadline(filled: Warehouse) -> None:
    # Of all sessions two were observed within seven days, the first 145 hours after its close.
    assert ask(filled, 17) == [(date(2025, 12, 1), 2, 0, Decimal("0.00"), Decimal("145.00"), 4)]


def test_the_greatest_mover_comes_first(filled: Warehouse) -> None:
    (first, *_) = ask(filled, 1)
    assert (first[0], str(first[2])) == ("AAPL", "50.000000")
    assert {row[0] for row in ask(filled, 1)} == {"AAPL", "MSFT"}


def test_the_deepest_fall_is_found_with_its_session(filled: Warehouse) -> None:
    (first, *_) = ask(filled, 2)
    assert first[:3] == ("AAPL", "as traded", SESSIONS[-1])
    assert first[5] == pytest.approx(50 / 108 - 1)


def test_a_series_is_called_adjusted_only_where_an_event_is_loaded(filled: Warehouse) -> None:
    assert {row[0]: row[1] for row in ask(filled, 2)} == {"AAPL": "as traded", "GONE": "as traded", "MSFT": "adjusted"}


def test_a_correlation_is_within_one_and_needs_twenty_sessions(filled: Warehouse) -> None:
    """A correlation lies between minus one and one and needs twenty sessions."""
    rows = ask(filled, 3)
    # The missing bar of one symbol is a missing pair; the first bar has no return.
    assert len(rows) == len(SESSIONS) - 1 - 1 - 19
    assert all(-1 <= row[1] <= 1 for row in rows)


def test_the_gap_is_named(filled: Warehouse) -> None:
    assert ask(filled, 4) == [("MSFT", SESSIONS[10], False)]


def test_an_event_stands_between_adjusted_and_raw_closes(filled: Warehouse) -> None:
    rows = ask(filled, 7)
    assert {row[0] for row in rows} == {"MSFT"}
    assert [(row[1], str(row[5])) for row in rows if row[5] is not None] == [(SESSIONS[20], "0.7500000000000")]
    assert all(row[3] < row[2] for row in rows if row[1] < SESSIONS[20])


def test_what_is_held_back_is_told_with_its_reason_until_released(filled: Warehouse) -> None:
    """What is held back is told with its reason and what was released is not."""
    assert [row[:3] for row in ask(filled, 9)] == [("high is below low", "DMGD", "2025-12-30")]


def test_the_restatement_is_told_with_both_values(filled: Warehouse) -> None:
    (row,) = ask(filled, 5)
    assert (row[0], row[1], str(row[3])) == ("AAPL", SESSIONS[-1], "50.000000")


def test_as_of_a_moment_gives_the_values_known_then(filled: Warehouse) -> None:
    rows = {(row[0], row[1]): str(row[5]) for row in ask(filled, 6)}
    assert len(rows) == 2 * len(SESSIONS) - 1 + 2
    assert rows[("AAPL", SESSIONS[-1])] != "50.000000"


def test_a_fresh_symbol_is_behind_by_the_sessions_closed_since(filled: Warehouse) -> None:
    """A fresh symbol is only as many sessions behind as have closed since."""
    behind = {row[0]: row[2] for row in ask(filled, 8)}
    assert behind["AAPL"] == behind["MSFT"] > 0


def test_a_run_is_told_with_its_cost(filled: Warehouse) -> None:
    told = {row[0]: row for row in ask(filled, 10)}
    assert (told["run-2"][2], int(told["run-2"][9])) == ("Completed", 60)
    assert told["run-0"][9] is None


def adjusted_closes(warehouse: Warehouse, symbol: str) -> list[float]:
    query = f"SELECT adjusted_close FROM market.daily_price_adjusted WHERE symbol = '{symbol}' ORDER BY session_date"
    return [float(close) for (close,) in warehouse.ask(query)]


def test_the_adjusted_series_as_of_now_is_the_one_in_the_mart(filled: Warehouse) -> None:
    statement = QUERIES[10].read_text()
    now = filled.ask(statement.replace("'AAPL' AS symbol", "'MSFT' AS symbol"))
    assert [float(row[2]) for row in now] == pytest.approx(adjusted_closes(filled, "MSFT"), abs=1e-9)
    before = filled.ask(statement.replace("GETDATE()", "'2026-01-06 12:00:00'"))
    assert (before[-1][0], before[-1][1] != 50) == (SESSIONS[-1], True)
    assert filled.ask(statement.replace("GETDATE()", "'2020-01-01'")) == []


def test_the_strength_is_that_of_simple_averages(filled: Warehouse) -> None:
    closes = adjusted_closes(filled, "AAPL")
    changes = [after - before for before, after in pairwise(closes)]
    rows = [float(row[3]) for row in ask(filled, 12) if row[0] == "AAPL"]
    wanted = []
    for end in range(14, len(changes) + 1):
        gains = sum(max(change, 0) for change in changes[end - 14 : end])
        losses = sum(max(-change, 0) for change in changes[end - 14 : end])
        wanted.append(100 - 100 / (1 + gains / losses))
    assert rows == pytest.approx(wanted)


def test_beta_is_the_slope_of_returns_over_the_benchmarks(filled: Warehouse) -> None:
    rows = filled.ask(QUERIES[12].read_text().replace("60 AS sessions", "20 AS sessions"))
    assert [(row[0], row[2]) for row in rows] == [("AAPL", 20)]
    query = (
        "SELECT own.log_return, bench.log_return FROM market.daily_metric AS own"
        " INNER JOIN market.daily_metric AS bench ON bench.session_date = own.session_date"
        " WHERE own.symbol = 'AAPL' AND bench.symbol = 'MSFT' AND own.log_return IS NOT NULL AND bench.log_return IS NOT NULL"
        " ORDER BY own.session_date DESC LIMIT 20"
    )
    own, bench = zip(*filled.ask(query), strict=True)
    assert rows[0][3] == pytest.approx(np.cov(own, bench)[0, 1] / np.var(bench, ddof=1))
    assert ask(filled, 13) == []


def test_the_change_in_percent_stands_beside_averages(filled: Warehouse) -> None:
    closes = adjusted_closes(filled, "AAPL")
    (newest, *_) = [row for row in ask(filled, 14) if row[0] == "AAPL"]
    assert newest[3] == pytest.approx((closes[-1] / closes[-2] - 1) * 100)
    assert float(newest[4]) == pytest.approx(sum(closes[-7:]) / 7)


def test_the_data_dictionary_is_that_of_the_warehouse(warehouse: Warehouse) -> None:
    with closing(warehouse.open()) as connection:
        told = describe_warehouse(connection)
    assert (DOCS / "data_dictionary.md").read_text() == told, "run: tickerhouse dictionary --file docs/data_dictionary.md"
