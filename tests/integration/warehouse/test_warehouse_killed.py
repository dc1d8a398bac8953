"""A real loader process, killed with signal 9 at random points, and the load run again: 4 in ``make test``, 40 in ``make test-all``."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from tests.depth import IS_DEEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.redshift import StatementEvent
    from tasks.records import Manifest
    from tests.integration.warehouse.conftest import Lake, Warehouse, Watch

pytestmark = pytest.mark.embedded

LOADERS = """
import json, os, sys
import boto3
from tasks.records import Manifest
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.warehouse.connection import WarehouseAddress, connect
from tasks.warehouse.load import load
from tasks.warehouse.options import LoadOptions

for _ in range(int(sys.argv[1])):
    loader = os.fork()
    if not loader:
        asked = json.loads(open(0, "rb", buffering=0, closefd=False).readline())
        address = WarehouseAddress(**asked["address"])
        client = boto3.client("redshift-serverless", region_name=address.region)
        load(lambda: connect(address, client), Manifest(**asked["manifest"]), DAILY_PRICES, LoadOptions(retries=0))
        os._exit(0)
    print(loader, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(loader, 0)[1]), flush=True)
"""
"""One loader after the other, each a process of its own that waits to be told what to load; what takes long, importing, is done once."""
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
POINTS = 40 if IS_DEEP else 4


def everything(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    return {table: warehouse.ask(f"SELECT {columns} FROM {table} ORDER BY 1, 2") for table, columns in TABLES.items()}


@contextmanager
def begin_loaders(count: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", LOADERS, str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as loaders:
        yield loaders


def next_number(loaders: subprocess.Popen[str]) -> int:
    """A loader's process id when it has begun, its exit status when it has ended."""
    assert loaders.stdout is not None
    return int(loaders.stdout.readline())


def tell(loaders: subprocess.Popen[str], warehouse: Warehouse, manifest: Manifest) -> None:
    assert loaders.stdin is not None
    loaders.stdin.write(json.dumps({"address": asdict(warehouse.address), "manifest": asdict(manifest)}) + "\n")
    loaders.stdin.flush()


def test_a_loader_killed_at_random_points_ends_as_if_undisturbed(lake: Lake, warehouse: Warehouse, watch: Watch) -> None:
    first, second = lake.manifest("run-1", BEFORE), lake.manifest("run-2", AFTER)
    warehouse.load(first)
    seen: list[str] = []
    watch.act = lambda event: seen.append(event.phase)
    warehouse.load(second)
    watch.act = None
    expected = everything(warehouse)
    # The same points in every run of the test, and always the one just after COMMIT, whose answer is then lost.
    points = sorted({*random.Random(5).sample(range(len(seen) - 1), POINTS - 1), len(seen) - 1})  # noqa: S311 - no secret
    survived = 0
    with begin_loaders(len(points)) as loaders:
        for point in points:
            warehouse.empty()
            warehouse.load(first)
            loader = next_number(loaders)
            events = 0

            def kill(_event: StatementEvent, loader: int = loader, point: int = point) -> None:
                nonlocal events
                if events == point:
                    os.kill(loader, signal.SIGKILL)
                events += 1

            watch.act = kill
            tell(loaders, warehouse, second)
            assert next_number(loaders) == -signal.SIGKILL
            watch.act = None
            assert warehouse.ask("SELECT COUNT(*) FROM ops.load_audit")[0][0] in {1, 2}
            warehouse.load(second, retries=10)
            assert everything(warehouse) == expected, f"killed at statement event {point}"
            survived += 1
    assert survived == POINTS
