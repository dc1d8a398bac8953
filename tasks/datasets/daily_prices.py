"""Daily prices as traded: one bar a symbol and session (https://www.alphavantage.co/documentation/#daily)."""

from collections.abc import Collection, Iterator
from typing import Final

import pyarrow as pa

from tasks.alpha_vantage.daily import daily_with_texts, read_daily_without_texts
from tasks.curation.curate import Curated, curated
from tasks.datasets.dataset import Dataset
from tasks.datasets.finality import final_bars
from tasks.planning.bar_requests import bar_requests
from tasks.planning.capabilities import capability_name, is_known_allowed, refusal_text
from tasks.planning.inputs import PlanningInputs
from tasks.planning.requests import CallRequest
from tasks.quality.prices import BAR_COLUMNS, daily_frame
from tasks.quality.row_count import count_series_rows
from tasks.quality.validation_target import ValidationTarget
from tasks.schema import PARSED_DAILY_PRICES, PRICE, SYMBOL, VERSION, Column, Freshness, TableSchema

FUNCTION: Final = "TIME_SERIES_DAILY"

_PRICES: Final = ("open", "high", "low", "close")

SCHEMA: Final = TableSchema(
    name="daily_prices",
    table="market.fact_daily_price",
    key=("symbol", "session_date"),
    values=(*_PRICES, "volume"),
    keeps_revisions=True,
    feeds_marts=True,
    is_retained_by_age=True,
    freshness=Freshness.RECENT,
    row="bar",
    columns=(
        SYMBOL,
        Column("session_date", pa.date32(), "date"),
        *(Column(name, PRICE, "numeric(18,6)") for name in _PRICES),
        Column("volume", pa.int64(), "bigint"),
        *VERSION,
    ),
)


def curate_daily_prices(accepted: pa.Table, _companion: pa.Table | None = None) -> Curated:
    """One row a symbol and session, of ``SCHEMA``; ``accepted`` has the typed columns of ``PARSED_DAILY_PRICES``."""
    return curated(accepted, SCHEMA)


def daily_price_requests(inputs: PlanningInputs) -> Iterator[CallRequest]:
    """See :func:`tasks.planning.bar_requests.bar_requests`."""
    return bar_requests(inputs, FUNCTION, SCHEMA.name)


def daily_price_notes(inputs: PlanningInputs, _requested: Collection[str]) -> Iterator[str]:
    """That the key is known to be refused whole histories, where the settings want them."""
    full = capability_name(FUNCTION, "full")
    is_wanted = inputs.output_size is None and inputs.wants_full_history
    if is_wanted and is_known_allowed(inputs.capabilities, full, inputs.now) is False:
        yield refusal_text("Whole histories", inputs.capabilities[full])


CHECKS: Final = ValidationTarget("daily_prices", PARSED_DAILY_PRICES, "session_text", daily_frame, BAR_COLUMNS)

DAILY_PRICES: Final = Dataset(
    schema=SCHEMA,
    function=FUNCTION,
    parse=read_daily_without_texts,
    with_texts=daily_with_texts,
    count_rows=count_series_rows,
    checks=CHECKS,
    curate=curate_daily_prices,
    requests=daily_price_requests,
    finality=final_bars,
    notes=daily_price_notes,
    is_primary=True,
    has_current_files=True,
)
