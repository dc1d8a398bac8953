"""A database that begins with a copy of a template has the tables, views, rows, comments and grants that statements would have made."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redshift_connector

from infra.local.database_template import begin_with_template, make_template
from infra.local.redshift import RedshiftServer
from tests.integration.redshift.conftest import Client

pytestmark = pytest.mark.embedded

STATEMENTS = (
    "create schema market",
    "create table market.bar(symbol varchar(8) not null, close numeric(18,6), loaded_at timestamp, primary key (symbol)) sortkey (symbol)",
    "comment on table market.bar is 'One bar.'",
    "create view market.dear as select symbol, close from market.bar where close > 100",
    "create materialized view market.counted as select symbol, count(*) as bars from market.bar group by symbol",
    "create role reader",
    "grant usage on schema market to role reader",
    "grant select on all tables in schema market to role reader",
    "insert into market.bar values ('IBM', 120.5, '2026-01-05 21:00:00')",
)
ASKED = (
    "select * from market.bar",
    "select * from market.dear",
    "select table_schema, table_name, table_type, remarks from svv_tables where table_schema = 'market' order by 2",
    "select table_name, column_name, data_type, is_nullable from svv_columns where table_schema = 'market' order by 1, ordinal_position",
    "select relation_name, privilege_type, identity_name from svv_relation_privileges where namespace_name = 'market' order by 1, 2, 3",
    "select role_name from svv_roles",
)


def connected(server: RedshiftServer, database: str) -> redshift_connector.Connection:
    user = server.issue_credentials()
    return redshift_connector.connect(
        host=server.host, port=server.port, user=user.user, password=user.password, database=database, ssl=False
    )


def fill(connection: redshift_connector.Connection) -> None:
    for statement in STATEMENTS:
        Client(connection).run(statement)
    connection.commit()


def answers(connection: redshift_connector.Connection) -> list[Sequence[tuple[Any, ...]]]:
    client = Client(connection)
    return [client.run(sql) for sql in ASKED]


def test_a_copy_is_what_the_statements_would_have_made(tmp_path: Path) -> None:
    template = tmp_path / "kept" / "made.duckdb"
    make_template(template, fill)
    with RedshiftServer(tmp_path / "databases", None) as server:
        assert begin_with_template(tmp_path / "databases" / "copied.duckdb", template)
        for name in ("copied", "filled"):
            server.create_database(name, if_missing=False)
        with closing(connected(server, "filled")) as filled, closing(connected(server, "copied")) as copied:
            fill(filled)
            assert answers(copied) == answers(filled)
            Client(copied).run("insert into market.bar values ('MSFT', 400, '2026-01-05 21:00:00')")
            copied.commit()
            copied.autocommit = True
            Client(copied).run("refresh materialized view market.counted")
            assert Client(copied).run("select symbol, bars from market.counted order by 1") == [("IBM", 1), ("MSFT", 1)]


def test_a_database_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    template, database = tmp_path / "template.duckdb", tmp_path / "dev.duckdb"
    assert not begin_with_template(database, template)
    template.write_bytes(b"template")
    database.write_bytes(b"rows")
    assert not begin_with_template(database, template)
    assert database.read_bytes() == b"rows"


def test_a_template_is_made_once_and_takes_the_place_of_older_ones(tmp_path: Path) -> None:
    older, template = tmp_path / "older.duckdb", tmp_path / "newer.duckdb"
    older.write_bytes(b"")
    made: list[redshift_connector.Connection] = []
    for _ in range(2):
        make_template(template, made.append)
    assert len(made) == 1
    assert list(tmp_path.iterdir()) == [template]
