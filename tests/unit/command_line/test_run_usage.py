"""What is wrong with a watchlist or a range is said before anything is started."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from flows.command_line import environment, run
from flows.command_line.run import run_flow
from tasks.errors import WrongUsage
from tasks.lake.store import LakeStore
from tasks.orchestration.backfill_plan import RangeUnfit
from tasks.orchestration.clients import Clients
from tasks.orchestration.planning_inputs import Selection
from tasks.orchestration.settings import Settings


@pytest.mark.parametrize(
    ("text", "fact"),
    [(None, "No watchlist at"), ("symbols:\n  - {symbol: IBM, exchange: NOWHERE}\n", "NOWHERE"), ("symbols: []\n", "symbol")],
)
def test_a_wrong_watchlist_is_refused_before_anything_starts(
    text: str | None, fact: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: object, **__: object) -> None:
        pytest.fail("the stack was started")

    monkeypatch.setattr(environment, "ready", started)
    place = tmp_path / "list.yaml"
    if text is not None:
        place.write_text(text)
    # A command writes what it chose into its own environment, which here is that of all tests.
    with patch.dict(os.environ, {"TICKERHOUSE_HOME": str(tmp_path / "home")}), pytest.raises(WrongUsage, match=fact):
        run_flow("daily_prices", None, "", None, watchlist=str(place))
    assert not (tmp_path / "home").exists()


def test_a_range_begins_where_the_setting_says_before_a_run_begins(store: LakeStore) -> None:
    clients = Clients(Settings(source="synthetic", bucket=store.bucket, backfill=date(2020, 1, 2)))
    moment = datetime(2026, 6, 30, 12, tzinfo=UTC)
    with pytest.raises(RangeUnfit, match=r"2015-12-31, lies before the first one, 2020-01-02\."):
        run._check_selection(clients, Selection(["IBM"]), moment, {"from_session": None, "to_session": date(2015, 12, 31)})
    run._check_selection(clients, Selection(["IBM"]), moment, {"from_session": date(2015, 1, 2), "to_session": date(2015, 12, 31)})
