"""awswrangler's Redshift functions run unmodified."""

import importlib
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest

from tests.integration.redshift.conftest import BUCKET, KEY, REGION, ROLE, Client, Lake

pytestmark = [
    pytest.mark.embedded,
    # awswrangler 3.17 still asks pandas 3 for what pandas 4 will drop; nothing of it is ours.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:awswrangler"),
    pytest.mark.filterwarnings("ignore::FutureWarning:awswrangler"),
]

FRAME = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "name": ["a", "b", None],
        "value": [1.5, 2.5, 3.5],
        "day": [date(2026, 1, 1)] * 3,
        "at": pd.to_datetime(["2026-01-01 01:02:03"] * 3),
        "flag": [True, False, True],
    }
)


@pytest.fixture
def wr(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", lake.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    return importlib.import_module("awswrangler")


@pytest.fixture
def market(connect: Callable[..., Client]) -> Client:
    client = connect(autocommit=False)
    client.run("create schema market")
    client.commit()
    return client


def held(client: Client, table: str, columns: str = "id, value") -> list[tuple[Any, ...]]:
    rows = client.run(f"select {columns} from market.{table} order by id")
    client.commit()
    return rows


def test_to_sql_appends_upserts_and_adds_columns(wr: Any, market: Client) -> None:
    common = {"con": market.connection, "schema": "market", "table": "t"}
    wr.redshift.to_sql(FRAME, primary_keys=["id"], distkey="id", diststyle="KEY", sortkey=["day"], **common)
    wr.redshift.to_sql(FRAME.assign(value=9.0).head(1), mode="upsert", **common)
    assert held(market, "t") == [(1, 9.0), (2, 2.5), (3, 3.5)]
    wr.redshift.to_sql(FRAME.assign(more=1).tail(1).assign(id=4), add_new_columns=True, use_column_names=True, **common)
    assert held(market, "t", "id, more") == [(1, None), (2, None), (3, None), (4, 1)]


@pytest.mark.parametrize(
    "options", [{"overwrite_method": "truncate"}, {"overwrite_method": "delete", "lock": True}, {"overwrite_method": "drop"}]
)
def test_to_sql_overwrites(wr: Any, market: Client, options: dict[str, Any]) -> None:
    common = {"con": market.connection, "schema": "market", "table": "t"}
    wr.redshift.to_sql(FRAME, **common)
    wr.redshift.to_sql(FRAME.assign(value=7.0), mode="overwrite", **options, **common)
    assert held(market, "t") == [(1, 7.0), (2, 7.0), (3, 7.0)]


def test_copy_appends_and_upserts(wr: Any, market: Client, database: str) -> None:
    common = {"con": market.connection, "schema": "market", "table": "t", "iam_role": ROLE, "path": f"s3://{BUCKET}/{database}/stage/"}
    wr.redshift.copy(FRAME, primary_keys=["id"], **common)
    wr.redshift.copy(FRAME.assign(value=7.0), mode="upsert", primary_keys=["id"], **common)
    assert held(market, "t") == [(1, 7.0), (2, 7.0), (3, 7.0)]
    wr.redshift.copy(FRAME.assign(value=8.0), mode="upsert", primary_keys=["id"], precombine_key="at", use_column_names=True, **common)
    assert held(market, "t") == [(1, 8.0), (2, 8.0), (3, 8.0)]


def test_copy_from_files_makes_overwrites_and_takes_keys_of_the_session(wr: Any, market: Client, database: str) -> None:
    path = f"s3://{BUCKET}/{database}/files/"
    wr.s3.to_parquet(FRAME, f"{path}x.parquet", index=False)
    common = {"con": market.connection, "schema": "market", "table": "t", "path": path}
    wr.redshift.copy_from_files(iam_role=ROLE, **common)
    wr.redshift.copy_from_files(iam_role=ROLE, mode="overwrite", **common)
    wr.redshift.copy_from_files(iam_role=ROLE, mode="overwrite", overwrite_method="truncate", **common)
    wr.redshift.copy_from_files(**common)
    assert [row[0] for row in held(market, "t")] == [1, 1, 2, 2, 3, 3]


def test_queries_tables_chunks_and_unload_are_read(wr: Any, market: Client, database: str) -> None:
    wr.redshift.to_sql(FRAME, con=market.connection, schema="market", table="t")
    frame = wr.redshift.read_sql_query("select * from market.t where id >= %s order by id", con=market.connection, params=[2])
    assert frame["id"].tolist() == [2, 3]
    assert len(wr.redshift.read_sql_table("t", schema="market", con=market.connection)) == 3
    chunks = wr.redshift.read_sql_query("select * from market.t", con=market.connection, chunksize=2)
    assert [len(chunk) for chunk in chunks] == [2, 1]
    unloaded = wr.redshift.unload("select * from market.t", path=f"s3://{BUCKET}/{database}/out/", con=market.connection, iam_role=ROLE)
    assert unloaded.shape == (3, 6)
