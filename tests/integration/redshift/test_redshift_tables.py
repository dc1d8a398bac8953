"""Tables: what Redshift enforces, what it only notes, and what its catalog tells of them."""

from datetime import date
from decimal import Decimal

import pytest

from tests.integration.redshift.conftest import Client

pytestmark = pytest.mark.embedded

PRICES = """
create table market.prices (
    symbol varchar(10) not null encode zstd distkey,
    session_date date not null encode az64 sortkey,
    close numeric(18,6) encode az64,
    note varchar(5) default 'x',
    loaded_at timestamp default getdate(),
    primary key (symbol, session_date)
)
"""


@pytest.fixture
def prices(client: Client) -> Client:
    client.run("create schema market")
    client.run("set search_path to public, market")  # pg_table_def tells of no other schema
    client.run(PRICES)
    return client


def test_a_primary_key_is_not_enforced(prices: Client) -> None:
    for _ in range(2):
        prices.run("insert into market.prices (symbol, session_date) values ('IBM', '2026-11-19')")
    assert prices.run("select count(*) from market.prices") == [(2,)]


def test_not_null_is_enforced(prices: Client) -> None:
    told = prices.fails("insert into market.prices (symbol) values ('X')")
    assert (told["C"], told["M"]) == ("23502", "Cannot insert a NULL value into column session_date")


def test_a_varchar_counts_bytes_not_characters(prices: Client) -> None:
    prices.run("insert into market.prices (symbol, session_date, note) values ('X', '2026-01-01', 'éé')")
    told = prices.fails("insert into market.prices (symbol, session_date, note) values ('X', '2026-01-01', 'ééé')")
    assert (told["C"], told["M"]) == ("22001", "value too long for type character varying(5)")
    assert prices.sqlstate("update market.prices set note = 'éééé'") == "22001"


def test_a_default_fills_what_is_not_given(prices: Client) -> None:
    prices.run("insert into market.prices (symbol, session_date) values ('IBM', '2026-11-19')")
    assert prices.run("select note, loaded_at is not null, close from market.prices") == [("x", True, None)]


def test_an_identity_counts_by_its_step(client: Client) -> None:
    client.run("create table dim (id bigint identity(5,2), name varchar(20))")
    client.run("insert into dim (name) values ('a'), ('b')")
    assert client.run("select id, name from dim order by id") == [(5, "a"), (7, "b")]
    client.run("drop table dim")
    client.run("create table dim (id bigint identity(1,1), name varchar(20))")
    client.run("insert into dim (name) values ('c')")
    assert client.run("select id from dim") == [(1,)]


def test_like_copies_columns_and_nulls_but_defaults_only_when_told(prices: Client) -> None:
    prices.run("create temp table with_defaults (like market.prices including defaults)")
    prices.run("create temp table bare (like market.prices)")
    for table in ("with_defaults", "bare"):
        prices.run(f"insert into {table} (symbol, session_date) values ('IBM', '2026-11-19')")
        assert prices.sqlstate(f"insert into {table} (symbol) values ('IBM')") == "23502"
        assert prices.sqlstate(f"insert into {table} (symbol, session_date) values ('ELEVENBYTES', '2026-11-19')") == "22001"
    assert prices.run("select note from with_defaults") == [("x",)]
    assert prices.run("select note from bare") == [(None,)]


def test_a_temporary_table_hides_a_stored_one_and_is_gone_with_the_session(prices: Client) -> None:
    prices.run("create table t (a int)")
    prices.run("create temp table t (a int)")
    prices.run("insert into t values (1)")
    assert prices.run("select count(*) from t") == [(1,)]
    assert prices.run("select count(*) from public.t") == [(0,)]
    prices.run("drop table t")
    assert prices.run("select count(*) from t") == [(0,)]
    assert prices.sqlstate("create temp table market.t (a int)") == "42601"


def test_create_table_as_keeps_rows_and_exact_types(prices: Client) -> None:
    prices.run("insert into market.prices (symbol, session_date, close) values ('IBM', '2026-11-19', 1.25)")
    prices.run(
        "create table copied diststyle all as select symbol, close, sum(1::bigint) as n, null as nothing from market.prices group by 1, 2"
    )
    assert prices.run("select * from copied") == [("IBM", Decimal("1.250000"), 1, None)]
    assert prices.run("select \"column\", type from pg_table_def where tablename = 'copied'")[1:3] == [
        ("close", "numeric(18,6)"),
        ("n", "bigint"),
    ]


def test_an_existing_table_is_refused_unless_that_is_allowed(prices: Client) -> None:
    assert prices.fails("create table market.prices (a int)")["M"] == 'Relation "prices" already exists'
    prices.run("create table if not exists market.prices (a int)")
    assert prices.run("select count(*) from pg_table_def where tablename = 'prices'") == [(5,)]


def test_drop_knows_if_exists_and_several_names(client: Client) -> None:
    client.run("create table a (x int)")
    client.run("create table b (x int)")
    client.run("drop table if exists a, nothing, b cascade")
    assert client.sqlstate("select * from a") == "42P01"
    assert client.sqlstate("drop table a") == "42P01"


@pytest.mark.parametrize("kind", ["uuid", "json", "hugeint", "int[]", "tinyint"])
def test_a_type_redshift_lacks_is_refused(client: Client, kind: str) -> None:
    assert client.sqlstate(f"create table t (a {kind})") in {"0A000", "42601"}


def test_a_check_constraint_is_refused(client: Client) -> None:
    assert client.sqlstate("create table t (a int check (a > 1))") == "0A000"


def test_a_column_can_be_added_and_counts_bytes_from_then_on(prices: Client) -> None:
    prices.run("insert into market.prices (symbol, session_date, close) values ('IBM', '2026-11-19', 1.5)")
    prices.run("alter table market.prices add column vwap varchar(3) default 'new'")
    assert prices.run("select symbol, close, vwap from market.prices") == [("IBM", Decimal("1.500000"), "new")]
    assert prices.sqlstate("update market.prices set vwap = 'éé'") == "22001"
    assert prices.sqlstate("insert into market.prices (symbol) values ('IBM')") == "23502"
    assert prices.sqlstate("alter table market.prices add column vwap int") == "42701"
    assert prices.sqlstate("alter table market.prices add column n int not null") == "0A000"


def test_a_column_can_be_dropped_renamed_and_widened(prices: Client) -> None:
    prices.run("alter table market.prices drop column close")
    assert prices.sqlstate("alter table market.prices alter column note type varchar(6)") == "0A000"  # it has a default
    prices.run("alter table market.prices drop column note")
    prices.run("alter table market.prices add column note varchar(5)")
    prices.run("alter table market.prices rename column note to remark")
    prices.run("alter table market.prices alter column remark type varchar(6)")
    prices.run("insert into market.prices (symbol, session_date, remark) values ('IBM', '2026-11-19', 'ééé')")
    assert prices.columns("select * from market.prices") == ["symbol", "session_date", "loaded_at", "remark"]
    assert prices.sqlstate("update market.prices set remark = 'éééé'") == "22001"
    assert prices.sqlstate("alter table market.prices alter column symbol type int") == "0A000"


def test_a_renamed_table_keeps_what_it_was(prices: Client) -> None:
    prices.run("comment on table market.prices is 'bars'")
    prices.run("alter table market.prices rename to bars")
    assert prices.run("select count(*) from pg_table_def where tablename = 'bars'") == [(5,)]
    assert prices.run("select remarks from svv_tables where table_name = 'bars'") == [("bars",)]
    assert prices.sqlstate("insert into market.bars (symbol) values ('IBM')") == "23502"


def test_pg_table_def_tells_types_and_layout(prices: Client) -> None:
    prices.run("create table dim (id int, name varchar) diststyle all compound sortkey (name, id) backup no")
    rows = prices.run('select "column", type, encoding, distkey, sortkey, "notnull" from pg_table_def where schemaname = \'market\'')
    assert rows == [
        ("symbol", "character varying(10)", "zstd", True, 0, True),
        ("session_date", "date", "az64", False, 1, True),
        ("close", "numeric(18,6)", "az64", False, 0, False),
        ("note", "character varying(5)", "lzo", False, 0, False),
        ("loaded_at", "timestamp without time zone", "az64", False, 0, False),
    ]
    assert prices.run("select \"column\", type, sortkey from pg_table_def where tablename = 'dim'") == [
        ("id", "integer", 2),
        ("name", "character varying(256)", 1),
    ]


def test_svv_columns_tells_lengths_precision_and_defaults(prices: Client) -> None:
    sql = """
        select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable
        from svv_columns where table_schema = 'market' and table_name = 'prices' order by ordinal_position limit 3
    """
    assert prices.run(sql) == [
        ("symbol", "character varying", 10, None, None, "NO"),
        ("session_date", "date", None, None, None, "NO"),
        ("close", "numeric", None, 18, 6, "YES"),
    ]


def test_the_primary_key_can_be_read_although_it_is_not_enforced(prices: Client) -> None:
    [(definition,)] = prices.run("select indexdef from pg_indexes where tablename = 'prices'")
    assert definition.endswith("(symbol, session_date)")


def test_comments_are_read_back(prices: Client) -> None:
    prices.run("create view market.v as select symbol from market.prices")
    prices.run("comment on table market.prices is 'it''s a table'")
    prices.run("comment on column market.prices.close is 'at the end'")
    prices.run("comment on view market.v is 'a view'")
    prices.run("comment on table market.prices is 'bars'")
    prices.run("alter table market.prices add column more varchar(3)")
    assert prices.run("select remarks from svv_columns where column_name = 'close'") == [("at the end",)]
    assert prices.run("select table_name, remarks from svv_tables where table_schema = 'market' order by 1") == [
        ("prices", "bars"),
        ("v", "a view"),
    ]
    described = """
        select d.description from pg_description d join pg_class c on c.oid = d.objoid where c.relname = 'prices' and d.objsubid = 0
    """
    assert prices.run(described) == [("bars",)]
    prices.run("comment on table market.prices is null")
    assert prices.run("select remarks from svv_tables where table_name = 'prices'") == [(None,)]
    assert prices.sqlstate("comment on table market.nope is 'x'") == "42P01"
    assert prices.sqlstate("comment on schema market is 'x'") == "42601"


def test_schemas_are_made_and_dropped(client: Client) -> None:
    client.run("create schema if not exists market authorization awsuser quota 5 gb")
    assert client.sqlstate("create schema market") == "42P06"
    client.run("create schema if not exists market")
    client.run("create table market.t (a int identity(1,1))")
    client.run("create view market.v as select * from market.t")
    assert client.run("select schema_name from svv_redshift_schemas order by 1") == [("market",), ("public",)]
    assert client.sqlstate("drop schema market") == "2BP01"
    client.run("drop schema market cascade")
    client.run("drop schema if exists market")
    assert client.sqlstate("drop schema market") == "3F000"
    assert client.run("select count(*) from svv_tables where table_schema = 'market'") == [(0,)]


def test_a_view_shows_what_its_table_holds_now(prices: Client) -> None:
    prices.run("create or replace view market.latest as select symbol, max(session_date) as session_date from market.prices group by 1")
    prices.run("insert into market.prices (symbol, session_date) values ('IBM', '2026-11-19')")
    assert prices.run("select * from market.latest") == [("IBM", date(2026, 11, 19))]
    prices.run("create or replace view market.latest as select symbol from market.prices with no schema binding")
    assert prices.columns("select * from market.latest") == ["symbol"]
    prices.run("drop view market.latest")
    assert prices.sqlstate("select * from market.latest") == "42P01"


def test_a_materialized_view_is_stale_until_it_is_refreshed(prices: Client) -> None:
    prices.run("create materialized view market.mv auto refresh no as select symbol, count(*) as n from market.prices group by 1")
    prices.run("insert into market.prices (symbol, session_date) values ('IBM', '2026-11-19')")
    assert prices.run("select * from market.mv") == []
    prices.run("refresh materialized view market.mv")
    assert prices.run("select * from market.mv") == [("IBM", 1)]
    assert prices.sqlstate("insert into market.mv values ('X', 1)") == "42809"
    assert prices.sqlstate("refresh materialized view market.prices") == "42809"
    prices.run("drop materialized view market.mv")
    assert prices.sqlstate("select * from market.mv") == "42P01"


def test_roles_are_remembered_and_privileges_need_them(prices: Client) -> None:
    prices.run("create role tickerhouse_reader")
    assert prices.sqlstate("create role tickerhouse_reader") == "42710"
    prices.run("grant usage on schema market to role tickerhouse_reader")
    prices.run("grant select on all tables in schema market to role tickerhouse_reader")
    prices.run("revoke all on schema market from role tickerhouse_reader")
    prices.run("alter default privileges in schema market grant select on tables to role tickerhouse_reader")
    assert prices.run("select role_name from svv_roles") == [("tickerhouse_reader",)]
    assert prices.sqlstate("grant usage on schema market to role nobody") == "42704"
    assert prices.sqlstate("grant usage on schema nowhere to role tickerhouse_reader") == "3F000"
    prices.run("drop role tickerhouse_reader")
    assert prices.run("select role_name from svv_roles") == []


def test_maintenance_is_accepted_for_tables_that_exist(prices: Client) -> None:
    prices.run("analyze market.prices")
    prices.run("analyze")
    prices.run("vacuum delete only market.prices")
    prices.run("vacuum")
    assert prices.sqlstate("analyze market.nope") == "42P01"
