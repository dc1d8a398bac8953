"""What one load costs, all marts and checks included: 650,000 new rows at once, one new session of 5,000 symbols on 3 and on 30 M bars, and
thirty splits, which restate the whole adjusted series of thirty symbols, among 500 and among 5,000 symbols.

Through ``load`` and the embedded Redshift (DuckDB), so the ratio tells and the milliseconds do not. Prints one line a measure, with the
statements that the load sent between BEGIN and COMMIT. ``--rows 3`` leaves out the large table, which needs 6 GB of disk.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import boto3
import duckdb
import pyarrow as pa
from redshift_connector import Connection

from infra.local.certificate import ensure_certificate
from infra.local.redshift import Certificate, ControlPlane, RedshiftServer, S3Access, StatementEvent
from infra.local.stack_constants import ACCESS_KEY, REGION, SECRET_KEY
from tasks.curation.parquet import to_parquet
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.datasets.splits import SCHEMA as SPLITS_SCHEMA
from tasks.lake.manifests import write_curated_file, write_manifest
from tasks.lake.store import LakeStore
from tasks.schema import TableSchema
from tasks.warehouse.connection import WarehouseAddress, connect
from tasks.warehouse.load import load
from tasks.warehouse.migrations import migrate
from tasks.warehouse.options import LoadOptions
from tests.benchmarks.work.peer_awswrangler import Upsert
from tests.benchmarks.work.peers_of_a_load import DltMerge, make_table
from tests.benchmarks.work.stack_s3 import served_s3

WORKGROUP: Final = "tickerhouse-benchmark"
BUCKET: Final = "benchmark-lake"
SYMBOLS: Final = 5_000
REPEATS: Final = 5
BULK_SYMBOLS: Final = 100
BULK_SESSIONS: Final = 6_500
BULK_REPEATS: Final = 3
SPLITS: Final = 30
SPLIT_SESSIONS: Final = 600


def main() -> None:
    """Measures, and prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[3, 30], help="millions of bars, one table after the other")
    parser.add_argument("--bulk-symbols", type=int, default=BULK_SYMBOLS, help="symbols of the load into an empty table")
    parser.add_argument("--dlt", type=Path, metavar="PYTHON", help="of an environment that has dlt; python -m tests.peers dlt makes one")
    asked = parser.parse_args()
    taken = []
    for _ in range(BULK_REPEATS):
        with warehouse(0) as place:
            taken.append(place.load(_bars(asked.bulk_symbols, 0, BULK_SESSIONS), "bulk"))
    _tell(f"{asked.bulk_symbols * BULK_SESSIONS:,} new rows into an empty table", taken)
    best = {}
    for millions in asked.rows:
        with warehouse(millions) as place:
            sessions = millions * 1_000_000 // SYMBOLS
            days = [_bars(SYMBOLS, sessions + repeat, 1) for repeat in range(REPEATS)]
            with contextlib.ExitStack() as cleanup:
                peers: dict[str, Upsert | DltMerge] = {
                    "awswrangler's upsert": Upsert(place.open_connection(), f"s3://{BUCKET}/peer/"),
                }
                if asked.dlt:
                    peers["dlt's merge"] = cleanup.enter_context(place.dlt(asked.dlt))
                taken = []
                of_peers: dict[str, list[float]] = {name: [] for name in peers}
                for repeat, day in enumerate(days):
                    taken.append(place.load(day, f"delta-{repeat}"))
                    for name, peer in peers.items():
                        of_peers[name].append(peer.load(day))
        _tell(f"one new session of {SYMBOLS:,} symbols on {millions} M bars", taken)
        for name, seconds in of_peers.items():
            sys.stdout.write(f"  {name} of the same, into the bars alone: {min(seconds):.2f} s to {max(seconds):.2f} s\n")
        best[millions] = min(seconds for seconds, _ in taken)
    if len(best) > 1:
        small, *_, large = best.values()
        sys.stdout.write(f"ratio of the best: {large / small:.2f}\n")
    split = [_tell_splits(symbols) for symbols in (SYMBOLS // 10, SYMBOLS)]
    sys.stdout.write(f"ratio of the best: {split[1] / split[0]:.2f}\n")


def _tell_splits(symbols: int) -> float:
    with warehouse(symbols * SPLIT_SESSIONS / 1_000_000, symbols) as place:
        taken = [place.load(_splits(repeat * SPLITS), f"splits-{repeat}", SPLITS_SCHEMA) for repeat in range(BULK_REPEATS)]
    _tell(f"{SPLITS} splits among {symbols:,} symbols of {SPLIT_SESSIONS} sessions", taken)
    return min(seconds for seconds, _ in taken)


def _tell(what: str, taken: list[tuple[float, int]]) -> None:
    seconds = [each for each, _ in taken]
    sent = max(statements for _, statements in taken)
    sys.stdout.write(f"{what}: {min(seconds):.2f} s to {max(seconds):.2f} s, {len(taken)} times, {sent} statements at most\n")


class Place:
    """A lake and a warehouse, and loading into it."""

    def __init__(self, store: LakeStore, address: WarehouseAddress, sent: list[str], endpoint: str, folder: Path) -> None:
        self.store = store
        self.sent = sent
        self.endpoint = endpoint
        self._serverless = boto3.client("redshift-serverless", region_name=address.region)
        self._address = address
        self._folder = folder

    def open_connection(self) -> Connection:
        """Opens one session."""
        return connect(self._address, self._serverless)

    def dlt(self, python: Path) -> DltMerge:
        """Upserts of dlt into a table of the same bars."""
        with contextlib.closing(self.open_connection()) as connection:
            make_table(connection, "peer_dlt", "daily_price")
        login = self._serverless.get_credentials(workgroupName=self._address.workgroup, dbName=self._address.database)
        endpoint = self._serverless.get_workgroup(workgroupName=self._address.workgroup)["workgroup"]["endpoint"]
        place = {
            "warehouse": {
                "host": endpoint["address"],
                "port": endpoint["port"],
                "username": login["dbUser"],
                "password": login["dbPassword"],
                "database": self._address.database,
                "query": {"sslmode": "require"},
            },
            "stage": f"s3://{BUCKET}/dlt",
            "s3": {
                "aws_access_key_id": ACCESS_KEY,
                "aws_secret_access_key": SECRET_KEY,
                "region_name": REGION,
                "endpoint_url": self.endpoint,
            },
            "schema": "peer_dlt",
            "table": "daily_price",
        }
        return DltMerge(python, place, self._folder)

    def load(self, rows: pa.Table, run_id: str, schema: TableSchema = DAILY_PRICES) -> tuple[float, int]:
        """Seconds of one load, and its statements between BEGIN and COMMIT."""
        file = write_curated_file(self.store, schema.name, to_parquet(rows, schema), rows.num_rows, run_id)
        manifest = write_manifest(self.store, file)
        self.sent.clear()
        begun = time.perf_counter()
        result = load(self.open_connection, manifest, schema, LoadOptions())
        taken = time.perf_counter() - begun
        assert result.new == rows.num_rows, result
        return taken, sum(not sql.lower().startswith(("begin", "commit")) for sql in self.sent)


def _bars(symbols: int, first: int, sessions: int) -> pa.Table:
    with duckdb.connect() as connection:
        rows = connection.sql(f"select * from ({_rows(symbols, first, sessions)}) order by session_date, symbol")
        assert rows is not None
        found = rows.to_arrow_table()
    assert isinstance(found, pa.Table)
    return found.cast(DAILY_PRICES.arrow)


def _splits(first: int) -> pa.Table:
    """Two for one, of symbols that follow each other, in the middle of their sessions."""
    day = date(2000, 1, 1) + timedelta(days=SPLIT_SESSIONS // 2)
    rows = [
        {
            "symbol": f"S{number}",
            "effective_date": day,
            "split_factor": Decimal(2),
            "row_hash": number,
            "observed_at": datetime(2026, 1, 1),  # noqa: DTZ001 - the column has no zone
            "capture_key": "raw/x",
        }
        for number in range(first, first + SPLITS)
    ]
    return pa.Table.from_pylist(rows, schema=SPLITS_SCHEMA.arrow)


def _rows(symbols: int, first: int, sessions: int) -> str:
    """Bars on consecutive days, prices that move."""
    price = "(100 + 10 * sin(d.range / 50.0) + s.range % 7)::decimal(18,6)"
    return (
        f"select 'S' || s.range as symbol, date '2000-01-01' + d.range::integer as session_date, {price} as open, {price} + 1 as high, "
        f"{price} - 1 as low, {price} as close, 1000 + d.range as volume, (hash(s.range * 100000 + d.range) // 2)::bigint as row_hash, "
        f"timestamp '2026-01-01' as observed_at, 'raw/x' as capture_key from range({symbols}) s, range({first}, {first + sessions}) d"
    )


@contextlib.contextmanager
def warehouse(millions: float, symbols: int = SYMBOLS) -> Iterator[Place]:
    """A lake and a migrated warehouse that holds some millions of bars of so many symbols."""
    with tempfile.TemporaryDirectory() as text, contextlib.ExitStack() as cleanup:
        folder = Path(text)
        endpoint = cleanup.enter_context(served_s3(folder))
        certificate, private_key, bundle = ensure_certificate(folder, datetime.now(UTC), None)
        s3 = S3Access(endpoint, ACCESS_KEY, SECRET_KEY, REGION)
        sent: list[str] = []

        def observe(event: StatementEvent) -> None:
            if event.phase == "before":
                sent.append(event.sql)

        os.environ |= {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            # As on the embedded stack: rclone answers a range with the whole object's checksum.
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
            "SSL_CERT_FILE": str(bundle),
            "AWS_ENDPOINT_URL_S3": endpoint,
        }
        identity = Certificate(certificate, private_key)
        with _serving(folder, s3, identity, observe) as address:
            serverless = boto3.client("redshift-serverless", region_name=REGION)
            with contextlib.closing(connect(address, serverless)) as connection:
                migrate(connection)
        _fill(folder / "dev.duckdb", millions, symbols)
        client = boto3.client("s3", endpoint_url=endpoint, region_name=REGION)
        client.create_bucket(Bucket=BUCKET)
        with _serving(folder, s3, identity, observe) as address:
            yield Place(LakeStore(client, BUCKET), address, sent, endpoint, folder)


@contextlib.contextmanager
def _serving(folder: Path, s3: S3Access, identity: Certificate, observe: Callable[[StatementEvent], None]) -> Iterator[WarehouseAddress]:
    with RedshiftServer(folder, s3, certificate=identity, observer=observe) as server, ControlPlane(server, WORKGROUP) as control_plane:
        os.environ["AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS"] = control_plane.url
        yield WarehouseAddress(WORKGROUP, "dev", REGION, 60)


def _fill(file: Path, millions: float, symbols: int) -> None:
    """Puts bars and their adjusted ones into the closed database; of the metrics the keys alone, which is what a load reads of them."""
    if not millions:
        return
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            f"insert into market.fact_daily_price select *, 'run', timestamp '2026-01-01' "
            f"from ({_rows(symbols, 0, round(millions * 1_000_000 / symbols))}) order by session_date, symbol"
        )
        connection.execute(
            "insert into market.daily_price_adjusted "
            "select symbol, session_date, open, high, low, close, volume, 1, 1 from market.fact_daily_price"
        )
        connection.execute(
            "insert into market.daily_metric (symbol, session_date, adjusted_close) "
            "select symbol, session_date, close from market.fact_daily_price"
        )


if __name__ == "__main__":
    main()
