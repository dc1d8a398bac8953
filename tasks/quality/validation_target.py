"""What a suite validates: the parsed rows, the frame that is checked, and the form in which they are quarantined."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from tasks.quality.context import Context

if TYPE_CHECKING:
    import pandas as pd

ORIGIN: Final = ("observed_at", "capture_key")

WithTexts = Callable[[pa.Table], pa.Table]
"""Gives some rows with their strings as received, where the parser's rows are without them."""


def as_they_are(rows: pa.Table) -> pa.Table:
    """Rows that have their strings."""
    return rows


@dataclass(frozen=True)
class ValidationTarget:
    """One kind of rows that is validated.

    Attributes:
        name: of the dataset and of its suite under ``expectations/``.
        parsed: the schema of the rows, as the parser gives them.
        session: the text that says when a row is of; a session for bars, an event's date for events.
        lay_out: makes the frame that is checked; one row a row in the same order, an unnamed RangeIndex, ``columns`` in that order.
        columns: every column that a suite may name.
        row: what people call one of the rows.
    """

    name: str
    parsed: pa.Schema
    session: str
    lay_out: "Callable[[pa.Table, Context], pd.DataFrame]"
    columns: tuple[str, ...]
    row: str = "bar"

    @property
    def texts(self) -> tuple[str, ...]:
        """The strings as received, which make two rows the same."""
        return tuple(field.name for field in self.parsed if pa.types.is_string(field.type) and field.name not in ORIGIN)

    @property
    def date(self) -> str:
        """What ``session`` was read as, null where it is no date."""
        return next(field.name for field in self.parsed if pa.types.is_date(field.type))

    @property
    def values(self) -> dict[str, str]:
        """The strings beside symbol and session: as people call them, and their columns."""
        return {name.removesuffix("_text"): name for name in self.texts if name not in {"symbol", self.session}}

    @property
    def quarantined(self) -> pa.Schema:
        """The schema of quarantined rows: the strings as received, where they came from, every reason, the run."""
        kept = [self.parsed.field(name) for name in (*self.texts, *ORIGIN)]
        return pa.schema(
            [
                *kept,
                pa.field("reasons", pa.list_(pa.string()), nullable=False),
                pa.field("run_id", pa.string(), nullable=False),
            ],
        )


def framed(columns: dict[str, object], names: tuple[str, ...]) -> "pd.DataFrame":
    """The columns as a frame, in the order of the names."""
    import pandas as pd

    return pd.DataFrame({name: columns[name] for name in names}, copy=False)
