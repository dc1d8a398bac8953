"""What is wrong with the words of a command is told before anything is started."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from flows.command_line import environment, plan, quarantine, run, undo
from flows.command_line.run import run_flow
from tasks.errors import WrongUsage
from tasks.lake.store import LakeStore
from tasks.orchestration.backfill_plan import RangeUnfit
from tasks.orchestration.clients import Clients
from tasks.orchestration.planning_inputs import NoSuchExchange, Selection
from tasks.orchestration.settings import Settings
from tasks.release import Choice, NothingChosen
from tasks.undo import LoadNotChosen


@pytest.fixture
def _nothing_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def started(*_: object, **__: object) -> None:
        pytest.fail("the stack was started")

    for module in (environment, plan, quarantine, undo):
        monkeypatch.setattr(module, "ready", started)
    # A command writes what it chose into its own environment, which here is that of all tests.
    with patch.dict(os.environ, {"TICKERHOUSE_HOME": str(tmp_path / "home")}):
        yield
    assert not (tmp_path / "home").exists()


@pytest.mark.usefixtures("_nothing_starts")
@pytest.mark.parametrize(
    ("text", "fact"),
    [(None, "No watchlist at"), ("symbols:\n  - {symbol: IBM, exchange: NOWHERE}\n", "NOWHERE"), ("symbols: []\n", "symbol")],
)
def test_a_wrong_watchlist_is_refused_before_anything_starts(text: str | None, fact: str, tmp_path: Path) -> None:
    place = tmp_path / "list.yaml"
    if text is not None:
        place.write_text(text)
    with pytest.raises(WrongUsage, match=fact):
        run_flow("daily_prices", None, "", None, watchlist=str(place))


def backfill(first: str, last: str) -> None:
    run_flow("backfill", "IBM", "", None, more=run.session_range(first, last))


def plan_of_backfill(first: str, last: str) -> None:
    plan.print_plan("IBM", "", None, None, as_json=False, probe=False, flow="backfill", first=first, last=last)


@pytest.mark.usefixtures("_nothing_starts")
@pytest.mark.parametrize("command", [backfill, plan_of_backfill])
@pytest.mark.parametrize(("first", "last"), [("2024-12-31", "2020-01-02"), ("2024-12-25", "2024-12-25"), ("2999-01-01", "")])
def test_a_wrong_range_is_refused_before_anything_starts(command: Callable[[str, str], None], first: str, last: str) -> None:
    with pytest.raises(RangeUnfit, match=first):
        command(first, last)


@pytest.mark.usefixtures("_nothing_starts")
def test_an_unknown_exchange_is_refused_before_anything_starts() -> None:
    with pytest.raises(NoSuchExchange, match="XNOWHERE"):
        run_flow("daily_prices", None, "", None, exchange="XNOWHERE")


@pytest.mark.usefixtures("_nothing_starts")
@pytest.mark.parametrize(
    ("choice", "note", "fact"),
    [
        (Choice(), "seen", "No bars chosen to release."),
        (Choice(symbol="DMGD"), " ", "A release needs a note"),
        (Choice(symbol="DMGD"), "x" * 4097, "A release needs a note"),
    ],
)
def test_a_release_that_lacks_a_word_is_refused_before_anything_starts(choice: Choice, note: str, fact: str) -> None:
    with pytest.raises(NothingChosen, match=fact):
        quarantine.release(choice, "", note, None)


@pytest.mark.usefixtures("_nothing_starts")
def test_an_undo_without_a_reason_is_refused_before_anything_starts() -> None:
    with pytest.raises(LoadNotChosen, match="An undo needs a note"):
        undo.undo_run("20261120T093500Z-1a2b3c4d", "", "", "", None)


def test_a_range_begins_where_the_setting_says_before_a_run_begins(store: LakeStore) -> None:
    clients = Clients(Settings(source="synthetic", bucket=store.bucket, backfill=date(2020, 1, 2)))
    moment = datetime(2026, 6, 30, 12, tzinfo=UTC)
    with pytest.raises(RangeUnfit, match=r"2015-12-31, lies before the first one, 2020-01-02\."):
        run._check_selection(clients, Selection(["IBM"]), moment, {"from_session": None, "to_session": date(2015, 12, 31)})
    run._check_selection(clients, Selection(["IBM"]), moment, {"from_session": date(2015, 1, 2), "to_session": date(2015, 12, 31)})
