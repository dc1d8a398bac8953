"""Dividends: one row a symbol and ex-dividend date (https://www.alphavantage.co/documentation/#dividends)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from tasks.alpha_vantage.dividends import read_dividends
from tasks.curation.curate import curate
from tasks.datasets.dataset import Dataset
from tasks.planning.event_requests import event_requests
from tasks.planning.inputs import PlanningInputs
from tasks.planning.requests import CallRequest
from tasks.quality.columns import DECIMAL_FORM, SYMBOL_COLUMNS, as_floats, date_columns, number_columns, number_names
from tasks.quality.context import Context
from tasks.quality.events import are_in_order, event_columns, tellings_agree
from tasks.quality.row_count import count_listed_rows
from tasks.quality.validation_target import ValidationTarget, framed
from tasks.schema import FACTOR, PARSED_DIVIDENDS, SYMBOL, VERSION, Column, Freshness, TableSchema

if TYPE_CHECKING:
    import pandas as pd

FUNCTION: Final = "DIVIDENDS"

_SIDE_DATES: Final = ("declaration_date", "record_date", "payment_date")
"""Before about 2000 the API knows the ex-dividend date alone."""

SCHEMA: Final = TableSchema(
    name="dividends",
    table="market.fact_dividend",
    key=("symbol", "ex_date"),
    values=("amount", *_SIDE_DATES),
    keeps_revisions=True,
    feeds_marts=True,
    freshness=Freshness.COMPLETE,
    row="dividend",
    columns=(
        SYMBOL,
        Column("ex_date", pa.date32(), "date"),
        Column("amount", FACTOR, "numeric(28,13)"),
        *(Column(name, pa.date32(), "date", nullable=True) for name in _SIDE_DATES),
        *VERSION,
    ),
)

_CHECKED: Final = (
    *SYMBOL_COLUMNS,
    "ex_dividend_date",
    "observed_at",
    "ex_dividend_date_is_date",
    *(f"{name}_is_date" for name in _SIDE_DATES),
    *number_names("amount"),
    "amount_is_not_zero",
    "dates_are_in_order",
    "dividend_is_told_once",
)


_LARGEST_AMOUNT: Final = 1e12
"""What one day's dividends add up to still fits the column, with a thousand of them."""


def dividend_frame(rows: pa.Table, context: Context) -> "pd.DataFrame":
    """Lays out rows of ``PARSED_DIVIDENDS`` for validation; declared dividends lie in the future and may."""
    columns = event_columns(rows, context, "ex_dividend_date")
    for name in _SIDE_DATES:
        columns |= date_columns(rows, name)
    columns |= number_columns(rows, "amount", DECIMAL_FORM, _LARGEST_AMOUNT)
    columns["amount_is_not_zero"] = as_floats(rows.column("amount")) != 0
    # Ex and record date have changed places with the settlement cycles, so only the outer two are compared.
    columns["dates_are_in_order"] = are_in_order(rows, "declaration_date", "payment_date") & are_in_order(
        rows, "ex_dividend_date", "payment_date"
    )
    columns["dividend_is_told_once"] = tellings_agree(rows, ["ex_dividend_date", "amount"], _SIDE_DATES)
    return framed(columns, _CHECKED)


def curate_dividends(accepted: pa.Table, _companion: pa.Table | None = None) -> pa.Table:
    """One row a symbol and ex-dividend date.

    What one answer lists more than once for a date (an ordinary and a special dividend) is added up, because prices lose both at once;
    the other dates are the first that it names. The same amount again is the same dividend, told with more of its dates or with fewer.

    Args:
        accepted: typed columns of ``PARSED_DIVIDENDS``.

    Returns:
        A table of ``SCHEMA.arrow``.
    """
    named = accepted.rename_columns(["ex_date" if name == "ex_dividend_date" else name for name in accepted.column_names])
    answer = ["symbol", "ex_date", "observed_at", "capture_key"]
    first: list[Any] = [(name, "first") for name in _SIDE_DATES]
    each = named.group_by([*answer, "amount"], use_threads=False).aggregate(first)
    each = each.rename_columns([name.removesuffix("_first") for name in each.column_names])
    grouped = each.group_by(answer, use_threads=False).aggregate([("amount", "sum"), *first])
    columns: dict[str, Any] = {name: grouped.column(name) for name in answer}
    columns["amount"] = grouped.column("amount_sum").cast(SCHEMA.arrow.field("amount").type)
    columns.update({name: grouped.column(f"{name}_first") for name in _SIDE_DATES})
    return curate(pa.table(columns), SCHEMA)


def dividend_requests(inputs: PlanningInputs) -> Iterator[CallRequest]:
    """See :func:`tasks.planning.event_requests.event_requests`."""
    return event_requests(inputs, FUNCTION, SCHEMA.name)


CHECKS: Final = ValidationTarget("dividends", PARSED_DIVIDENDS, "ex_dividend_date_text", dividend_frame, _CHECKED, SCHEMA.row)

DIVIDENDS: Final = Dataset(
    schema=SCHEMA,
    function=FUNCTION,
    parse=read_dividends,
    count_rows=count_listed_rows,
    checks=CHECKS,
    curate=curate_dividends,
    requests=dividend_requests,
)
