"""sqlalchemy-redshift: reflection of tables, keys, views and comments; a round trip through the ORM's core."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.peers.checks.conftest import Address

pytest.importorskip("sqlalchemy_redshift")
sa = pytest.importorskip("sqlalchemy")

DRIVERS = ("psycopg2", "redshift_connector")
pytestmark = [
    pytest.mark.filterwarnings(r"ignore:ssl.SSLContext\(\) without protocol:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLS is deprecated:DeprecationWarning"),
]


@pytest.fixture(params=DRIVERS)
def engine(request: pytest.FixtureRequest, address: "Address", monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    pytest.importorskip(request.param)
    monkeypatch.setenv("SSL_CERT_FILE", address.trusted)
    url = sa.URL.create(f"redshift+{request.param}", address.user, address.password, address.host, address.port, address.database)
    trust = {"sslrootcert": address.trusted} if request.param == "psycopg2" else {}
    engine = sa.create_engine(url, connect_args={"sslmode": "verify-ca", **trust})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("drop schema if exists reflected cascade"))
        connection.execute(sa.text("create schema reflected"))
    yield engine
    engine.dispose()


def test_what_was_created_is_reflected(engine: Any) -> None:
    metadata = sa.MetaData(schema="reflected")
    symbols = sa.Table("symbols", metadata, sa.Column("symbol", sa.String(8), primary_key=True))
    sa.Table(
        "prices",
        metadata,
        sa.Column("symbol", sa.String(8), sa.ForeignKey(symbols.c.symbol), primary_key=True),
        sa.Column("session_date", sa.Date, primary_key=True),
        sa.Column("close", sa.Numeric(18, 6), nullable=False),
        sa.Column("note", sa.String(20), server_default="none"),
        redshift_distkey="symbol",
        redshift_sortkey="session_date",
    )
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("create view reflected.closes as select close from reflected.prices"))
    inspector = sa.inspect(engine)
    assert sorted(inspector.get_table_names(schema="reflected")) == ["prices", "symbols"]
    assert inspector.get_view_names(schema="reflected") == ["closes"]
    columns = {column["name"]: column for column in inspector.get_columns("prices", schema="reflected")}
    assert list(columns) == ["symbol", "session_date", "close", "note"]
    assert (columns["close"]["type"].precision, columns["close"]["type"].scale, columns["close"]["nullable"]) == (18, 6, False)
    assert columns["symbol"]["type"].length == 8
    assert "none" in columns["note"]["default"]
    assert inspector.get_pk_constraint("prices", schema="reflected")["constrained_columns"] == ["symbol", "session_date"]
    foreign = inspector.get_foreign_keys("prices", schema="reflected")[0]
    assert (foreign["constrained_columns"], foreign["referred_table"], foreign["referred_columns"]) == (["symbol"], "symbols", ["symbol"])
    assert "select" in inspector.get_view_definition("closes", schema="reflected").lower()
    again = sa.Table("prices", sa.MetaData(), schema="reflected", autoload_with=engine)
    assert [column.name for column in again.columns] == list(columns)
    assert again.dialect_options["redshift"]["sortkey"] == ("session_date",)


def test_rows_are_written_and_read(engine: Any) -> None:
    table = sa.Table("t", sa.MetaData(schema="reflected"), sa.Column("symbol", sa.String(8)), sa.Column("close", sa.Numeric(18, 6)))
    table.create(engine)
    with engine.begin() as connection:
        connection.execute(table.insert(), [{"symbol": "A", "close": Decimal("1.5")}, {"symbol": "B", "close": None}])
    with engine.connect() as connection:
        assert connection.execute(sa.select(table).order_by(table.c.symbol)).all() == [("A", Decimal("1.500000")), ("B", None)]
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 2
