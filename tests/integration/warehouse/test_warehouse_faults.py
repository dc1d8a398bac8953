from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from redshift_connector import Connection, InterfaceError

from infra.local.redshift import ConnectionCut, StatementEvent, StatementFailed
from tasks.warehouse.errors import LoadFailed, WarehouseUnreachable

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Lake, Warehouse, Watch

pytestmark = pytest.mark.embedded

BEFORE = [("AAPL", "2026-01-05", "11.5", "2026-01-05T22:00:00"), ("MSFT", "2026-01-05", "20.25", "2026-01-05T22:00:00")]
AFTER = [
    ("AAPL", "2026-01-05", "11.75", "2026-01-06T22:00:00"),
    ("AAPL", "2026-01-06", "12", "2026-01-06T22:00:00"),
    ("MSFT", "2026-01-05", "20.25", "2026-01-06T22:00:00"),
]
UNTOUCHED = {("AAPL", "2026-01-05"): ("11.500000", "run-1"), ("MSFT", "2026-01-05"): ("20.250000", "run-1")}
LOADED = {
    ("AAPL", "2026-01-05"): ("11.750000", "run-2"),
    ("AAPL", "2026-01-06"): ("12.000000", "run-2"),
    ("MSFT", "2026-01-05"): ("20.250000", "run-1"),
}
AUDITED = "SELECT run_id, rows_new, rows_changed, rows_unchanged FROM ops.load_audit ORDER BY run_id"
REVISED = "SELECT symbol, close, run_id FROM market.fact_daily_price_revision"

POINTS = [
    (table_or_kind, phase)
    for table_or_kind in (
        "ops.load_turn_fact_daily_price",
        "copy",
        "insert into load_delta",
        "insert into market.fact_daily_price_revision",
        "merge",
        "insert into ops.load_audit",
    )
    for phase in ("before", "after")
] + [("commit", "before")]


class Once:
    """Fails the first statement that starts with, or is about, something; in one of its two phases."""

    def __init__(self, about: str, phase: str, fault: Exception) -> None:
        self.about, self.phase, self.fault = about, phase, fault
        self.happened = 0

    def __call__(self, event: StatementEvent) -> None:
        text = " ".join(event.sql.lower().split())
        if not self.happened and event.phase == self.phase and (text.startswith(self.about) or f" {self.about} " in text):
            self.happened += 1
            raise self.fault


@pytest.mark.parametrize(("about", "phase"), POINTS)
def test_a_load_cut_before_its_commit_leaves_nothing_and_can_be_repeated(
    lake: Lake, warehouse: Warehouse, watch: Watch, about: str, phase: str
) -> None:
    """A load cut before its commit leaves nothing and succeeds when run again."""
    warehouse.load(lake.manifest("run-1", BEFORE))
    manifest = lake.manifest("run-2", AFTER)
    watch.act = fault = Once(about, phase, ConnectionCut("cut"))
    with pytest.raises(LoadFailed, match=r"run-2.*1 attempt"):
        warehouse.load(manifest, retries=0)
    assert fault.happened == 1
    assert warehouse.bars() == UNTOUCHED
    assert warehouse.ask(REVISED) == []
    assert warehouse.ask(AUDITED) == [("run-1", 2, 0, 0)]
    again = warehouse.load(manifest, retries=0)
    assert (again.new, again.changed, again.unchanged) == (1, 1, 1)
    assert warehouse.bars() == LOADED


@pytest.mark.parametrize(("about", "phase"), [("copy", "before"), ("merge", "after"), ("commit", "before"), ("commit", "after")])
def test_a_load_cut_anywhere_ends_as_if_undisturbed(lake: Lake, warehouse: Warehouse, watch: Watch, about: str, phase: str) -> None:
    warehouse.load(lake.manifest("run-1", BEFORE))
    watch.act = fault = Once(about, phase, ConnectionCut("cut"))
    result = warehouse.load(lake.manifest("run-2", AFTER))
    assert fault.happened == 1
    assert (result.staged, result.new, result.changed, result.unchanged) == (3, 1, 1, 1)
    assert result.touched == {"AAPL": 2}
    assert warehouse.bars() == LOADED
    assert [(symbol, str(close), run) for symbol, close, run in warehouse.ask(REVISED)] == [("AAPL", "11.500000", "run-2")]
    assert warehouse.ask(AUDITED) == [("run-1", 2, 0, 0), ("run-2", 1, 1, 1)]


def test_a_connection_that_breaks_after_the_commit_changes_nothing(lake: Lake, warehouse: Warehouse) -> None:
    """A connection that breaks after the commit was answered changes nothing."""
    opened: list[Connection] = []

    def open_connection() -> Connection:
        connection = warehouse.open()
        leave = connection.close

        def broken() -> None:
            leave()
            raise InterfaceError("BrokenPipe: server socket closed.")

        connection.close = broken
        opened.append(connection)
        return connection

    result = warehouse.load(lake.manifest("run-1", BEFORE), open_connection)
    assert (len(opened), result.new) == (1, 2)
    assert warehouse.bars() == UNTOUCHED
    assert warehouse.ask(AUDITED) == [("run-1", 2, 0, 0)]


def test_a_lost_commit_is_found_by_the_next_run(lake: Lake, warehouse: Warehouse, watch: Watch) -> None:
    manifest = lake.manifest("run-1", BEFORE)
    watch.act = Once("commit", "after", ConnectionCut("cut"))
    with pytest.raises(LoadFailed):
        warehouse.load(manifest, retries=0)
    assert warehouse.bars() == UNTOUCHED
    again = warehouse.load(manifest)
    assert (again.new, again.unchanged, again.touched) == (0, 2, {})


@pytest.mark.parametrize(
    "fault",
    [
        StatementFailed("XX000", "1023", "Serializable isolation violation on table - 108263, transactions forming the cycle are: 1, 2"),
        StatementFailed("XX000", "could not complete because of conflict with concurrent transaction"),
        StatementFailed("XX000", "could not open relation with OID 108263"),
        StatementFailed("57014", "Query cancelled."),
    ],
    ids=lambda fault: str(fault)[:40],
)
def test_a_conflict_or_a_cold_start_is_tried_again_on_a_fresh_connection(
    lake: Lake, warehouse: Warehouse, watch: Watch, fault: Exception
) -> None:
    watch.act = Once("merge", "before", fault)
    opened = []

    def open_connection() -> Connection:
        opened.append(1)
        return warehouse.open()

    result = warehouse.load(lake.manifest("run-1", BEFORE), open_connection)
    assert len(opened) == 2
    assert result.new == 2
    assert warehouse.bars() == UNTOUCHED


def test_a_workgroup_that_wakes_up_is_waited_for(lake: Lake, warehouse: Warehouse) -> None:
    asleep = [WarehouseUnreachable("The workgroup did not answer."), InterfaceError("BrokenPipe: server socket closed.")]

    def open_connection() -> Connection:
        if asleep:
            raise asleep.pop()
        return warehouse.open()

    assert warehouse.load(lake.manifest("run-1", BEFORE), open_connection).new == 2


def test_a_workgroup_that_never_wakes_up_is_named(lake: Lake, warehouse: Warehouse) -> None:
    def open_connection() -> Connection:
        raise WarehouseUnreachable("The workgroup did not answer.")

    with pytest.raises(WarehouseUnreachable, match="did not answer"):
        warehouse.load(lake.manifest("run-1", BEFORE), open_connection, retries=1)


@pytest.mark.parametrize("code", ["22001", "42501", "XX000"])
def test_another_failure_is_not_tried_again(lake: Lake, warehouse: Warehouse, watch: Watch, code: str) -> None:
    watch.act = Once("merge", "before", StatementFailed(code, "no"))
    with pytest.raises(LoadFailed, match=f"1 attempt.*{code} no") as raised:
        warehouse.load(lake.manifest("run-1", BEFORE))
    assert raised.value.evidence["code"] == code
    assert warehouse.bars() == {}


def test_patience_ends(lake: Lake, warehouse: Warehouse, watch: Watch) -> None:
    watch.act = _conflict
    with pytest.raises(LoadFailed, match=r"3 attempt.*1023"):
        warehouse.load(lake.manifest("run-1", BEFORE), retries=2)
    watch.act = None
    assert warehouse.bars() == {}


def _conflict(event: StatementEvent) -> None:
    if event.kind == "merge" and event.phase == "before":
        raise StatementFailed("XX000", "1023", "Serializable isolation violation on table")


def test_two_loads_of_one_manifest_at_once_load_it_once(lake: Lake, warehouse: Warehouse) -> None:
    manifest = lake.manifest("run-1", BEFORE)
    gate = threading.Barrier(4)

    def run(_: int) -> int:
        gate.wait()
        return warehouse.load(manifest, retries=10).new

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(run, range(4))) == [0, 0, 0, 2]
    assert warehouse.bars() == UNTOUCHED
    assert warehouse.ask(AUDITED) == [("run-1", 2, 0, 0)]


def test_different_manifests_at_once_end_with_the_newest_observation(lake: Lake, warehouse: Warehouse) -> None:
    manifests = [lake.manifest(f"run-{day}", [("AAPL", "2026-01-02", f"{day}", f"2026-01-0{day}T22:00:00")]) for day in range(2, 6)]
    gate = threading.Barrier(4)

    def run(position: int) -> int:
        gate.wait()
        result = warehouse.load(manifests[position], retries=10)
        return result.new

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(run, range(4))) == [0, 0, 0, 1]
    assert warehouse.bars() == {("AAPL", "2026-01-02"): ("5.000000", "run-5")}
    assert warehouse.ask("SELECT COUNT(*) FROM ops.load_audit") == [(4,)]


def test_a_second_load_stages_nothing_before_the_first_has_ended(lake: Lake, warehouse: Warehouse, watch: Watch) -> None:
    manifests = [lake.manifest("run-1", BEFORE), lake.manifest("run-2", AFTER)]
    done: list[tuple[int, str]] = []
    waiting = threading.Semaphore(0)
    both_have_asked = threading.Event()

    def act(event: StatementEvent) -> None:
        if event.sql.startswith("UPDATE ops.load_turn_fact_daily_price") and event.phase == "before":
            waiting.release()
        if event.kind == "merge" and event.phase == "before" and not both_have_asked.is_set():
            # Both have asked for their turn before the first may go on.
            assert all(waiting.acquire(timeout=10) for _ in manifests)
            both_have_asked.set()
        if event.kind in {"copy", "commit"} and event.phase == "after":
            done.append((event.session, event.kind))

    watch.act = act
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda manifest: warehouse.load(manifest, retries=10), manifests))
    assert sum(result.new for result in results) == 3
    first = next(session for session, kind in done if kind == "commit")
    ended = done.index((first, "commit"))
    assert [kind for session, kind in done[:ended] if session != first] == []


def test_no_statement_the_server_received_is_a_forbidden_one(lake: Lake, warehouse: Warehouse, watch: Watch) -> None:
    watch.statements.clear()
    warehouse.load(lake.manifest("run-1", BEFORE))
    warehouse.load(lake.manifest("run-2", AFTER))
    with pytest.raises(LoadFailed):
        warehouse.load(lake.manifest("run-3", AFTER, rows=9))
    received = [" ".join(sql.split()) for sql in watch.statements]
    assert len(received) > 30
    forbidden = re.compile(
        # Of the mart that is computed anew per symbol, and of what a mart has staged, rows are deleted; of nothing else.
        r"\b(truncate|lock|vacuum|access_key_id|secret_access_key|credentials|drop)\b|testing"
        r"|delete from (?!market.adjustment_factor |load_(agg_weekly_price|agg_monthly_price|daily_metric|daily_price_adjusted) )",
        re.IGNORECASE,
    )
    assert [sql for sql in received if forbidden.search(sql)] == []
    copies = [sql for sql in received if sql.upper().startswith("COPY")]
    assert len(copies) == 3
    for sql in copies:
        assert re.fullmatch(r"COPY load_stage \([^)]+\) FROM 's3://[^']+\.json' IAM_ROLE default FORMAT AS PARQUET MANIFEST", sql)
    writes = [sql.split()[0] for sql in received if re.match(r"(?i)(insert into|update|merge into|copy) market\.fact_daily_price\b", sql)]
    assert writes == ["MERGE", "MERGE"]
