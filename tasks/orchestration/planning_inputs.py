"""Reads the inputs of a plan: watchlist, coverage, calendar, calls left and the key's capabilities. Sends nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from tasks.alpha_vantage.api_plans import PLANS
from tasks.alpha_vantage.scrub import key_fingerprint
from tasks.datasets import DAILY_PRICES, DIVIDENDS, SPLITS
from tasks.errors import WrongUsage
from tasks.exchanges import exchange_in
from tasks.lake.errors import ObjectMissing
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.clients import Clients
from tasks.orchestration.watchlist import WatchlistMissing, find_watchlist
from tasks.planning import budget
from tasks.planning.budget_shares import share_left
from tasks.planning.inputs import Coverage, PlanningInputs
from tasks.planning.price_jumps import PriceJump, unexplained
from tasks.planning.watchlist import WatchlistEntry, check_symbols
from tasks.records import OutputSize
from tasks.sessions import DEFAULT_EXCHANGE, SessionClock, known_exchange


@dataclass(frozen=True)
class Selection:
    """The symbols and the output size that a person chose for a run.

    Attributes:
        symbols: in place of the watchlist; None or empty for the watchlist.
        watchlist: a file or ``s3://`` address in place of the one that settings name; None for that.
        output_size: ``compact`` or ``full`` in place of the planner's choice.
        exchange: the symbols of this exchange alone, as exchange_calendars names it; None or empty for all of them.
    """

    symbols: Sequence[str] | None = None
    watchlist: str | None = None
    output_size: OutputSize | None = None
    exchange: str | None = None


class NoSuchExchange(WrongUsage):
    """A name that is no exchange, or an exchange of which no symbol is requested."""


def read_planning_inputs(
    clients: Clients, as_of: datetime, now: datetime, selection: Selection, share: str = budget.DAILY
) -> PlanningInputs:
    """Reads the facts that a plan follows from; reads the lake and writes nothing.

    Args:
        clients: of the run, or of the command.
        as_of: the moment the run speaks for, UTC.
        now: the present instant, UTC; the budget is of the real day.
        selection: the symbols, and how much of them.
        share: the part of the day's calls that the flow may spend.

    Raises:
        WrongUsage: a symbol or a line of the watchlist is invalid, or there is no watchlist.
        KeyMissing: there is no API key.
        LakeError: the lake cannot be read.
    """
    settings, lake = clients.settings, clients.raw
    lake.check()
    entries = selected_entries(clients, selection)
    profile, fingerprint = PLANS[settings.plan], key_fingerprint(clients.api_key)
    ledger = state.ledger(fingerprint).read(lake)
    exchanges = {entry.symbol: entry.exchange for entry in entries}

    @lru_cache
    def coverage(dataset: str) -> Coverage:
        return state.coverage(dataset).read(lake)

    return PlanningInputs(
        symbols=tuple(exchanges),
        clock=SessionClock(as_of, settings.settling, exchanges),
        now=now,
        coverage=coverage,
        calls_left=share_left(profile, ledger, now, share),
        price_jumps={symbol: jump for symbol, jump in open_price_jumps(lake).items() if symbol in exchanges},
        capabilities=state.capabilities(fingerprint).read(lake),
        output_size=selection.output_size,
        wants_full_history=settings.output_size == "full",
        has_full_history=profile.full_history,
        full_history_every=profile.full_history_every,
        since={entry.symbol: entry.since for entry in entries if entry.since},
        wants_adjusted_prices=settings.adjusted_prices == "where_allowed",
        is_whole=not (selection.symbols or selection.exchange),
    )


def open_price_jumps(lake: LakeStore) -> dict[str, PriceJump]:
    """By symbol, the price jumps that no known event explains.

    Raises:
        LakeError: the lake cannot be read.
    """
    return without_explained(lake, state.price_jumps(DAILY_PRICES.name).read(lake))


def without_explained(lake: LakeStore, jumps: Mapping[str, PriceJump]) -> dict[str, PriceJump]:
    """Those of the price jumps after which splits and dividends were not both read.

    Args:
        lake: of the run.
        jumps: by symbol.

    Raises:
        LakeError: the lake cannot be read.
    """
    if not jumps:
        return {}
    return unexplained(jumps, state.coverage(DIVIDENDS.name).read(lake), state.coverage(SPLITS.name).read(lake))


def selected_entries(clients: Clients, selection: Selection) -> tuple[WatchlistEntry, ...]:
    """The symbols of a run, each with its exchange.

    Symbols that are named keep the exchange and the first session that the watchlist says, where they stand in it.

    Raises:
        WrongUsage: a symbol, a line of the watchlist or the exchange is invalid, or there is no watchlist.
        LakeError: S3 cannot be read.
    """
    place = selection.watchlist or clients.settings.watchlist
    if not selection.symbols:
        entries = find_watchlist(place, clients.bucket).entries
    else:
        listed = {entry.symbol: entry for entry in _listed_entries(place, clients)}
        entries = tuple(
            listed.get(symbol) or WatchlistEntry(symbol, exchange_in(symbol) or DEFAULT_EXCHANGE)
            for symbol in check_symbols(selection.symbols)
        )
    return _of_exchange(entries, selection.exchange) if selection.exchange else entries


def listed_exchanges(place: str, clients: Clients) -> Mapping[str, str]:
    """The exchange of every symbol of a watchlist; none where there is no watchlist.

    Raises:
        WrongUsage: a line of the watchlist is invalid.
        LakeError: S3 cannot be read.
    """
    return {entry.symbol: entry.exchange for entry in _listed_entries(place, clients)}


def _listed_entries(place: str, clients: Clients) -> tuple[WatchlistEntry, ...]:
    try:
        return find_watchlist(place, clients.bucket).entries
    except (WatchlistMissing, ObjectMissing):
        return ()


def _of_exchange(entries: tuple[WatchlistEntry, ...], name: str) -> tuple[WatchlistEntry, ...]:
    exchange = known_exchange(name)
    if exchange is None:
        raise NoSuchExchange(f"{name} is not an exchange.", "Exchanges are named as in exchange_calendars, e.g. XNYS, XLON, XTSE.")
    chosen = tuple(entry for entry in entries if entry.exchange == exchange)
    if not chosen:
        found = ", ".join(sorted({entry.exchange for entry in entries}))
        raise NoSuchExchange(f"No symbol trades on {exchange}.", f"The symbols trade on: {found}.")
    return chosen
