"""redshift_connector: its metadata functions, which read the system views as a driver does."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.peers.checks.conftest import Address

redshift_connector = pytest.importorskip("redshift_connector")

pytestmark = [
    # redshift_connector 2.2 makes its TLS context the old way.
    pytest.mark.filterwarnings(r"ignore:ssl.SSLContext\(\) without protocol:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLS is deprecated:DeprecationWarning"),
]


@pytest.fixture
def cursor(address: "Address", monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("SSL_CERT_FILE", address.trusted)
    connection = redshift_connector.connect(
        host=address.host, port=address.port, user=address.user, password=address.password, database="dev", sslmode="verify-full"
    )
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("drop schema if exists driver cascade")
    cursor.execute("create schema driver")
    cursor.execute("create table driver.prices (symbol varchar(8) not null primary key, close numeric(18,6))")
    cursor.execute("create view driver.closes as select close from driver.prices")
    yield cursor
    connection.close()


def test_schemas_tables_and_columns_are_listed(cursor: Any) -> None:
    assert ("driver",) in {(row[0],) for row in cursor.get_schemas()}
    listed = {(row[2], row[3]) for row in cursor.get_tables(schema_pattern="driver")} - {("prices_pkey", "INDEX")}
    assert listed == {("prices", "TABLE"), ("closes", "VIEW")}
    columns = [(row[3], row[5]) for row in cursor.get_columns(schema_pattern="driver", tablename_pattern="prices")]
    assert columns == [("symbol", "varchar"), ("close", "numeric")]


def test_primary_keys_are_listed(cursor: Any) -> None:
    assert [row[3] for row in cursor.get_primary_keys(schema="driver", table="prices")] == ["symbol"]


def test_a_frame_is_read_and_written(cursor: Any) -> None:
    pandas = pytest.importorskip("pandas")
    cursor.write_dataframe(pandas.DataFrame({"symbol": ["A", "B"], "close": [1.5, 2.5]}), "driver.prices")
    cursor.execute("select * from driver.prices order by symbol")
    assert cursor.fetch_dataframe()["symbol"].tolist() == ["A", "B"]
