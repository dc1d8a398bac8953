"""Step 1: what to ask, in order, and what was left out. The door to ``tasks/planning``."""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks import sessions
from tasks.alpha_vantage.plans import PLANS
from tasks.alpha_vantage.scrub import key_fingerprint
from tasks.aws import open_lake, read_api_key
from tasks.lake.coverage import read_coverage
from tasks.lake.ledger import read_ledger
from tasks.planning.budget import calls_left, from_json, resets_at
from tasks.planning.plan import make_plan
from tasks.planning.watchlist import WatchlistEntry, check_symbols
from tasks.records import OutputSize, Plan
from tasks.run import Run
from tasks.schema import DAILY_PRICES
from tasks.step import step, step_logger
from tasks.watchlist import find_watchlist

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
    return find_watchlist(run.settings, watchlist or "").entries
