"""One load undone by command: former values stand again, the next run requests what went, and a rebuild and a recovery repeat the undo."""

from pathlib import Path

import pytest

from tasks.datasets import SCHEMAS
from tasks.warehouse.rebuild import rebuilt_tables
from tests.end_to_end.conftest import Home
from tests.end_to_end.made_up import AFTER, BEFORE, SYMBOLS, write

pytestmark = pytest.mark.server

STATE = (
    "select session_date, close, volume, observed_at from market.fact_daily_price order by 1",
    "select session_date, close, superseded_at from market.fact_daily_price_revision order by 1, 3",
    "select session_date, adjusted_close, average_close_7, json_serialize(last_closes) from market.daily_metric order by 1",
    "select week_start, session_count, close, volume from market.agg_weekly_price order by 1",
    "select symbol, ex_date, amount from market.fact_dividend order by 1, 2",
)


def _state(home: Home, replay: Path) -> list[str]:
    return [line for sql in STATE for line in home.call("sql", sql, "--csv", "--replay", str(replay)).lines]


def test_an_undone_load_leaves_what_stood_before_it(shared: Home, tmp_path: Path) -> None:
    """The older of two loads is refused while the newer stands, and both can be undone in turn."""
    replay = write(tmp_path)
    on = ("--replay", str(replay))

    def run(moment: str) -> str:
        ended = shared.call("run", *SYMBOLS, "--as-of", moment, *on)
        assert ended.exit_status in (0, 3), ended.err
        return str(shared.last_run()["run_id"])

    first = run(BEFORE)
    before = _state(shared, replay)
    second = run(AFTER)
    after = _state(shared, replay)
    assert after != before

    note = ("--note", "a wrong answer", "--by", "M. Curie", "--dataset", "daily_prices")
    refused = shared.call("undo", first, *note, *on)
    assert refused.exit_status == 1
    assert second in refused.err
    bars = after.index("session_date,close,superseded_at")
    assert _state(shared, replay)[:bars] == after[:bars]

    undone = shared.call("undo", second, *note, *on)
    assert undone.exit_status == 0, undone.err
    assert _state(shared, replay) == before
    again = shared.call("undo", second, *note, *on)
    assert (again.exit_status, "had been undone" in again.out) == (0, True)

    assert shared.call("rebuild", *on).exit_status == 0
    assert _state(shared, replay) == before

    # A restore to before the first load, and a run that has something to load.
    for table in (*rebuilt_tables(SCHEMAS), "ops.load_audit"):
        assert shared.call("sql", f"delete from {table}", *on).exit_status == 0
    run(AFTER)
    (told,) = [warning for warning in shared.last_run()["warnings"] if "set back" in warning]
    assert " and 1 undo that it had lost" in told
    bars = after.index("session_date,close,superseded_at")
    assert _state(shared, replay)[:bars] == after[:bars]
