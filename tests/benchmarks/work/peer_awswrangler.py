"""The same delta by awswrangler's upsert: COPY into a stage, DELETE what has the same key, INSERT; no former values, checks or marts."""

import time
from typing import Any, Final

import pandas as pd
import pyarrow as pa
from redshift_connector import Connection

from tests.benchmarks.work.peers_of_a_load import COLUMNS, make_table

SCHEMA: Final = "peer"
TABLE: Final = "daily_price"


class Upsert:
    """A table of the bars that the warehouse holds, and upserts into it."""

    def __init__(self, connection: Connection, path: str) -> None:
        import awswrangler  # noqa: PLC0415 - its import takes seconds, and other measures do without it

        self._redshift: Any = awswrangler.redshift
        self._connection, self._path = connection, path
        make_table(connection, SCHEMA, TABLE)

    def load(self, bars: pa.Table) -> float:
        """Seconds of one upsert."""
        frame: pd.DataFrame = bars.select(COLUMNS).to_pandas()
        begun = time.perf_counter()
        self._redshift.copy(
            frame,
            path=self._path,
            con=self._connection,
            schema=SCHEMA,
            table=TABLE,
            iam_role="arn:aws:iam::000000000000:role/copy",
            mode="upsert",
            primary_keys=["symbol", "session_date"],
            # It would take a decimal's type from the values, and COPY takes only the table's.
            dtype=dict.fromkeys(("open", "high", "low", "close"), "decimal(18,6)"),
        )
        return time.perf_counter() - begun
