"""A real loader process, killed with signal 9 at twenty random points, and the load run again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from tasks.warehouse.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from infra.local.redshift import StatementEvent
    from tasks.records import Manifest
    from tests.integration.warehouse.conftest import Lake, Warehouse, Watch

pytestmark = pytest.mark.embedded

LOADER = """
import json, sys
from tasks.records import Manifest
from tasks.schema import DAILY_PRICES
from tasks.warehouse.connection import WarehouseAddress, connect
from tasks.warehouse.load import load

print("ready", flush=True)
asked = json.loads(sys.stdin.readline())
address = WarehouseAddress(**asked["address"])
load(lambda: connect(address), Manifest(**asked["manifest"]), DAILY_PRICES, copy_role="default", retries=0)
print("loaded", flush=True)
"""
BEFORE = [(symbol, f"2026-01-{day:02d}", f"{day}.5", "2026-01-09T22:00:00") for symbol in ("AAPL", "MSFT") for day in (5, 6, 7, 8, 9)]
AFTER = [
    *((symbol, f"2026-01-{day:02d}", f"{day}.25", "2026-01-13T22:00:00") for symbol in ("AAPL", "MSFT") for day in (8, 9, 12, 13)),
    ("NVDA", "2026-01-13", "99", "2026-01-13T22:00:00"),
]
TABLES = {
    "market.fact_daily_price": 'symbol, session_date, "open", high, low, close, volume, row_hash, observed_at, capture_key, run_id',
    "market.fact_daily_price_revision": "symbol, session_date, close, observed_at, capture_key, superseded_at, superseded_by, run_id",
    "market.daily_price_adjusted": "symbol, session_date, adjusted_close, price_factor",
    "market.daily_metric": "symbol, session_date, adjusted_close, daily_return, log_return",
    "market.agg_weekly_price": 'symbol, week_start, session_count, "open", high, low, close, volume',
    "ops.load_audit": "run_id, rows_staged, rows_new, rows_changed, rows_unchanged",
}
POINTS = 20


def everything(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    return {table: warehouse.ask(f"SELECT {columns} FROM {table} ORDER BY 1, 2") for table, columns in TABLES.items()}


def begin_loader() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", LOADER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ))


def run_loader(loader: subprocess.Popen[str], warehouse: Warehouse, manifest: Manifest) -> str:
    assert loader.stdin is not None
    assert loader.stdout is not None
    assert loader.stdout.readline() == "ready\n"
    loader.stdin.write(json.dumps({"address": asdict(warehouse.address), "manifest": asdict(manifest)}) + "\n")
    loader.stdin.flush()
    said = loader.stdout.read()
    loader.wait()
    loader.stdin.close()
    loader.stdout.close()
    return said


def test_a_loader_killed_at_twenty_random_points_ends_as_if_undisturbed(
    lake: Lake, warehouse: Warehouse, watch: Watch, new_warehouse: Callable[[], AbstractContextManager[Warehouse]]
) -> None:
    first, second = lake.manifest("run-1", BEFORE), lake.manifest("run-2", AFTER)
    with new_warehouse() as undisturbed:
        with closing(undisturbed.open()) as connection:
            migrate(connection)
        undisturbed.load(first)
        seen: list[str] = []
        watch.act = lambda event: seen.append(event.phase)
        undisturbed.load(second)
        watch.act = None
        expected = everything(undisturbed)
    # The same points in every run of the test, and always the one just after COMMIT, whose answer is then lost.
    points = sorted({*random.Random(5).sample(range(len(seen) - 1), POINTS - 1), len(seen) - 1})  # noqa: S311 - no secret
    survived = 0
    ahead: subprocess.Popen[str] | None = begin_loader()
    for number, point in enumerate(points):
        warehouse.empty()
        warehouse.load(first)
        loader, ahead = ahead, begin_loader() if number + 1 < len(points) else None
        assert loader is not None
        events = 0

        def kill(_event: StatementEvent, pid: int = loader.pid, point: int = point) -> None:
            nonlocal events
            if events == point:
                os.kill(pid, signal.SIGKILL)
            events += 1

        watch.act = kill
        said = run_loader(loader, warehouse, second)
        watch.act = None
        assert (loader.returncode, said) == (-signal.SIGKILL, "")
        assert warehouse.ask("SELECT COUNT(*) FROM ops.load_audit")[0][0] in {1, 2}
        warehouse.load(second, retries=10)
        assert everything(warehouse) == expected, f"killed at statement event {point}"
        survived += 1
    assert survived == POINTS
