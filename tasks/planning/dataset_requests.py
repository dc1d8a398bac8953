"""What is due beside daily prices: events, the source's adjusted series, listings, quotes. Why, in words, stands in every call."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from tasks.planning.plan import COMPACT_SESSIONS, TRAILING_SESSIONS
from tasks.planning.price_jumps import PriceJump
from tasks.planning.requests import CallRequest
from tasks.records import Call, OutputSize, SymbolCoverage
from tasks.schema import ADJUSTED_PRICES, DATASETS, DIVIDENDS, LISTINGS, QUOTES, SPLITS
from tasks.sessions import DEFAULT_EXCHANGE, sessions_between

OVERVIEW: Final = "OVERVIEW"

ALL_SYMBOLS: Final = ""
"""The symbol of a call that asks for all of them at once."""

COVERED_AS: Final[Mapping[str, str]] = {**{dataset.function: dataset.name for dataset in DATASETS.values()}, OVERVIEW: "overviews"}
"""Per function, under which name the lake remembers what was read."""

Coverage = Mapping[str, SymbolCoverage]


@dataclass(frozen=True)
class AdjustedRights:
    """What the key may do with the adjusted series.

    Attributes:
        may_ask: whether it may ask at all; None where nobody knows.
        may_ask_full: whether it may ask for whole histories; None where nobody knows.
    """

    may_ask: bool | None
    may_ask_full: bool | None


def want_events(
    symbols: Iterable[str], held: Mapping[str, Coverage], as_of: datetime, moves: Mapping[str, PriceJump]
) -> Iterator[CallRequest]:
    """Splits and dividends of every symbol, once a day; and at once where a move waits for them.

    Args:
        symbols: the symbols.
        held: per function, what was read of each symbol.
        as_of: the moment the run speaks for; what was read on its day is held.
        moves: moves that no known event explains.
    """
    for symbol in symbols:
        for function in (SPLITS.function, DIVIDENDS.function):
            coverage, move = held[function].get(symbol), moves.get(symbol)
            if move is not None:
                yield CallRequest(Call(function, symbol, reason=move.words), _read_on(coverage), is_urgent=True)
            elif not _is_of_the_day(coverage, as_of):
                yield CallRequest(Call(function, symbol, reason=_how_old(coverage, as_of)), _read_on(coverage))


def want_adjusted_prices(
    symbols: Iterable[str],
    coverage: Coverage,
    due: Mapping[str, date],
    exchanges: Mapping[str, str],
    rights: AdjustedRights,
) -> Iterator[CallRequest]:
    """The source's adjusted series of every symbol that lacks its due session, where the key is not known to be refused it.

    A compact answer is enough where the whole series was read before and no dividend or split came since: at each of those the source
    restates all earlier sessions.

    Args:
        symbols: the symbols.
        coverage: what is held of their adjusted series.
        due: the newest final session of every symbol.
        exchanges: the exchange of every symbol that is not listed on the default one.
        rights: what the key may do.
    """
    if rights.may_ask is False:
        return
    for symbol in symbols:
        held, session = coverage.get(symbol), due[symbol]
        if held is not None and held.last_session >= session and (held.full_history_at is not None or rights.may_ask_full is False):
            continue
        missing = 0 if held is None else _sessions_after(held.last_session, session, exchanges.get(symbol, DEFAULT_EXCHANGE))
        size, reason = _adjusted_size(held, missing, rights)
        yield CallRequest(
            Call(ADJUSTED_PRICES.function, symbol, {"outputsize": size}, reason),
            held.last_session if held else date.min,
            is_of_prices=True,
            is_probe=rights.may_ask is None,
        )


def want_listings(symbols: Iterable[str], held: Mapping[str, Coverage], as_of: datetime) -> Iterator[CallRequest]:
    """The list of all symbols, and sector and industry of those that are watched; once a day each.

    Args:
        symbols: the symbols that are watched.
        held: per function, what was read of each symbol.
        as_of: the moment the run speaks for.
    """
    listed = held[LISTINGS.function].get(ALL_SYMBOLS)
    due = [symbol for symbol in symbols if not _is_of_the_day(held[OVERVIEW].get(symbol), as_of)]
    if due or not _is_of_the_day(listed, as_of):
        # Urgent, because sector and industry have no row to stand in without it.
        yield CallRequest(Call(LISTINGS.function, ALL_SYMBOLS, reason=f"every listed symbol; {_how_old(listed, as_of)}"), is_urgent=True)
    for symbol in due:
        overview = held[OVERVIEW].get(symbol)
        yield CallRequest(Call(OVERVIEW, symbol, reason=f"sector and industry; {_how_old(overview, as_of)}"), _read_on(overview))


def want_quotes(symbols: Iterable[str], coverage: Coverage) -> Iterator[CallRequest]:
    """The quote of every symbol, each run anew; those whose turn was longest ago come first.

    Args:
        symbols: the symbols.
        coverage: when each was quoted last.
    """
    turns = {symbol: turn for turn, symbol in enumerate(sorted(coverage, key=lambda symbol: coverage[symbol].observed_at), start=1)}
    for symbol in sorted(symbols, key=lambda symbol: turns.get(symbol, 0)):
        held = coverage.get(symbol)
        reason = f"quoted last on {held.observed_at:%Y-%m-%d %H:%M} UTC" if held else "never quoted"
        yield CallRequest(Call(QUOTES.function, symbol, reason=reason), _read_on(held), is_of_prices=True)


def _adjusted_size(held: SymbolCoverage | None, missing: int, rights: AdjustedRights) -> tuple[OutputSize, str]:
    behind = f"{missing} {'session' if missing == 1 else 'sessions'} behind"
    if rights.may_ask_full is False:
        return "compact", behind if held else "never seen; the key may not ask for the whole series"
    if held is None:
        return "full", "never seen"
    if held.full_history_at is None:
        return "full", "a dividend or split came since the whole series was read"
    if missing > COMPACT_SESSIONS - TRAILING_SESSIONS:
        return "full", f"{behind}, more than compact reaches"
    return "compact", behind


def _sessions_after(held: date, due: date, exchange: str) -> int:
    return 0 if held >= due else sum(session > held for session in sessions_between(held, due, exchange))


def _is_of_the_day(coverage: SymbolCoverage | None, as_of: datetime) -> bool:
    return coverage is not None and coverage.observed_at.date() >= as_of.date()


def _read_on(coverage: SymbolCoverage | None) -> date:
    return coverage.observed_at.date() if coverage else date.min


def _how_old(coverage: SymbolCoverage | None, as_of: datetime) -> str:
    if coverage is None:
        return "never read"
    days = (as_of.date() - coverage.observed_at.date()).days
    return f"read {days} day{'' if days == 1 else 's'} ago" if days > 0 else "read already today"
