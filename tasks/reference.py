"""What is brought in beside daily prices, and how: events, the source's adjusted series, listings, quotes.

Every kind is one entry of ``KINDS``: which function it comes from, which table it goes into, how its rows are read, judged and curated. A
flow names the kinds it brings in (``tasks/bring_in.py``); a rebuild goes through them all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

import pyarrow as pa

from tasks import sessions
from tasks.alpha_vantage.daily import defer
from tasks.alpha_vantage.daily_adjusted import read_daily_adjusted
from tasks.alpha_vantage.dividends import read_dividends
from tasks.alpha_vantage.global_quote import read_quotes
from tasks.alpha_vantage.listing_status import read_listing_status
from tasks.alpha_vantage.overview import read_overviews
from tasks.alpha_vantage.parsing import Parsed
from tasks.alpha_vantage.splits import read_splits
from tasks.curation.events import curate_adjusted_prices, curate_dividends, curate_listings, curate_quotes, curate_splits
from tasks.lake.captures import read_captures
from tasks.lake.store import LakeStore
from tasks.planning.dataset_requests import OVERVIEW
from tasks.quality import events, prices, quotes
from tasks.quality.context import Context, Market
from tasks.quality.suite import load_thresholds
from tasks.quality.validation_target import ValidationTarget
from tasks.records import CapturedBody, Observation
from tasks.schema import ADJUSTED_PRICES, DIVIDENDS, LISTINGS, QUOTES, SPLITS, TableSchema
from tasks.sessions import DEFAULT_EXCHANGE
from tasks.validate import SUITES

__all__ = ["KINDS", "OVERVIEW", "Kind", "RunClock", "context_of", "curated_rows", "ready_rows"]


@dataclass(frozen=True)
class Kind:
    """One kind of data beside daily prices.

    Attributes:
        dataset: which function it comes from and which table it goes into.
        judged: what its suite is about.
        read: parses captures.
        curate: makes the curated table of accepted rows.
        is_series: whether its rows are bars, of which those that are not final are set apart.
        is_live: whether its rows may be of a session under way.
    """

    dataset: TableSchema
    judged: ValidationTarget
    read: Callable[[Iterable[CapturedBody]], Parsed]
    curate: Callable[[pa.Table], pa.Table]
    is_series: bool = False
    is_live: bool = False


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        kind.dataset.name: kind
        for kind in (
            Kind(SPLITS, events.SPLITS, read_splits, curate_splits),
            Kind(DIVIDENDS, events.DIVIDENDS, read_dividends, curate_dividends),
            Kind(ADJUSTED_PRICES, prices.ADJUSTED_PRICES, read_daily_adjusted, curate_adjusted_prices, is_series=True),
            Kind(LISTINGS, events.LISTINGS, read_listing_status, curate_listings),
            Kind(QUOTES, quotes.QUOTES, read_quotes, curate_quotes, is_live=True),
        )
    },
)


@dataclass(frozen=True)
class RunClock:
    """When a run speaks, and for whom.

    Attributes:
        as_of: the moment it speaks for, UTC.
        settling: how long after its close a session counts as final.
        exchanges: the exchange of every symbol that is not listed on the default one.
    """

    as_of: datetime
    settling: timedelta
    exchanges: Mapping[str, str] = field(default_factory=dict)


def ready_rows(kind: Kind, parsed: pa.Table, moment: RunClock) -> pa.Table:
    """The rows that may be judged: of a series those alone whose session was final when they were observed, and is so now."""
    if not kind.is_series:
        return parsed
    ready, _ = defer(parsed, lambda observed_at: sessions.last_final_session(min(observed_at, moment.as_of), moment.settling))
    return ready


def curated_rows(kind: Kind, accepted: pa.Table, raw: LakeStore, observations: Sequence[Observation]) -> pa.Table:
    """The rows of a kind as its table holds them; listings are joined with the overviews of the same run.

    Args:
        kind: what they are.
        accepted: the rows that passed.
        raw: the lake with the ingest step's rights, where the overviews lie.
        observations: of the whole run.

    Raises:
        UnknownShape: an overview is not what it must be.
        LakeError: an overview cannot be read.
    """
    overviews = [observation for observation in observations if observation.call.function == OVERVIEW]
    if kind.dataset is not LISTINGS or not overviews:
        return kind.curate(accepted)
    return curate_listings(accepted, read_overviews(read_captures(raw, overviews)).table)


def context_of(kind: Kind, own: Sequence[Observation], rows: pa.Table, moment: RunClock, limit: float) -> Context:
    """What the rows of a kind are judged against.

    Args:
        kind: what they are.
        own: the answers they came from.
        rows: what is to be judged.
        moment: of the run.
        limit: the share of quarantined rows above which the gate closes.
    """
    asked = {observation.call.symbol for observation in own} - {""} or {str(symbol) for symbol in rows.column("symbol").to_pylist()}
    exchanges = {symbol: moment.exchanges.get(symbol, DEFAULT_EXCHANGE) for symbol in asked}
    # A quote speaks for the day it was answered on, wherever the run stands.
    live = max(observation.observed_at for observation in own).date() if kind.is_live else None
    markets = {exchange: _market(exchange, moment, live) for exchange in {*exchanges.values(), DEFAULT_EXCHANGE}}
    home = markets[DEFAULT_EXCHANGE]
    return Context(
        home.sessions,
        home.newest_session,
        asked,
        limit,
        thresholds=home.thresholds,
        elsewhere={symbol: markets[exchange] for symbol, exchange in exchanges.items() if exchange != DEFAULT_EXCHANGE},
    )


def _market(exchange: str, moment: RunClock, live: date | None) -> Market:
    newest = live or sessions.last_final_session(moment.as_of, moment.settling, exchange)
    return Market(sessions.session_days(exchange), newest, load_thresholds(SUITES / "exchanges.json", exchange))
