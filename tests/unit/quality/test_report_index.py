import re
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.datasets.daily_prices import CHECKS as DAILY_PRICES
from tasks.quality.gate import Gate
from tasks.quality.report_index import LISTED, IndexEntry, index_entry, index_page, with_entry
from tasks.quality.verdict import Verdict
from tasks.schema import PARSED_DAILY_PRICES


def entry(number: int, **changes: Any) -> IndexEntry:
    fields: dict[str, Any] = {
        "run_id": f"20261120T{number:06}Z-1a2b3c4d",
        "suite": "daily_prices",
        "judged_at": "2026-11-20T21:30:00+00:00",
        "is_open": True,
        "rows": 600,
        "quarantined": 3,
        "rate": 0.005,
        **changes,
    }
    return IndexEntry(**fields)


def listed(*entries: IndexEntry) -> tuple[IndexEntry, ...]:
    runs: tuple[IndexEntry, ...] = ()
    for each in entries:
        runs = with_entry(runs, each)
    return runs


def test_runs_are_listed_newest_first_with_their_rates_and_reasons() -> None:
    page = index_page(listed(entry(1), entry(2, is_open=False, rate=0.081, reasons=("high is below low",))), "s3://lake/quality/")
    assert re.findall(r"href='([^']+)'", page) == [
        "20261120T000002Z-1a2b3c4d/index.html",
        "20261120T000001Z-1a2b3c4d/index.html",
    ]
    for told in ("The latest 2 runs; the gate was closed for 1 of them.", "8.1 %", "0.5 %", "high is below low", "2026-11-20 21:30:00"):
        assert told in page


def test_the_page_is_bounded_however_many_runs_there_were() -> None:
    runs = listed(*(entry(number) for number in range(LISTED + 50)))
    assert len(runs) == LISTED
    assert runs[0].run_id == entry(LISTED + 49).run_id
    assert len(index_page(runs, "s3://lake/")) < 120_000


def test_a_run_that_is_judged_again_stands_once() -> None:
    (run,) = listed(entry(1), entry(1, is_open=False))
    assert run.is_open is False


def test_the_page_fetches_nothing_and_shows_what_is_hostile() -> None:
    page = index_page(listed(entry(1, reasons=("<script src='//x'>",))), "<b>")
    assert "<script" not in page
    assert "<b>" not in page
    assert not re.search(r"(src|https?:)\s*=?\s*['\"]?//", page)
    assert "url(" not in page


def test_an_empty_index_says_so() -> None:
    assert "No run yet." in index_page([], "s3://lake/")


def test_a_verdict_becomes_one_line() -> None:
    rows = pa.table([pa.nulls(4, field.type) for field in PARSED_DAILY_PRICES], names=PARSED_DAILY_PRICES.names)
    verdict = Verdict(
        run_id="run-1",
        suite="daily_prices",
        rows=4,
        duplicates=0,
        deferred=0,
        table=rows,
        passes=np.array([True, True, True, False]),
        quarantined=pa.table([pa.nulls(1, field.type) for field in DAILY_PRICES.quarantined], names=DAILY_PRICES.quarantined.names),
        hard_failures=(),
        warnings=(),
        reason_counts={"a": 1, "b": 1, "c": 1, "d": 1},
        quarantined_by_symbol={"X": 1},
        wholly_quarantined=("X",),
        examples=(),
    )
    line = index_entry(verdict, Gate(is_open=False), date(2026, 11, 20).isoformat())
    assert (line.rows, line.quarantined, line.rate, line.reasons, line.wholly_quarantined) == (4, 1, 0.25, ("a", "b", "c"), 1)
