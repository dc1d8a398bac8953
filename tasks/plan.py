"""Step 1: what to ask, in order, and what was left out. The door to ``tasks/planning``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks import sessions
from tasks.alpha_vantage.plans import PLANS
from tasks.alpha_vantage.scrub import key_fingerprint
from tasks.aws import open_lake, open_session, read_api_key
from tasks.errors import WrongUsage
from tasks.lake.client import s3_client
from tasks.lake.coverage import read_coverage
from tasks.lake.ledger import read_ledger
from tasks.lake.store import LakeStore
from tasks.planning.budget import calls_left, from_json, resets_at
from tasks.planning.plan import make_plan
from tasks.planning.watchlist import Watchlist, WatchlistEntry, check_symbols, read_watchlist
from tasks.records import OutputSize, Plan
from tasks.run import Run
from tasks.schema import DAILY_PRICES
from tasks.step import step, step_logger

logger = step_logger("plan")


@dataclass(frozen=True)
class Planned:
    """The plan and how it came about.

    Attributes:
        plan: what to ask.
        symbol_count: how many symbols it was made for.
        may_fall_back: whether a call for the whole history may become one for the latest 100 sessions where the key's plan lacks it;
            not where a person asked for the whole history in so many words.
    """

    plan: Plan
    symbol_count: int
    may_fall_back: bool


class WatchlistMissing(WrongUsage):
    """There is no watchlist where settings look for it."""


@step("plan")
def plan_calls(run: Run, symbols: Sequence[str] | None, watchlist: str | None, output_size: OutputSize | None) -> Planned:
    """Plans the calls of a run from watchlist, coverage, the calendar and what is left of the day's budget.

    Args:
        run: the run.
        symbols: asked for in place of the watchlist.
        watchlist: a file or ``s3://`` address in place of the one settings name.
        output_size: asked for in place of the planner's choice.

    Raises:
        WrongUsage: a symbol or a line of the watchlist cannot be, or there is no watchlist.
        LakeError: the lake cannot be read.
    """
    settings = run.settings
    lake = open_lake(settings, settings.ingest_role)
    lake.check()
    entries = _entries(run, symbols, watchlist)
    profile = PLANS[settings.plan]
    ledger = from_json(read_ledger(lake, key_fingerprint(read_api_key(settings))))
    plan = make_plan(
        [entry.symbol for entry in entries],
        read_coverage(lake, DAILY_PRICES.name),
        {entry.symbol: sessions.last_final_session(run.as_of, settings.settling, entry.exchange) for entry in entries},
        calls_left(profile, ledger, run.started_at),
        output_size,
        full_history=settings.output_size == "full" and settings.plan != "free",
        resets_at=resets_at(run.started_at),
        exchanges={entry.symbol: entry.exchange for entry in entries},
    )
    logger.info("calls %s · symbols held already %s · left out %s", len(plan.calls), len(plan.held), len(plan.left_out))
    return Planned(plan, len(entries), may_fall_back=output_size is None)


def _entries(run: Run, symbols: Sequence[str] | None, watchlist: str | None) -> tuple[WatchlistEntry, ...]:
    if symbols:
        return tuple(WatchlistEntry(symbol) for symbol in check_symbols(symbols))
    place = watchlist or run.settings.watchlist
    return _read(run, place).entries


def _read(run: Run, place: str) -> Watchlist:
    if place.startswith("s3://"):
        bucket, _, key = place.removeprefix("s3://").partition("/")
        store = LakeStore(s3_client(open_session(run.settings, run.settings.ingest_role), run.settings.region), bucket)
        return read_watchlist(store.get(key).decode(), place)
    file = Path(place)
    if not file.is_file():
        raise WatchlistMissing(f"There is no watchlist {place}.", "Set TICKERHOUSE_WATCHLIST, or name symbols with --symbols.")
    return read_watchlist(file.read_text(), place)
