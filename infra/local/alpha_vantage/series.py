"""The series functions: what each puts into its rows, as printed values, newest first."""

from dataclasses import dataclass
from typing import Final

from infra.local.alpha_vantage.adjustment import adjusted_closes, dividend_amounts
from infra.local.alpha_vantage.damage import damage
from infra.local.alpha_vantage.exchange_calendar import Moment, sessions
from infra.local.alpha_vantage.listings import DAMAGED_SYMBOL, Listing
from infra.local.alpha_vantage.periods import periods_of
from infra.local.alpha_vantage.synthetic import UNIT, Bars, Whole, bars_at, is_unfinished, split_factors

COMPACT_ROWS: Final = 100


@dataclass(frozen=True, slots=True)
class SeriesFunction:
    """How one series function presents itself.

    Attributes:
        information: the text of ``1. Information``.
        key: the name of the series in the answer.
        sized: whether it takes ``outputsize`` and prints it.
        period: ``D``, ``W`` or ``M``.
        adjusted: whether adjusted closes and dividends are in it.
        csv_separator: what the CSV header puts between the words of a column's name.
    """

    information: str
    key: str
    sized: bool
    period: str
    adjusted: bool
    csv_separator: str = " "


SERIES: Final = {
    "TIME_SERIES_DAILY": SeriesFunction("Daily Prices (open, high, low, close) and Volumes", "Time Series (Daily)", True, "D", False),
    "TIME_SERIES_DAILY_ADJUSTED": SeriesFunction(
        "Daily Time Series with Splits and Dividend Events", "Time Series (Daily)", True, "D", True, csv_separator="_"
    ),
    "TIME_SERIES_WEEKLY": SeriesFunction("Weekly Prices (open, high, low, close) and Volumes", "Weekly Time Series", False, "W", False),
    "TIME_SERIES_WEEKLY_ADJUSTED": SeriesFunction("Weekly Adjusted Prices and Volumes", "Weekly Adjusted Time Series", False, "W", True),
    "TIME_SERIES_MONTHLY": SeriesFunction("Monthly Prices (open, high, low, close) and Volumes", "Monthly Time Series", False, "M", False),
    "TIME_SERIES_MONTHLY_ADJUSTED": SeriesFunction("Monthly Adjusted Prices and Volumes", "Monthly Adjusted Time Series", False, "M", True),
}


@dataclass(frozen=True, slots=True)
class Series:
    """A series as printed.

    Attributes:
        symbol: as the answer names it.
        last_refreshed: a date, or date and time in New York while a session is open.
        days: the row keys, newest first.
        columns: printed values by column name, in the API's order, each as long as ``days``.
    """

    symbol: str
    last_refreshed: str
    days: list[str]
    columns: dict[str, list[str]]


def series_at(function: str, listing: Listing, moment: Moment, *, full: bool) -> Series | None:
    """A listing's series as the API would print it at a moment; None where it has no session yet.

    Args:
        function: one of ``SERIES``.
        listing: whose.
        moment: when it is asked for.
        full: the whole history instead of the newest 100 rows; weekly and monthly series are always whole.
    """
    shape = SERIES[function]
    bars = bars_at(listing, moment)
    if not len(bars):
        return None
    shown = bars.last(COMPACT_ROWS) if shape.sized and not full else bars
    adjusted = adjusted_closes(listing, bars)[-len(shown) :] if shape.adjusted else None
    names = sessions().names
    if shape.period == "D":
        days = names[shown.first : shown.first + len(shown)]
        columns = _daily_columns(shown) if adjusted is None else _daily_adjusted_columns(listing, shown, adjusted.tolist())
    else:
        groups = periods_of(shown, shape.period)
        days = [names[ordinal] for ordinal in groups.last_ordinals]
        columns = _prices(groups.bars)
        if adjusted is not None:
            columns["adjusted close"] = [f"{value:.4f}" for value in adjusted[groups.last_places].tolist()]
        columns["volume"] = [str(volume) for volume in groups.bars.volume.tolist()]
        if adjusted is not None:
            columns["dividend amount"] = [f"{value:.4f}" for value in groups.totals(dividend_amounts(listing, shown)).tolist()]
    days = days[::-1]
    for values in columns.values():
        values.reverse()
    if listing.symbol == DAMAGED_SYMBOL and shape.period == "D":
        damage(days, columns, moment)
    return Series(listing.symbol, last_refreshed(bars, moment), days, columns)


def last_refreshed(bars: Bars, moment: Moment) -> str:
    """The session of the newest bar; with the time of day in New York while that session is open."""
    return moment.new_york.strftime("%Y-%m-%d %H:%M:%S") if is_unfinished(bars, moment) else sessions().names[bars.first + len(bars) - 1]


def fixed(values: Whole) -> list[str]:
    """Prices with four decimals, as all functions but DAILY_ADJUSTED print them."""
    return [f"{value // UNIT}.{value % UNIT:04d}" for value in values.tolist()]


def _prices(bars: Bars) -> dict[str, list[str]]:
    return {"open": fixed(bars.open), "high": fixed(bars.high), "low": fixed(bars.low), "close": fixed(bars.close)}


def _daily_columns(bars: Bars) -> dict[str, list[str]]:
    return {**_prices(bars), "volume": [str(volume) for volume in bars.volume.tolist()]}


def _daily_adjusted_columns(listing: Listing, bars: Bars, adjusted: list[float]) -> dict[str, list[str]]:
    # Since about 2020 this one function prints the shortest float: up to 14 decimals in an adjusted close.
    prices = {name: [repr(value / UNIT) for value in getattr(bars, name).tolist()] for name in ("open", "high", "low", "close")}
    factors = split_factors(listing)[bars.first : bars.first + len(bars)]
    return {
        **prices,
        "adjusted close": [repr(value) for value in adjusted],
        "volume": [str(volume) for volume in bars.volume.tolist()],
        "dividend amount": [f"{value:.4f}" for value in dividend_amounts(listing, bars).tolist()],
        "split coefficient": [repr(factor) for factor in factors.tolist()],
    }
