"""One figure of the gate, taken in a process of its own; prints it as JSON.

``python -m tests.benchmarks.quality_gate.measure NAME FILE``
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.curation.parquet import to_parquet
from tasks.datasets.daily_prices import CHECKS as DAILY_PRICES
from tasks.quality import great_expectations
from tasks.quality.context import Context, Market
from tasks.quality.quarantine import for_warehouse
from tasks.quality.quarantine import to_parquet as to_quarantine
from tasks.quality.report_index import IndexEntry, index_page, with_entry
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.quality.verdict import Verdict
from tasks.schema import PARSED_DAILY_PRICES, QUARANTINED_BARS
from tests.benchmarks.quality_gate.bars import NEWEST, SESSIONS, delivered, reference, symbols_of, texts_of, typed

ROOT = Path(__file__).resolve().parents[3]
MILLION = 1_000_000
BAD = 0.02
RUNS = 10


def _read(bars: Path) -> pa.Table:
    with pa.OSFile(str(bars), "rb") as file:
        return pa.ipc.open_file(file).read_all()


def _classify(bars: pa.Table, rows: int = MILLION) -> Verdict:
    suite = load_suite(ROOT / "expectations" / "daily_prices.json", DAILY_PRICES)
    return validate(bars, DAILY_PRICES, suite, run_id="run-1", context=Context(Market(SESSIONS, NEWEST), symbols_of(rows)))


def _warm() -> None:
    """Imports and first calls, which every process pays once."""
    _classify(typed(texts_of(delivered(2_000, 0.1))), 2_000)


def _measured(act: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    """Seconds of the wall and of the processor, and how many MB the resident memory rose above where it was."""
    pa.default_memory_pool().release_unused()
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    begun, spent = time.perf_counter(), time.process_time()
    result = act()
    taken = {"seconds": time.perf_counter() - begun, "processor": time.process_time() - spent}
    return {**taken, "megabytes": (_status("VmHWM") - before) / 1_000}, result


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(name))


def _measure(name: str, bars: Path) -> dict[str, Any]:
    if name == "oracle":
        return _oracle()
    if name.startswith("index"):
        return _index(int(name.removeprefix("index")))
    if name == "write":
        table = typed(texts_of(delivered(MILLION, BAD)))
        with pa.OSFile(str(bars), "wb") as file, pa.ipc.new_file(file, PARSED_DAILY_PRICES) as writer:
            writer.write_table(table, max_chunksize=50_000)
        return {}
    _warm()
    table = _read(bars)
    if name == "typing":
        texts = {
            column: table.column(column).combine_chunks() for column in table.column_names if column in {"symbol", *DAILY_PRICES.texts}
        }
        figures, _ = _measured(lambda: typed(texts))
    elif name == "validation":
        figures, _ = _measured(lambda: _classify(table))
    elif name == "quarantine":
        quarantined = _classify(table).quarantined
        figures, _ = _measured(
            lambda: (to_quarantine(quarantined, DAILY_PRICES), to_parquet(for_warehouse(quarantined, DAILY_PRICES), QUARANTINED_BARS))
        )
    elif name == "sections":
        result = _classify(table).result
        figures, _ = _measured(lambda: great_expectations.sections(result))
    else:
        each = []
        for _ in range(RUNS):
            figures, verdict = _measured(lambda: _classify(table))
            del verdict
            each.append(figures)
        return {"each": each}
    return figures


def _oracle() -> dict[str, Any]:
    _warm()
    frame = delivered(MILLION, 0.25)
    asked = symbols_of(MILLION)
    expected = reference(frame, asked)
    table = typed(texts_of(frame))
    figures, verdict = _measured(lambda: _classify(table))
    assert verdict.duplicates == 0, "the reference does not know bars that are delivered twice"
    bad = np.logical_or.reduce(list(expected.values()))
    held_back = np.zeros(MILLION, dtype=np.bool_) if verdict.passes is None else ~verdict.passes
    told: list[set[str]] = [set(each or ()) for each in verdict.quarantined.column("reasons").to_pylist()]
    names = list(expected)
    flags = np.column_stack([expected[name] for name in names])
    where = np.flatnonzero(held_back)
    disagreeing = int(np.count_nonzero(bad != held_back)) + sum(
        told[number] != {names[column] for column in np.flatnonzero(flags[row])} for number, row in enumerate(where)
    )
    return {**figures, "bad": int(bad.sum()), "disagreeing": disagreeing, "reasons": sum(1 for each in expected.values() if each.any())}


def _index(runs: int) -> dict[str, Any]:
    """Adding a run to the page of the latest ones, where that many were before."""
    sound = IndexEntry("run-99999", "daily_prices", "2026-11-20T00:00:00", is_open=True, rows=600, quarantined=3, rate=0.005)
    entries: tuple[IndexEntry, ...] = ()
    for number in range(runs):
        entries = with_entry(entries, IndexEntry(f"run-{number:05}", "daily_prices", "2026-11-20T00:00:00", True, 600, 3, 0.005))
    figures, page = _measured(lambda: index_page(with_entry(entries, sound), "s3://lake/quality/"))
    return {**figures, "bytes": len(page)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure(sys.argv[1], Path(sys.argv[2]))) + "\n")
