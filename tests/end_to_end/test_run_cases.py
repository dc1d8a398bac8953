"""Answers that were loaded wrongly once, replayed through the command, each with its right outcome; skipped where they are not there."""

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ROOT, Ended, Home

CASES = ROOT / ".." / "shared" / "cases"
LISTING = ROOT / ".." / "shared" / "recorded" / "listings" / "listing_status-active-2026-05-17.csv"

pytestmark = [pytest.mark.server, pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not there")]


def _replay(home: Home, folder: Path, *words: str, day: str = "2026-11-21", **settings: str) -> Ended:
    return home.call(*words, "--as-of", f"{day}T12:00:00Z", "--replay", str(folder), **settings)


def _ask(home: Home, folder: Path, sql: str, **settings: str) -> list[str]:
    return home.call("sql", sql, "--csv", "--replay", str(folder), **settings).lines[1:]


def test_a_symbol_of_bombay_is_planned_beside_one_of_new_york(shared: Home) -> None:
    settings = {"TICKERHOUSE_WATCHLIST": str(CASES / "watchlist-bse.yaml"), "TICKERHOUSE_ENVIRONMENT": "cases"}
    ended = _replay(shared, CASES, "run", **settings)
    refusals = {each["symbol"]: each["name"] for each in shared.last_run()["refusals"]}
    assert refusals == {"CTRL": "InvalidCall", "RELIANCE.BSE": "InvalidCall"}, ended.out + ended.err


def test_a_change_of_unit_inside_an_answer_is_told(shared: Home) -> None:
    ended = _replay(shared, CASES, "run", "--symbols", "VOD.LON", TICKERHOUSE_ENVIRONMENT="cases")
    summary = shared.last_run()
    assert (ended.exit_status, summary["rows"]["new"], summary["rows"]["quarantined"]) == (0, 100, 0)
    assert [warning for warning in summary["warnings"] if "VOD.LON 2026-11-09" in warning], summary["warnings"]
    assert not [warning for warning in summary["warnings"] if warning.startswith("session before is missing")]


def test_dividends_with_odd_side_fields_are_loaded(shared: Home) -> None:
    settings = {"TICKERHOUSE_ENVIRONMENT": "cases"}
    _replay(shared, CASES, "corporate-actions", "--symbols", "IBM,NVDX,SPCL", **settings)
    found = _ask(
        shared,
        CASES,
        "select symbol, count(*), sum(amount), count(declaration_date) from market.fact_dividend group by 1 order by 1",
        **settings,
    )
    assert [line.split(",")[:2] for line in found] == [["IBM", "1"], ["NVDX", "3"], ["SPCL", "1"]]
    assert (found[0].split(",")[2:], found[2].split(",")[2][:4]) == (["1.6700000000000", "0"], "0.48")


@pytest.mark.skipif(not LISTING.is_file(), reason="the recorded listing is not there")
def test_a_sector_that_is_called_none_is_null(shared: Home, tmp_path: Path) -> None:
    settings = {"TICKERHOUSE_ENVIRONMENT": "cases"}
    for file in (LISTING, CASES / "overview-a-sector-none.json"):
        shutil.copy(file, tmp_path)
    _replay(shared, tmp_path, "listings", "--symbols", "A", **settings)
    found = _ask(shared, tmp_path, "select count(*), count(sector), count(industry) from market.dim_symbol where symbol = 'A'", **settings)
    assert found == ["1,0,0"]


def test_an_older_copy_changes_nothing_and_the_newest_held_is_named(shared: Home) -> None:
    settings = {"TICKERHOUSE_ENVIRONMENT": "cases"}
    first = _replay(shared, CASES, "run", "--symbols", "FLAP", **settings)
    assert (first.exit_status, shared.last_run()["rows"]["new"]) == (0, 100)
    again = _replay(shared, CASES, "run", "--symbols", "FLAP", day="2026-11-24", **settings)
    (symbol,) = shared.last_run()["symbols"]
    assert (again.exit_status, symbol["reason"]) == (3, "session 2026-11-23 was due; the newest that is held is 2026-11-20")
    assert _ask(shared, CASES, "select count(*), max(session_date) from market.fact_daily_price where symbol = 'FLAP'", **settings) == [
        "100,2026-11-20"
    ]
