"""dlt: its Redshift destination with INSERT, and with files staged in S3."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.peers.checks.conftest import Address

dlt = pytest.importorskip("dlt")
pytest.importorskip("psycopg2")

ROWS = [{"symbol": "IBM", "close": 1.5, "at": "2026-01-05T01:02:03Z"}, {"symbol": "MSFT", "close": 2.5, "at": "2026-01-05T01:02:03Z"}]


def pipeline(address: "Address", folder: "Path", name: str, **options: Any) -> Any:
    credentials = {
        "host": address.host,
        "port": address.port,
        "username": address.user,
        "password": address.password,
        "database": address.database,
        "query": {"sslmode": "require"},
    }
    destination = dlt.destinations.redshift(credentials)
    return dlt.pipeline(name, destination=destination, dataset_name=f"dlt_{name}", pipelines_dir=str(folder), **options)


def held(loaded: Any) -> list[tuple[Any, ...]]:
    with loaded.sql_client() as client:
        return [tuple(row) for row in client.execute_sql(f"select symbol, close from {loaded.dataset_name}.prices order by symbol")]


def test_rows_are_inserted_and_merged(address: "Address", tmp_path: "Path") -> None:
    loaded = pipeline(address, tmp_path, "inserted")
    options = {"table_name": "prices", "write_disposition": "merge", "primary_key": "symbol"}
    loaded.run(ROWS, **options).raise_on_failed_jobs()
    loaded.run([{**ROWS[0], "close": 9.5}], **options).raise_on_failed_jobs()
    assert held(loaded) == [("IBM", 9.5), ("MSFT", 2.5)]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_rows_are_copied_from_staged_files(address: "Address", tmp_path: "Path", form: str) -> None:
    pytest.importorskip("s3fs")
    keys = {
        "aws_access_key_id": "testing",
        "aws_secret_access_key": "testing",
        "region_name": "us-east-1",
        "endpoint_url": address.endpoint,
    }
    staging = dlt.destinations.filesystem(f"s3://{address.bucket}/staging", keys)
    loaded = pipeline(address, tmp_path, f"staged_{form}", staging=staging)
    loaded.run(ROWS, table_name="prices", loader_file_format=form).raise_on_failed_jobs()
    assert held(loaded) == [("IBM", 1.5), ("MSFT", 2.5)]
