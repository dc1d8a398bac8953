"""What a day costs from 5 to 100,000 symbols, and with bars of a minute: files, COPY, UNLOAD, S3, money, and what breaks first.

Bytes a bar are measured on made-up bars, written as the pipeline writes them and as UNLOAD does on the embedded Redshift; everything else
is arithmetic over them and ``infra/cost/model.py``. Prints the tables of docs/scale.md, which a test compares with this.
"""

import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from infra.cost import prices
from infra.cost.model import DEFAULT, monthly_cost, warehouse_seconds, warehouse_usd
from tasks.curation.parquet import number_of_files, to_parquet
from tasks.datasets.daily_prices import SCHEMA
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.settings import Settings
from tasks.records import SymbolCoverage

SYMBOL_COUNTS: Final = (5, 500, 5_000, 20_000, 100_000)
SESSIONS_A_YEAR: Final = 252
COMPACT_SESSIONS: Final = 100
MINUTES_A_SESSION: Final = 390
CALLS_A_MINUTE: Final = 1_200
"""Of the largest plan in ``tasks/alpha_vantage/api_plans.py``."""
COPIED_AT_MOST: Final = 5_000_000_000
"""Bytes that S3 copies in one request (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html)."""
SLICES: Final = Settings.model_fields["copy_slices"].default
TASK_BYTES: Final = DEFAULT.task_gb * 1e9

_SAMPLE_SYMBOLS: Final = 200


@dataclass(frozen=True)
class Measured:
    """Bytes, measured on made-up bars.

    Attributes:
        curated: a bar in a curated file of compact answers.
        current: a bar in a current file of the lake, a year of a symbol beside the others'.
        csv: a bar of it as CSV.
        memory: a bar of the curated columns in memory.
        coverage: a symbol in the document of coverage.
        questions: per question, the bytes that it reads of the current files, of the curated files as they come, and of CSV.
    """

    curated: float
    current: float
    csv: float
    memory: float
    coverage: float
    questions: dict[str, tuple[int, int, int]]


class _Counting(io.RawIOBase):
    """A file in memory that counts the bytes that are read of it."""

    def __init__(self, body: bytes) -> None:
        self._file = io.BytesIO(body)
        self.bytes_read = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer)
        self.bytes_read += count
        return count


class _NoStore(LakeStore):
    """Takes a document and keeps its length."""

    length = 0

    def __init__(self) -> None:
        """Reaches nothing."""

    def put(self, key: str, body: bytes, content_type: str = "") -> str:
        self.length = len(body)
        return f"{key} {content_type}"


def measure(symbols: int = _SAMPLE_SYMBOLS) -> Measured:
    """Writes made-up bars of some symbols in every form, and measures them."""
    year, compact = _bars(symbols, SESSIONS_A_YEAR), _bars(symbols, COMPACT_SESSIONS)
    run = pa.array(["20260106T220000Z-1a2b3c4d"] * year.num_rows).dictionary_encode().cast(pa.string())
    instants = pa.array([datetime(2026, 1, 6, 22, tzinfo=UTC)] * year.num_rows, pa.timestamp("us", tz="UTC"))
    table = year.append_column("run_id", run).append_column("loaded_at", instants)
    current = _parquet(table.sort_by([("symbol", "ascending"), ("session_date", "ascending")]))
    arriving = to_parquet(year.sort_by([("session_date", "ascending"), ("symbol", "ascending")]), SCHEMA)
    sink = io.BytesIO()
    pyarrow.csv.write_csv(table, sink)
    text = len(sink.getvalue())
    return Measured(
        curated=len(to_parquet(compact, SCHEMA)) / compact.num_rows,
        current=len(current) / year.num_rows,
        csv=text / year.num_rows,
        memory=compact.nbytes / compact.num_rows,
        coverage=_coverage_bytes(symbols) / symbols,
        questions={
            "closes of one symbol in a year": (
                _bytes_read(current, ["symbol", "session_date", "close"], "S00007"),
                _bytes_read(arriving, ["symbol", "session_date", "close"], "S00007"),
                text,
            ),
            "average close of each session of a year": (
                _bytes_read(current, ["session_date", "close"]),
                _bytes_read(arriving, ["session_date", "close"]),
                text,
            ),
        },
    )


def _bars(symbols: int, sessions: int) -> pa.Table:
    """Bars whose prices move as little from one session to the next as prices do; the same at every call."""
    price = "(50 + s.range % 97 + 10 * sin((d.range + s.range * 13) / 50.0) + (d.range * 7919 + s.range * 104729) % 100 / 100.0)"
    with duckdb.connect() as connection:
        rows = connection.sql(
            f"select printf('S%05d', s.range) as symbol, date '2026-01-01' + d.range::integer as session_date, "
            f"round({price}, 2)::decimal(18,6) as open, round({price} + 1.25, 2)::decimal(18,6) as high, "
            f"round({price} - 1.37, 2)::decimal(18,6) as low, round({price} + 0.4, 2)::decimal(18,6) as close, "
            f"((d.range * 7919 + s.range * 104729) % 5000000 + 100000)::bigint as volume, "
            f"(hash(s.range * 100000 + d.range) // 2)::bigint as row_hash, "
            f"timestamp '2026-01-06 22:00:00' as observed_at, "
            f"'raw/alpha_vantage/time_series_daily/year=2026/month=01/day=06/' || printf('S%05d', s.range) || '-' || "
            f"sha256(s.range::varchar) || '.json.gz' as capture_key "
            f"from range({symbols}) s, range({sessions}) d order by symbol, session_date"
        ).to_arrow_table()
    assert isinstance(rows, pa.Table)
    return rows.cast(SCHEMA.arrow)


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    # A row group of a thousand symbols' year holds 252,000 rows; UNLOAD's are of 32 MB.
    pq.write_table(table, sink, row_group_size=SESSIONS_A_YEAR * 20)
    return sink.getvalue()


def _bytes_read(body: bytes, columns: list[str], symbol: str = "") -> int:
    """What a reader fetches that skips row groups by their statistics: the footer and the chunks of the columns."""
    file = _Counting(body)
    reader = pq.ParquetFile(pa.PythonFile(file), pre_buffer=False)
    place = reader.schema_arrow.names.index("symbol")
    for number in range(reader.num_row_groups):
        statistics: Any = reader.metadata.row_group(number).column(place).statistics
        if not symbol or statistics.min <= symbol <= statistics.max:
            reader.read_row_group(number, columns=columns)
    return file.bytes_read


def _coverage_bytes(symbols: int) -> int:
    at, folder = datetime(2026, 1, 6, 22, tzinfo=UTC), "raw/alpha_vantage/time_series_daily/year=2026/month=01/day=06"
    held = {
        f"S{number:05d}": SymbolCoverage(
            at.date(),
            at.date(),
            at,
            captures={f"{number:064x}": f"{folder}/S{number:05d}-{number:064x}.json.gz"},
        )
        for number in range(symbols)
    }
    store = _NoStore()
    state.coverage(SCHEMA.name).write(store, held)
    return store.length


def day_table(measured: Measured, counts: Iterable[int] = SYMBOL_COUNTS) -> str:
    """What one trading day asks for, by the number of symbols."""
    columns = [_day(count, measured) for count in counts]
    lines = ["| a trading day | " + " | ".join(f"{count:,} symbols" for count in counts) + " |", "|---|" + "---:|" * len(columns)]
    lines += [f"| {name} | " + " | ".join(column[name] for column in columns) + " |" for name in columns[0]]
    return "\n".join(lines)


def _day(symbols: int, measured: Measured) -> dict[str, str]:
    curated = symbols * COMPACT_SESSIONS * measured.curated
    seconds = warehouse_seconds(symbols)
    requests = symbols * (DEFAULT.writes_a_symbol + DEFAULT.reads_a_symbol) + DEFAULT.writes_a_run + DEFAULT.reads_a_run
    s3 = symbols * (DEFAULT.writes_a_symbol * prices.S3_WRITE.usd + DEFAULT.reads_a_symbol * prices.S3_READ.usd)
    return {
        "calls": f"{symbols:,}",
        f"minutes at {CALLS_A_MINUTE:,} calls a minute": f"{symbols / CALLS_A_MINUTE:.1f}",
        "rows staged (compact answers)": f"{symbols * COMPACT_SESSIONS:,}",
        "curated files that COPY reads, MB": f"{curated / 1e6:,.1f}",
        "how many": f"{number_of_files(symbols * COMPACT_SESSIONS, SLICES):,}",
        "of it in memory, MB": f"{symbols * COMPACT_SESSIONS * measured.memory / 1e6:,.0f}",
        "current file of the year, MB": f"{symbols * SESSIONS_A_YEAR * measured.current / 1e6:,.1f}",
        "coverage document, MB": f"{symbols * measured.coverage / 1e6:,.1f}",
        "warehouse awake, seconds": f"{seconds:,.0f}",
        "RPU seconds": f"{seconds * DEFAULT.rpus:,.0f}",
        "warehouse, USD": f"{warehouse_usd(seconds):.3f}",
        "S3 requests": f"{requests:,.0f}",
        "S3 requests, USD": f"{s3:.3f}",
        "a month of everything, USD": f"{sum(monthly_cost(symbols).values()):,.2f}",
    }


def limit_table(measured: Measured) -> str:
    """What breaks, by the number of symbols at which it does, the first at the top."""
    day_minutes, year = 6 * 60, SESSIONS_A_YEAR * measured.current
    limits = {
        f"the curated rows alone fill half of the task's {DEFAULT.task_gb:.0f} GB: a larger `flow_task_size`": (
            TASK_BYTES / 2 / (COMPACT_SESSIONS * measured.memory)
        ),
        "the coverage document passes 100 MB, which every run reads and writes whole": 1e8 / measured.coverage,
        f"the calls take six hours at {CALLS_A_MINUTE:,} a minute": day_minutes * CALLS_A_MINUTE,
        "a year's current file passes the 5 GB that S3 copies in one request": COPIED_AT_MOST / year,
        "with bars of a minute: a year's current file passes the 5 GB that S3 copies in one request": COPIED_AT_MOST
        / year
        / MINUTES_A_SESSION,
    }
    lines = ["| at about so many symbols | this breaks |", "|---:|---|"]
    # Three digits, since that is what the assumptions are good for.
    ordered = sorted(limits.items(), key=lambda limit: limit[1])
    return "\n".join([*lines, *(f"| {float(f'{count:.2g}'):,.0f} | {what} |" for what, count in ordered)])


def question_table(measured: Measured) -> str:
    """What a question reads, in kB of two hundred symbols' year."""
    lines = ["| question | current file, kB | curated file, kB | CSV, kB | of CSV |", "|---|---:|---:|---:|---:|"]
    for question, (current, arriving, text) in measured.questions.items():
        lines.append(f"| {question} | {current / 1e3:,.0f} | {arriving / 1e3:,.0f} | {text / 1e3:,.0f} | {current / text:.1%} |")
    return "\n".join(lines)


def bytes_line(measured: Measured) -> str:
    """The measured bytes in one sentence."""
    return (
        f"A bar takes {measured.curated:.0f} bytes in a curated file, {measured.current:.0f} in a current file, {measured.csv:.0f} as CSV, "
        f"{measured.memory:.0f} in memory; a symbol {measured.coverage:.0f} in coverage."
    )


def tables() -> dict[str, str]:
    """Every part of docs/scale.md that is measured or computed, by the name of its marks."""
    measured = measure()
    return {
        "bytes": bytes_line(measured),
        "day": day_table(measured),
        "limits": limit_table(measured),
        "questions": question_table(measured),
    }


if __name__ == "__main__":
    sys.stdout.write("\n\n".join(tables().values()) + "\n")
