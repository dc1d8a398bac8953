"""Splits: one row a symbol and effective date (https://www.alphavantage.co/documentation/#splits)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from tasks.alpha_vantage.splits import read_splits
from tasks.curation.curate import curate
from tasks.datasets.dataset import Dataset
from tasks.planning.event_requests import event_requests
from tasks.planning.inputs import PlanningInputs
from tasks.planning.requests import CallRequest
from tasks.quality.columns import DECIMAL_FORM, SYMBOL_COLUMNS, is_valid, number_columns, number_names
from tasks.quality.context import Context
from tasks.quality.events import event_columns
from tasks.quality.row_count import count_listed_rows
from tasks.quality.validation_target import ValidationTarget, framed
from tasks.schema import FACTOR, PARSED_SPLITS, SYMBOL, VERSION, Column, Freshness, TableSchema

if TYPE_CHECKING:
    import pandas as pd

FUNCTION: Final = "SPLITS"

SCHEMA: Final = TableSchema(
    name="splits",
    table="market.fact_split",
    key=("symbol", "effective_date"),
    values=("split_factor",),
    keeps_revisions=True,
    feeds_marts=True,
    freshness=Freshness.COMPLETE,
    row="split",
    columns=(
        SYMBOL,
        Column("effective_date", pa.date32(), "date"),
        Column("split_factor", FACTOR, "numeric(28,13)"),
        *VERSION,
    ),
)

_CHECKED: Final = (
    *SYMBOL_COLUMNS,
    "effective_date",
    "observed_at",
    "effective_date_is_date",
    *number_names("split_factor"),
    "split_changes_something",
)


def split_frame(rows: pa.Table, context: Context) -> "pd.DataFrame":
    """Lays out rows of ``PARSED_SPLITS`` for validation."""
    columns = event_columns(rows, context, "effective_date")
    columns |= number_columns(rows, "split_factor", DECIMAL_FORM)
    fits = is_valid(rows.column("split_factor"))
    columns["split_changes_something"] = ~fits | (np.asarray(columns["split_factor"]) != 1.0)
    return framed(columns, _CHECKED)


def curate_splits(accepted: pa.Table, _companion: pa.Table | None = None) -> pa.Table:
    """One row a symbol and effective date, of ``SCHEMA.arrow``; ``accepted`` has the typed columns of ``PARSED_SPLITS``."""
    return curate(accepted, SCHEMA)


def split_requests(inputs: PlanningInputs) -> Iterator[CallRequest]:
    """See :func:`tasks.planning.event_requests.event_requests`."""
    return event_requests(inputs, FUNCTION, SCHEMA.name)


CHECKS: Final = ValidationTarget("splits", PARSED_SPLITS, "effective_date_text", split_frame, _CHECKED, SCHEMA.row)

SPLITS: Final = Dataset(
    schema=SCHEMA,
    function=FUNCTION,
    parse=read_splits,
    count_rows=count_listed_rows,
    checks=CHECKS,
    curate=curate_splits,
    requests=split_requests,
)
