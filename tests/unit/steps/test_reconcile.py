from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from tasks.datasets import DAILY_PRICES
from tasks.quality.verdict import Verdict
from tasks.reconcile import count_checks
from tasks.records import CuratedFile, LoadResult
from tasks.results.dataset_result import ParsedRows
from tasks.results.row_counts import RowCountMismatch, checks_of_load, differing_captures, refuse_mismatch, rows_by_capture
from tasks.schema import PARSED_DAILY_PRICES
from tasks.sessions import SessionClock

CLOCK = SessionClock(datetime(2024, 1, 10, tzinfo=UTC), timedelta(hours=4))


def bars(*sessions: int, capture: str = "raw/a") -> pa.Table:
    columns = {name: pa.nulls(len(sessions), PARSED_DAILY_PRICES.field(name).type) for name in PARSED_DAILY_PRICES.names}
    columns["symbol"] = pa.array(["MSFT"] * len(sessions))
    columns["capture_key"] = pa.array([capture] * len(sessions))
    columns["session_date"] = pa.array([date(2024, 1, day) for day in sessions])
    return pa.table([columns[name] for name in PARSED_DAILY_PRICES.names], schema=PARSED_DAILY_PRICES)


# One bar deferred, one repeated, one quarantined, two of one session by two observations: two rows remain.
FINAL = bars(2, 2, 3, 4, 4)
PARSED = ParsedRows(FINAL, bars(5), CLOCK, (), {"raw/a": 6})
QUARANTINED = DAILY_PRICES.checks.quarantined
VERDICT = Verdict(
    run_id="run-1",
    suite="daily_prices",
    rows=5,
    duplicates=1,
    deferred=1,
    table=FINAL,
    passes=np.array([True, False, False, True, True]),
    quarantined=pa.table([pa.nulls(1, field.type) for field in QUARANTINED], names=QUARANTINED.names),
    hard_failures=(),
    warnings=(),
    reason_counts={},
    quarantined_by_symbol={},
    wholly_quarantined=(),
    examples=(),
)
CURATED = CuratedFile("f", "1" * 64, 10, 2, "daily_prices", "run-1")
LOADED = LoadResult(staged=2, new=1, changed=0, unchanged=1, touched={})


def test_the_layers_of_a_sound_run_add_up() -> None:
    checks = (*count_checks(DAILY_PRICES, PARSED, VERDICT, CURATED), *checks_of_load(CURATED.rows, LOADED))
    assert [(check.left, check.right, check.holds) for check in checks] == [
        (6, 6, True),
        (6, 6, True),
        (2, 2, True),
        (2, 2, True),
        (2, 2, True),
    ]
    refuse_mismatch(checks)


@pytest.mark.parametrize(
    ("parsed", "curated", "claim"),
    [
        (replace(PARSED, counted={"raw/a": 7}), CURATED, "rows counted in the captures = parsed: 7 is not 6"),
        (replace(PARSED, final=bars(2, 2, 3, 4)), CURATED, r"parsed = deferred \+ duplicates \+ accepted \+ quarantined: 5 is not 6"),
        (PARSED, replace(CURATED, rows=0), "different rows accepted = curated: 2 is not 0"),
    ],
)
def test_a_row_that_is_lost_or_made_up_stops_the_dataset_before_its_load(parsed: ParsedRows, curated: CuratedFile, claim: str) -> None:
    with pytest.raises(RowCountMismatch, match=claim):
        refuse_mismatch(count_checks(DAILY_PRICES, parsed, VERDICT, curated))


def test_a_mismatch_names_the_captures_it_is_about() -> None:
    parsed = replace(PARSED, deferred=bars(5, capture="raw/b"), counted={"raw/a": 5, "raw/b": 2})
    differing = list(differing_captures(parsed.counted, rows_by_capture(parsed.final, parsed.deferred)))
    with pytest.raises(RowCountMismatch, match=r"7 is not 6 \(raw/b\)\.") as caught:
        refuse_mismatch(count_checks(DAILY_PRICES, parsed, VERDICT, CURATED), differing)
    assert caught.value.evidence["captures"] == ["raw/b"]


def test_a_load_that_lost_a_row_is_seen() -> None:
    assert [check.holds for check in checks_of_load(2, replace(LOADED, unchanged=0))] == [True, False]
    assert [check.holds for check in checks_of_load(2, replace(LOADED, staged=1, unchanged=0))] == [False, True]
