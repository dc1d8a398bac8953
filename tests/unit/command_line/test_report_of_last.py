"""Which run `tickerhouse report` draws where none is named."""

import pytest

from flows.command_line.open import RunUnknown
from flows.command_line.report import _summary
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.quality.report_index import IndexEntry
from tasks.records import Status


def entry(run_id: str, status: Status, rows: int = 0) -> IndexEntry:
    return IndexEntry(run_id, "daily_prices", "2026-11-20T12:00:00+00:00", is_open=True, rows=rows, quarantined=0, rate=0.0, status=status)


def test_the_last_run_that_did_something_is_drawn_also_where_it_failed(store: LakeStore) -> None:
    runs = entry("idle", Status.UP_TO_DATE), entry("broken", Status.FAILED), entry("whole", Status.COMPLETED, rows=5)
    for listed, drawn in ((runs, "broken"), (runs[2:], "whole"), (runs[:1], "idle")):
        state.verdicts().write(store, listed)
        with pytest.raises(RunUnknown, match=f"No run {drawn} is known"):
            _summary(store, "last")
