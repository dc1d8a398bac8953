"""One load undone by command: former values stand again, the next run requests what went, and a rebuild and a recovery repeat the undo."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Undone:
    """Two loads, the newer of which was undone; what stood after each; the options of commands on their replay folder."""

    second: str
    before: list[str]
    after: list[str]
    on: tuple[str, ...]


NOTE = ("--note", "a wrong answer", "--by", "M. Curie", "--dataset", "daily_prices")


def _run(home: Home, moment: str, on: tuple[str, ...]) -> str:
    ended = home.call("run", *SYMBOLS, "--as-of", moment, *on)
    assert ended.exit_status in (0, 3), ended.err
    return str(home.last_run()["run_id"])


def _without_revisions(state: list[str]) -> list[str]:
    return state[: state.index("session_date,close,superseded_at")]


@pytest.fixture(scope="module")
def undone(shared: Home, tmp_path_factory: pytest.TempPathFactory) -> Undone:
    """The older of two loads is refused while the newer stands, and the newer is undone."""
    replay = write(tmp_path_factory.mktemp("undone"))
    on = ("--replay", str(replay))
    first = _run(shared, BEFORE, on)
    before = _state(shared, replay)
    second = _run(shared, AFTER, on)
    after = _state(shared, replay)
    assert after != before

    refused = shared.call("undo", first, *NOTE, *on)
    assert refused.exit_status == 1
    assert second in refused.err
    assert _without_revisions(_state(shared, replay)) == _without_revisions(after)

    ended = shared.call("undo", second, *NOTE, *on)
    assert ended.exit_status == 0, ended.err
    return Undone(second, before, after, on)


@pytest.mark.deep
def test_an_undone_load_leaves_what_stood_before_it(shared: Home, undone: Undone) -> None:
    assert _state(shared, Path(undone.on[1])) == undone.before
    again = shared.call("undo", undone.second, *NOTE, *undone.on)
    assert (again.exit_status, "had been undone" in again.out) == (0, True)


@pytest.mark.deep
def test_a_rebuild_and_a_recovery_repeat_an_undo(shared: Home, undone: Undone) -> None:
    replay = Path(undone.on[1])
    assert shared.call("rebuild", *undone.on).exit_status == 0
    assert _state(shared, replay) == undone.before

    # A restore to before the first load, and a run that has something to load.
    for table in (*rebuilt_tables(SCHEMAS), "ops.load_audit"):
        assert shared.call("sql", f"delete from {table}", *undone.on).exit_status == 0
    _run(shared, AFTER, undone.on)
    (told,) = [warning for warning in shared.last_run()["warnings"] if "set back" in warning]
    assert " and 1 undo that it had lost" in told
    assert _without_revisions(_state(shared, replay)) == _without_revisions(undone.after)
