"""A lake and a warehouse of their own for each test: moto's S3, and a fresh database on one embedded Redshift."""

import hashlib
import io
import itertools
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, partial
from types import MappingProxyType
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from redshift_connector import Connection

from infra.local.certificate import ensure_certificate
from infra.local.redshift import Certificate, ControlPlane, RedshiftServer, S3Access, StatementEvent
from tasks.datasets import SCHEMAS
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.lake.store import LakeStore
from tasks.orchestration.settings import Settings
from tasks.records import LoadResult, Manifest
from tasks.schema import TableSchema
from tasks.warehouse.connection import WarehouseAddress, connect
from tasks.warehouse.load import load
from tasks.warehouse.migrations import migrate
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.query import adjusted_as_of, run_statement
from tasks.warehouse.rebuild import rebuilt_tables
from tasks.warehouse.runs import RunRecord
from tests.integration.databases import drop_database
from tests.integration.warehouse import live

WORKGROUP = "tickerhouse-test"
REGION = "us-east-1"
BUCKET = "tickerhouse-test-synthetic"
KEY = "testing"

FILLED = (*rebuilt_tables(SCHEMAS), "ops.load_audit", "ops.run")
"""The tables a test finds empty; ``market.dim_session`` keeps its sessions."""

Bar = tuple[str, str, str, str]
"""Symbol, session, close and observed_at; everything else of a row follows from them."""


def row_of(bar: Bar) -> tuple[Any, ...]:
    symbol, session, text, observed = bar
    close = Decimal(text)
    row_hash = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)
    capture = f"raw/alpha_vantage/{symbol}-{observed}"
    instant = datetime.fromisoformat(observed)
    return (symbol, date.fromisoformat(session), close, close + 1, close - 1, close, 1000, row_hash, instant, capture)


class Lake:
    """The bucket, and writing curated files into it."""

    def __init__(self, store: LakeStore) -> None:
        self.store = store

    def put(self, key: str, body: bytes) -> str:
        return self.store.put(key, body)

    def addresses(self) -> list[str]:
        return [self.store.uri(key) for key in self.store.keys("")]

    def manifest(
        self,
        run_id: str,
        bars: Sequence[Bar],
        *,
        rows: int | None = None,
        schema: pa.Schema = DAILY_PRICES.arrow,
        volumes: Sequence[int] | None = None,
    ) -> Manifest:
        whole = list(map(row_of, bars))
        if volumes is not None:
            whole = [(*row[:6], volume, *row[7:]) for row, volume in zip(whole, volumes, strict=True)]
        columns = zip(*whole, strict=True)
        table = pa.table([pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)], schema=schema)
        buffer = io.BytesIO()
        pq.write_table(table, buffer, use_deprecated_int96_timestamps=True, store_decimal_as_integer=True)
        body = buffer.getvalue()
        file_uri = self.put(f"curated/daily_prices/{run_id}.parquet", body)
        entries = [{"url": file_uri, "mandatory": True, "meta": {"content_length": len(body)}}]
        count = len(bars) if rows is None else rows
        meta = {"dataset": "daily_prices", "run_id": run_id, "rows": count, "sha256": hashlib.sha256(body).hexdigest()}
        text = json.dumps({"entries": entries, "meta": meta}).encode()
        return Manifest(
            uri=self.put(f"manifests/daily_prices/{run_id}.json", text),
            sha256=hashlib.sha256(text).hexdigest(),
            file_uri=file_uri,
            file_sha256=hashlib.sha256(body).hexdigest(),
            file_bytes=len(body),
            rows=count,
            dataset="daily_prices",
            run_id=run_id,
        )


FORBIDDEN = re.compile(
    r"\b(truncate|lock|access_key_id|secret_access_key|session_token|credentials)\b|^copy (?!.* manifest$)|from 's3://[^']+/'",
    re.IGNORECASE,
)
"""What no statement may be or carry: a commit halfway, a lock that stops readers, a COPY by prefix, a key."""


class Watch:
    """What the server's observer does: it keeps every statement, and lets a test act on one."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.seen: set[str] = set()
        self.act: Callable[[StatementEvent], None] | None = None

    def __call__(self, event: StatementEvent) -> None:
        if event.phase == "before":
            self.statements.append(event.sql)
            self.seen.add(event.sql)
        if self.act:
            self.act(event)


@cache
def serverless_client(region: str) -> Any:
    """One client of the control plane for all connections, as a run has; made when the environment leads to the server."""
    return boto3.client("redshift-serverless", region_name=region)


class Warehouse:
    """One database, and asking it."""

    def __init__(self, address: WarehouseAddress, copy_role: str = "default") -> None:
        self.address = address
        self.copy_role = copy_role
        self._reader: Connection | None = None

    def open(self) -> Connection:
        return connect(self.address, serverless_client(self.address.region))

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of one statement, on a session kept for that."""
        self._reader = self._reader or self.open()
        return run_statement(self._reader, sql).rows

    def close(self) -> None:
        if self._reader:
            self._reader.close()
            self._reader = None

    def load(
        self,
        manifest: Manifest,
        open_connection: Callable[[], Connection] | None = None,
        retries: int = 3,
        exchanges: Mapping[str, str] = MappingProxyType({}),
    ) -> LoadResult:
        options = LoadOptions(self.copy_role, retries, 0.01, random=lambda: 0.0, exchanges=exchanges)
        return load(open_connection or self.open, manifest, DAILY_PRICES, options)

    def load_table(self, manifest: Manifest, dataset: TableSchema) -> LoadResult:
        return load(self.open, manifest, dataset, LoadOptions(self.copy_role, retry_wait=0.01))

    def empty(self) -> None:
        """Removes what tests have put into the tables."""
        for table in FILLED:
            self.ask(f"DELETE FROM {table}")

    def load_again_at_once(self, lake: Lake) -> None:
        """Empties the tables and loads the bars and events that they held, the bars by one load: all marts are computed from nothing."""
        events = {table: self.ask(f"SELECT * FROM {table}") for table in ("market.fact_dividend", "market.fact_split")}
        bars = self.ask("SELECT symbol, session_date, close, observed_at FROM market.fact_daily_price")
        self.empty()
        for table, rows in events.items():
            for row in rows:
                self.ask(f"INSERT INTO {table} SELECT {', '.join('NULL' if value is None else repr(str(value)) for value in row)}")
        self.load(lake.manifest("run-at-once", [(symbol, str(day), str(close), at.isoformat()) for symbol, day, close, at in bars]))

    def run_record(self, run_id: str) -> RunRecord:
        moment = datetime(2026, 1, 7, 22, tzinfo=UTC)
        return RunRecord(run_id, "daily_prices", "synthetic", "Completed", moment, moment, moment)

    def adjusted_as_of(self, symbol: str, moment: datetime) -> dict[date, Decimal]:
        with closing(self.open()) as connection:
            return {bar.session_date: bar.adjusted_close for bar in adjusted_as_of(connection, symbol, moment)}

    def bars(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Symbol and session to close and run."""
        rows = self.ask("SELECT symbol, session_date, close, run_id FROM market.fact_daily_price")
        keyed = {(symbol, str(session)): (str(close), run_id) for symbol, session, close, run_id in rows}
        assert len(keyed) == len(rows)
        return keyed


@pytest.fixture(scope="session")
def lake(request: pytest.FixtureRequest) -> Iterator[Lake]:
    if request.config.getoption("--live"):
        with live.bucket(Settings.from_environment()) as store:
            yield Lake(store)
        return
    endpoint = request.getfixturevalue("endpoint")
    client = boto3.client("s3", endpoint_url=endpoint, region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=KEY)
    client.create_bucket(Bucket=BUCKET)
    yield Lake(LakeStore(client, BUCKET))


@pytest.fixture(scope="session")
def observer() -> Watch:
    return Watch()


@pytest.fixture
def watch(observer: Watch) -> Iterator[Watch]:
    """The observer, idle again after the test."""
    yield observer
    observer.act = None


@pytest.fixture(scope="session")
def redshift(endpoint: str, observer: Watch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedshiftServer]:
    certificate, private_key, _ = ensure_certificate(tmp_path_factory.mktemp("certificate"), datetime.now(UTC), None)
    s3 = S3Access(endpoint, KEY, KEY, REGION)
    server = RedshiftServer(None, s3, certificate=Certificate(certificate, private_key), observer=observer).start()
    control_plane = ControlPlane(server, WORKGROUP).start()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
        patch.setenv("AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS", control_plane.url)
        patch.setenv("AWS_ENDPOINT_URL_REDSHIFT_DATA", control_plane.url)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        # Not the bundle: reading a hundred authorities takes longer than a connection does.
        patch.setenv("SSL_CERT_FILE", str(certificate))
        yield server
    control_plane.stop()
    server.stop()
    # Whatever the tests made the pipeline do: loads, marts, migrations, retention, rebuilds.
    plain = sorted(" ".join(sql.split()) for sql in observer.seen)
    assert [sql for sql in plain if FORBIDDEN.search(sql)] == []


_numbers = itertools.count(1)


@contextmanager
def database(server: RedshiftServer) -> Iterator[Warehouse]:
    name = f"test_{next(_numbers)}"
    address = WarehouseAddress(WORKGROUP, "dev", REGION, 10)
    with closing(Warehouse(address)) as first:
        first.ask(f"CREATE DATABASE {name}")
    with closing(Warehouse(replace(address, database=name))) as made:
        yield made
    drop_database(server, name)


@pytest.fixture(scope="session")
def new_warehouse(redshift: RedshiftServer) -> Callable[[], AbstractContextManager[Warehouse]]:
    """Opens a database without a table, for as long as its user wants it."""
    return partial(database, redshift)


@pytest.fixture
def empty_warehouse(new_warehouse: Callable[[], AbstractContextManager[Warehouse]]) -> Iterator[Warehouse]:
    """A database without a table."""
    with new_warehouse() as made:
        yield made


@contextmanager
def live_database() -> Iterator[Warehouse]:
    settings = Settings.from_environment()
    with live.database(settings) as address, closing(Warehouse(address, settings.copy_role)) as made:
        yield made


@pytest.fixture(scope="session")
def migrated_warehouse(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    """A database with all tables, which the tests share; of a real workgroup where ``--live`` is given."""
    new = live_database if request.config.getoption("--live") else request.getfixturevalue("new_warehouse")
    with new() as made:
        with closing(made.open()) as connection:
            migrate(connection)
        yield made


@pytest.fixture
def warehouse(migrated_warehouse: Warehouse) -> Warehouse:
    """The shared database, all tables empty."""
    migrated_warehouse.empty()
    return migrated_warehouse
