"""Adjusted prices: the source's own adjusted series, a premium endpoint (https://www.alphavantage.co/documentation/#dailyadj)."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.alpha_vantage.daily_adjusted import adjusted_with_texts, read_adjusted_without_texts
from tasks.curation.curate import Curated, curated
from tasks.datasets.dataset import Dataset
from tasks.datasets.finality import final_bars
from tasks.planning.adjusted_requests import adjusted_requests, may_request, refused_capability
from tasks.planning.capabilities import refusal_text
from tasks.planning.inputs import PlanningInputs
from tasks.planning.requests import CallRequest
from tasks.quality.prices import ADJUSTED_BAR_COLUMNS, adjusted_frame
from tasks.quality.row_count import count_series_rows
from tasks.quality.validation_target import ValidationTarget
from tasks.records import SymbolCoverage
from tasks.schema import ADJUSTED_PRICE, FACTOR, PARSED_DAILY_ADJUSTED, PRICE, SYMBOL, VERSION, Column, Freshness, TableSchema

FUNCTION: Final = "TIME_SERIES_DAILY_ADJUSTED"

SCHEMA: Final = TableSchema(
    name="adjusted_prices",
    table="market.fact_adjusted_price",
    key=("symbol", "session_date"),
    values=("close", "adjusted_close", "dividend_amount", "split_coefficient"),
    is_retained_by_age=True,
    freshness=Freshness.RECENT,
    row="adjusted price",
    columns=(
        SYMBOL,
        Column("session_date", pa.date32(), "date"),
        Column("close", PRICE, "numeric(18,6)"),
        Column("adjusted_close", ADJUSTED_PRICE, "numeric(38,20)"),
        Column("dividend_amount", FACTOR, "numeric(28,13)"),
        Column("split_coefficient", FACTOR, "numeric(28,13)"),
        *VERSION,
    ),
)


def curate_adjusted_prices(accepted: pa.Table, _companion: pa.Table | None = None) -> Curated:
    """One row a symbol and session, of ``SCHEMA``; ``accepted`` has the typed columns of ``PARSED_DAILY_ADJUSTED``."""
    return curated(accepted, SCHEMA)


def adjusted_price_requests(inputs: PlanningInputs) -> Iterator[CallRequest]:
    """See :func:`tasks.planning.adjusted_requests.adjusted_requests`."""
    return adjusted_requests(inputs, FUNCTION, SCHEMA.name)


def is_available(inputs: PlanningInputs) -> bool:
    """Whether the settings want the series, and the key is not known to be refused it."""
    return inputs.wants_adjusted_prices and may_request(inputs, FUNCTION) is not False


def adjusted_price_notes(inputs: PlanningInputs, requested: Collection[str]) -> Iterator[str]:
    """A note that the key is refused the series, or that this is unknown yet."""
    if not inputs.wants_adjusted_prices:
        return
    may = may_request(inputs, FUNCTION)
    if may is False:
        yield refusal_text(FUNCTION, refused_capability(inputs, FUNCTION))
    elif may is None and FUNCTION in requested:
        yield f"It is not known yet whether the key's plan includes {FUNCTION}: its calls are sent last, and a refusal stops only them."


def restated_symbols(accepted: pa.Table, held: Mapping[str, SymbolCoverage]) -> set[str]:
    """The symbols with a dividend or split among the bars that were not held: the source restated all their earlier bars with it.

    Args:
        accepted: ``symbol``, ``session_date``, ``dividend_amount`` and ``split_coefficient`` of the accepted bars.
        held: per symbol, what was held before.
    """
    amount, split = (accepted.column(name).cast(pa.float64()) for name in ("dividend_amount", "split_coefficient"))
    events = accepted.filter(pc.or_(pc.not_equal(amount, pa.scalar(0.0)), pc.not_equal(split, pa.scalar(1.0))))
    newest = {symbol: coverage.last_session for symbol, coverage in held.items()}
    rows = events.select(["symbol", "session_date"]).to_pylist()
    return {row["symbol"] for row in rows if row["session_date"] > newest.get(row["symbol"], date.min)}


CHECKS: Final = ValidationTarget("adjusted_prices", PARSED_DAILY_ADJUSTED, "session_text", adjusted_frame, ADJUSTED_BAR_COLUMNS)

ADJUSTED_PRICES: Final = Dataset(
    schema=SCHEMA,
    function=FUNCTION,
    parse=read_adjusted_without_texts,
    with_texts=adjusted_with_texts,
    count_rows=count_series_rows,
    checks=CHECKS,
    curate=curate_adjusted_prices,
    requests=adjusted_price_requests,
    finality=final_bars,
    is_available=is_available,
    notes=adjusted_price_notes,
    restated=restated_symbols,
    has_current_files=True,
)
