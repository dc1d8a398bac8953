"""The runbook's restore: a warehouse that was set back to an earlier point gets back what it lost, and no call is sent for it."""

import pytest

from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.server, pytest.mark.deep]

BARS = "select symbol, count(*) from market.fact_daily_price group by symbol order by symbol"
LOST = (
    "delete from market.fact_daily_price where symbol = 'ZZM041'",
    "delete from market.daily_metric where symbol = 'ZZM041'",
    "delete from ops.load_audit where run_id = (select max(run_id) from ops.load_audit where dataset = 'daily_prices')",
)
PLACE = {"TICKERHOUSE_ENVIRONMENT": "restored"}


def _bars(home: Home) -> list[str]:
    return home.call("sql", BARS, "--csv", **PLACE).lines[1:]


def _lose_the_second_load(home: Home) -> None:
    for statement in LOST:
        assert home.call("sql", statement, **PLACE).exit_status == 0
    assert _bars(home) == ["ZZM040,100"]


def test_what_a_restore_took_away_comes_back(shared: Home) -> None:
    """By the next run that connects, and by a rebuild; a table that was emptied by hand is told of."""
    for symbols, moment in (("ZZM040", "2026-06-30T12:00:00Z"), ("ZZM041", "2026-06-30T12:00:00Z")):
        assert shared.call("run", "--symbols", symbols, "--as-of", moment, **PLACE).exit_status == 0
    before = _bars(shared)
    assert before == ["ZZM040,100", "ZZM041,100"]

    _lose_the_second_load(shared)
    rebuilt = shared.call("rebuild", **PLACE)
    assert rebuilt.exit_status == 0, rebuilt.err
    assert _bars(shared) == before

    _lose_the_second_load(shared)
    run = shared.call("run", "--symbols", "ZZM040,ZZM041,ZZM042", "--as-of", "2026-06-30T12:00:00Z", **PLACE)
    summary = shared.last_run()
    assert (run.exit_status, summary["calls"]["sent"]) == (0, 1), run.err
    assert [warning for warning in summary["warnings"] if warning.startswith("The warehouse was set back")], summary["warnings"]
    assert _bars(shared) == [*before, "ZZM042,100"]

    assert shared.call("sql", "delete from market.fact_daily_price where symbol = 'ZZM040'", **PLACE).exit_status == 0
    emptied = shared.call("run", "--symbols", "ZZM043", "--as-of", "2026-06-30T12:00:00Z", **PLACE)
    assert (emptied.exit_status, shared.last_run()["error"]["name"]) == (1, "BarsLost")
    assert "tickerhouse rebuild" in emptied.out
