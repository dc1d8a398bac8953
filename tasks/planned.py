"""What a plan is drawn from: watchlist, coverage, the calendar, the day's ledger and what the key may do. Nothing is asked for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tasks import sessions
from tasks.alpha_vantage.plans import PLANS
from tasks.alpha_vantage.scrub import key_fingerprint
from tasks.aws import open_lake, read_api_key
from tasks.lake.capabilities import read_capabilities
from tasks.lake.coverage import read_coverage
from tasks.lake.ledger import read_ledger
from tasks.planning import budget, capabilities
from tasks.planning.plan import DAILY, make_plan
from tasks.planning.shares import share_left
from tasks.planning.watchlist import WatchlistEntry, check_symbols
from tasks.records import OutputSize, Plan
from tasks.schema import DAILY_PRICES
from tasks.settings import Settings
from tasks.watchlist import find_watchlist

_FULL: Final = capabilities.capability_name(DAILY, "full")


@dataclass(frozen=True)
class Planned:
    """The plan and how it came about.

    Attributes:
        plan: what to ask.
        symbol_count: how many symbols it was made for.
        may_fall_back: whether a call for the whole history may become one for the latest 100 sessions where the key's plan lacks it;
            not where a person asked for the whole history in so many words.
        exchanges: the exchange of every symbol.
        notes: what a person should know about the plan, a sentence each.
    """

    plan: Plan
    symbol_count: int
    may_fall_back: bool
    exchanges: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def draw_plan(
    settings: Settings,
    as_of: datetime,
    now: datetime,
    symbols: Sequence[str] | None = None,
    watchlist: str | None = None,
    output_size: OutputSize | None = None,
) -> Planned:
    """Plans the calls of a run; reads the lake and writes nothing.

    Args:
        settings: the place of the run.
        as_of: the moment it speaks for, UTC.
        now: the present instant, UTC; the budget is of the real day.
        symbols: asked for in place of the watchlist.
        watchlist: a file or ``s3://`` address in place of the one settings name.
        output_size: asked for in place of the planner's choice.

    Raises:
        WrongUsage: a symbol or a line of the watchlist cannot be, or there is no watchlist.
        KeyMissing: there is no API key.
        LakeError: the lake cannot be read.
    """
    lake = open_lake(settings, settings.ingest_role)
    lake.check()
    entries = _entries(settings, symbols, watchlist)
    profile, fingerprint = PLANS[settings.plan], key_fingerprint(read_api_key(settings))
    ledger = budget.from_json(read_ledger(lake, fingerprint))
    known = capabilities.from_json(read_capabilities(lake, fingerprint))
    may_ask_full = capabilities.what_is_known(known, _FULL, now)
    wants_full = output_size is None and settings.output_size == "full"
    exchanges = {entry.symbol: entry.exchange for entry in entries}
    plan = make_plan(
        list(exchanges),
        read_coverage(lake, DAILY_PRICES.name),
        {symbol: sessions.last_final_session(as_of, settings.settling, exchange) for symbol, exchange in exchanges.items()},
        share_left(profile, ledger, now),
        output_size,
        full_history=wants_full and (profile.full_history if may_ask_full is None else may_ask_full),
        full_history_since=now - profile.full_history_every if profile.full_history_every else None,
        resets_at=budget.resets_at(now),
        exchanges=exchanges,
    )
    notes = (_refused_words(known[_FULL]),) if wants_full and may_ask_full is False else ()
    return Planned(plan, len(entries), output_size is None, exchanges, notes)


def _entries(settings: Settings, symbols: Sequence[str] | None, watchlist: str | None) -> tuple[WatchlistEntry, ...]:
    if symbols:
        return tuple(WatchlistEntry(symbol) for symbol in check_symbols(symbols))
    return find_watchlist(settings, watchlist or "").entries


def _refused_words(full: capabilities.Capability) -> str:
    again = full.learnt_at + capabilities.PROBED_EVERY
    return (
        f"Whole histories are not asked for: the key was refused one on {full.learnt_at:%Y-%m-%d} ({full.learnt_from}). "
        f"It is asked again after {again:%Y-%m-%d}, or after `tickerhouse plan --probe`."
    )
