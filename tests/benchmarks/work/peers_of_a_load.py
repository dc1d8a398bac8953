"""What other libraries do with the same delta: a table of theirs that holds the warehouse's bars, and upserts into it."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq
from redshift_connector import Connection

COLUMNS: Final = ("symbol", "session_date", "open", "high", "low", "close", "volume")
_PROGRAM: Final = Path(__file__).with_name("peer_dlt.py")


def make_table(connection: Connection, schema: str, table: str) -> None:
    """Makes a peer's table, of the bars that the warehouse holds."""
    cursor = connection.cursor()
    cursor.execute(f"create schema if not exists {schema}")
    cursor.execute(f"create table {schema}.{table} sortkey (session_date) as select {', '.join(COLUMNS)} from market.fact_daily_price")
    connection.commit()


class DltMerge:
    """dlt's merge, in a process of an environment of its own.

    Args:
        python: that environment's.
        place: what the program reads first.
        folder: for the files that it is given.
    """

    def __init__(self, python: Path, place: Mapping[str, Any], folder: Path) -> None:
        self._folder = folder
        self._program = subprocess.Popen([str(python), str(_PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._say(json.dumps(place))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        assert self._program.stdin is not None
        self._program.stdin.close()
        assert self._program.wait(60) == 0, "dlt's process failed"

    def load(self, bars: pa.Table) -> float:
        """Seconds of one upsert."""
        file = self._folder / "bars.parquet"
        pq.write_table(bars.select(COLUMNS), file)
        self._say(str(file))
        assert self._program.stdout is not None
        return float(self._program.stdout.readline())

    def _say(self, line: str) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(line + "\n")
        self._program.stdin.flush()
