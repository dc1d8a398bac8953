"""What a plan is drawn from: watchlist, coverage, the calendar, the day's ledger and what the key may do. Nothing is asked for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from tasks import sessions
from tasks.alpha_vantage.api_plans import PLANS
from tasks.alpha_vantage.scrub import key_fingerprint
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.clients import open_lake, read_api_key
from tasks.orchestration.settings import Settings
from tasks.orchestration.watchlist import find_watchlist
from tasks.planning import budget, capabilities
from tasks.planning.budget_shares import share_left
from tasks.planning.dataset_requests import want_events
from tasks.planning.plan import DAILY, make_plan
from tasks.planning.price_jumps import PriceJump
from tasks.planning.requests import fit
from tasks.planning.watchlist import WatchlistEntry, check_symbols
from tasks.records import Call, OutputSize, Plan
from tasks.results.price_jumps import events_coverage, open_moves
from tasks.schema import DAILY_PRICES

_FULL: Final = capabilities.capability_name(DAILY, "full")


@dataclass(frozen=True)
class PlanResult:
    """The plan and how it came about.

    Attributes:
        plan: what to ask.
        symbol_count: how many symbols it was made for.
        may_fall_back: whether a call for the whole history may become one for the latest 100 sessions where the key's plan lacks it;
            not where a person asked for the whole history in so many words.
        exchanges: the exchange of every symbol.
        notes: what a person should know about the plan, a sentence each.
        probes: functions that are asked although the key was never seen to be allowed them; a refusal of them is no news.
    """

    plan: Plan
    symbol_count: int
    may_fall_back: bool
    exchanges: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    probes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PlanningInputs:
    """What every plan stands on.

    Attributes:
        settings: the place of the run.
        lake: of that place.
        as_of: the moment the run speaks for, UTC.
        now: the present instant, UTC; the budget is of the real day.
        exchanges: the exchange of every symbol, in the order of the watchlist.
        known: what the key was seen to be allowed or refused.
        calls_left: calls the day has left for the flow, or None where it has no limit.
    """

    settings: Settings
    lake: LakeStore
    as_of: datetime
    now: datetime
    exchanges: Mapping[str, str]
    known: capabilities.Capabilities
    calls_left: int | None

    @property
    def due(self) -> dict[str, date]:
        """The newest final session of every symbol."""
        settling = self.settings.settling
        return {symbol: sessions.last_final_session(self.as_of, settling, exchange) for symbol, exchange in self.exchanges.items()}


def survey(
    settings: Settings, as_of: datetime, now: datetime, symbols: Sequence[str] | None, watchlist: str | None, share: str = budget.DAILY
) -> PlanningInputs:
    """Reads what every plan stands on.

    Args:
        settings: the place of the run.
        as_of: the moment it speaks for, UTC.
        now: the present instant, UTC.
        symbols: asked for in place of the watchlist.
        watchlist: a file or ``s3://`` address in place of the one settings name.
        share: the part of the day that the flow may spend.

    Raises:
        WrongUsage: a symbol or a line of the watchlist cannot be, or there is no watchlist.
        KeyMissing: there is no API key.
        LakeError: the lake cannot be read.
    """
    lake = open_lake(settings, settings.ingest_role)
    lake.check()
    entries = _entries(settings, symbols, watchlist)
    fingerprint = key_fingerprint(read_api_key(settings))
    ledger = state.ledger(fingerprint).read(lake)
    return PlanningInputs(
        settings=settings,
        lake=lake,
        as_of=as_of,
        now=now,
        exchanges={entry.symbol: entry.exchange for entry in entries},
        known=state.capabilities(fingerprint).read(lake),
        calls_left=share_left(PLANS[settings.plan], ledger, now, share),
    )


def draw_plan(
    settings: Settings,
    as_of: datetime,
    now: datetime,
    symbols: Sequence[str] | None = None,
    watchlist: str | None = None,
    output_size: OutputSize | None = None,
) -> PlanResult:
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
    ground = survey(settings, as_of, now, symbols, watchlist)
    profile, known = PLANS[settings.plan], ground.known
    may_ask_full = capabilities.is_known_allowed(known, _FULL, now)
    wants_full = output_size is None and settings.output_size == "full"
    urgent = _urgent_calls(ground)
    plan = make_plan(
        list(ground.exchanges),
        state.coverage(DAILY_PRICES.name).read(ground.lake),
        ground.due,
        None if ground.calls_left is None else ground.calls_left - len(urgent),
        output_size,
        full_history=wants_full and (profile.full_history if may_ask_full is None else may_ask_full),
        full_history_since=now - profile.full_history_every if profile.full_history_every else None,
        resets_at=budget.resets_at(now),
        exchanges=ground.exchanges,
    )
    plan = replace(plan, calls=(*urgent, *plan.calls), budget_left=ground.calls_left)
    notes = (_refused_words(known[_FULL]),) if wants_full and may_ask_full is False else ()
    return PlanResult(plan, len(ground.exchanges), output_size is None, ground.exchanges, notes)


def _urgent_calls(ground: PlanningInputs) -> tuple[Call, ...]:
    """The events of the symbols whose last move nothing explains; they come before everything else."""
    moves: dict[str, PriceJump] = {symbol: move for symbol, move in open_moves(ground.lake).items() if symbol in ground.exchanges}
    if not moves:
        return ()
    wants = list(want_events(moves, events_coverage(ground.lake), ground.as_of, moves))
    return fit(wants, moves, ground.calls_left, budget.resets_at(ground.now)).calls


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
