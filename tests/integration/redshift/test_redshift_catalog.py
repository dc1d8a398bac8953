"""What drivers, SQLAlchemy and dbt read of the catalog, and the statements they send around it."""

import pytest

from tests.integration.redshift.conftest import Client

pytestmark = pytest.mark.embedded

CONSTRAINTS = "select conname, contype, conkey, confkey, pg_get_constraintdef(oid) from pg_constraint order by conname"


@pytest.fixture
def keys(client: Client) -> Client:
    client.run("create schema s")
    client.run("create table s.symbols (symbol varchar(8) primary key, isin int unique)")
    client.run(
        'create table s.prices (symbol varchar(8) references s.symbols(symbol), day date, "odd name" int, '
        'primary key (day, symbol), constraint odd foreign key ("odd name") references s.symbols(isin))'
    )
    return client


def test_keys_and_references_are_told_in_their_own_order(keys: Client) -> None:
    assert keys.run(CONSTRAINTS) == [
        ("odd", "f", [3], [2], 'FOREIGN KEY ("odd name") REFERENCES s.symbols(isin)'),
        ("prices_pkey", "p", [2, 1], None, "PRIMARY KEY (day, symbol)"),
        ("prices_symbol_fkey", "f", [1], [1], "FOREIGN KEY (symbol) REFERENCES s.symbols(symbol)"),
        ("symbols_isin_key", "u", [2], None, "UNIQUE (isin)"),
        ("symbols_pkey", "p", [1], None, "PRIMARY KEY (symbol)"),
    ]


def test_the_columns_of_a_key_are_an_array(keys: Client) -> None:
    """sqlalchemy-redshift joins by ANY and unites them with an array of its own."""
    key = "from pg_constraint where conname = 'prices_pkey'"
    assert keys.run(f"select conkey[1], array_upper(conkey, 1), array_to_string(conkey, '-'), 1 = any(conkey) {key}") == [
        (2, 2, "2-1", True)
    ]
    united = keys.run(f"select conkey {key} union select array[1::smallint] from svv_external_columns")
    assert united == [([2, 1],)]


def test_keys_follow_their_table_through_alterations(keys: Client) -> None:
    keys.run("alter table s.prices drop constraint odd")
    keys.run("alter table s.prices rename column day to session_date")
    keys.run("alter table s.prices add constraint known unique (session_date)")
    keys.run("alter table s.symbols rename to listings")
    assert [row[4] for row in keys.run(CONSTRAINTS)] == [
        "UNIQUE (session_date)",
        "PRIMARY KEY (session_date, symbol)",
        "FOREIGN KEY (symbol) REFERENCES s.listings(symbol)",
        "UNIQUE (isin)",
        "PRIMARY KEY (symbol)",
    ]
    keys.run("drop table s.prices")
    assert len(keys.run(CONSTRAINTS)) == 2


def test_a_primary_key_is_found_by_its_index(keys: Client) -> None:
    found = keys.run(
        "select ci.relname, a.attname, a.attnum from pg_class ct, pg_class ci, pg_attribute a, pg_index i "
        "where ct.oid = i.indrelid and ci.oid = i.indexrelid and a.attrelid = ci.oid and i.indisprimary "
        "and ct.relname = 'prices' order by 3"
    )
    assert found == [("prices_pkey", "day", 1), ("prices_pkey", "symbol", 2)]


def test_a_function_of_the_catalog_is_asked_for_each_row_of_a_query(keys: Client) -> None:
    keys.run("create view s.closes as select symbol from s.prices")
    keys.run("create view s.others as select isin from s.symbols")
    joined = "from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'v' and n.nspname = 's' order by 1"
    told = keys.run(f"select c.relname, pg_get_viewdef(c.oid), pg_get_userbyid(c.relowner) {joined}")
    assert [(name, "s.prices" in text, owner) for name, text, owner in told] == [
        ("closes", True, "IAM:embedded"),
        ("others", False, "IAM:embedded"),
    ]


def test_a_view_is_renamed_with_all_that_is_known_of_it(keys: Client) -> None:
    keys.run("create view s.bound as select symbol from s.prices")
    keys.run("create view s.late as select symbol, isin from s.symbols with no schema binding")
    for old, new in (("bound", "bound2"), ("late", "late2")):
        keys.run(f"alter table s.{old} rename to {new}")
        assert keys.run(f"select * from s.{new}") == []
        assert keys.sqlstate(f"select * from s.{old}") == "42P01"
    assert keys.sqlstate("alter table s.bound2 rename to prices") == "42P07"
    assert keys.sqlstate("drop table s.prices") == "2BP01"


def test_late_binding_views_tell_their_columns_by_their_function_alone(keys: Client) -> None:
    keys.run("create view s.late as select symbol, isin from s.symbols with no schema binding")
    keys.run("create view s.broken as select a from s.missing with no schema binding")
    told = keys.run("select * from pg_get_late_binding_view_cols() cols(a name, b name, c name, d varchar, e int)")
    assert told == [("s", "late", "symbol", "character varying(8)", 1), ("s", "late", "isin", "integer", 2)]
    assert keys.run("select attname from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relname = 'late'") == []


def test_the_table_that_is_named_with_its_schema_is_meant(keys: Client) -> None:
    keys.run("create schema staging")
    keys.run("create table staging.symbols (symbol varchar(8))")
    keys.run("insert into staging.symbols values ('A')")
    keys.run("insert into s.symbols values ('A', 1), ('B', 2)")
    keys.run('delete from "s"."symbols" where exists (select 1 from staging.symbols where s.symbols.symbol = staging.symbols.symbol)')
    assert keys.run("select symbol from s.symbols") == [("B",)]


def test_names_with_quotes_in_them_are_names(client: Client) -> None:
    client.run('create table "group" ("this ""is it""" int, "varchar ""too""" varchar(3))')
    client.run("insert into \"group\" values (1, 'abc')")
    assert client.run('select "this ""is it""" from "group"') == [(1,)]
    assert client.sqlstate("insert into \"group\" values (1, 'abcd')") == "22001"
    client.run('alter table "group" rename column "this ""is it""" to "a""b"')
    assert client.columns('select * from "group"')[0] == 'a"b'


def test_operators_and_texts_are_read_as_postgresql_clients_write_them(client: Client) -> None:
    assert client.run("select 1 where 'abc' operator(pg_catalog.~) '^(abc)$'") == [(1,)]
    assert client.run("select 1 where 'abc' operator(pg_catalog.!~) 'b'") == []
    assert client.run("select E'a\\nb\\\\'") == [("a\nb\\",)]
    assert client.run("select (pg_catalog.current_schemas(true))[1]") == [("pg_catalog",)]


def test_isolation_is_told_as_sqlalchemy_can_read_it(client: Client) -> None:
    assert client.run("show transaction isolation level") == [("SERIALIZABLE",)]
    client.run("set default_transaction_isolation to 'READ COMMITTED'")


def test_rights_on_system_views_are_told(client: Client) -> None:
    for privilege, held in (("select", True), ("insert", False)):
        assert client.run(f"select has_table_privilege(current_user, 'svv_table_info', '{privilege}')") == [(held,)]


def test_a_derived_table_needs_no_alias(client: Client) -> None:
    assert client.run("select * from (select 1 as a) union all select 2") in ([(1,), (2,)], [(2,), (1,)])
    assert client.run("select * from (select a from (select 1 as a)), (select 2 as b)") == [(1, 2)]


def test_the_catalog_tells_a_default_as_it_was_written(client: Client) -> None:
    client.run("create table told (a int identity(1,3), b int default 5, c varchar(5) default 'it''s', d timestamp default getdate())")
    told = client.run("select adsrc from pg_attrdef where adrelid = 'told'::regclass order by adnum")
    assert told[1:] == [("5",), ("'it''s'::character varying",), ("getdate()",)]
    assert str(told[0][0]).startswith('"identity"(')
    assert str(told[0][0]).endswith(", 0, '1,3'::text)")


def test_the_catalog_finds_a_name_with_a_point_in_quotes(client: Client) -> None:
    client.run('create table "a.b" (a geometry, b hllsketch, c interval hour to minute)')
    kinds = "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = '\"a.b\"'::regclass and attnum > 0 order by attnum"
    assert client.run(kinds) == [("geometry",), ("hllsketch",), ("interval day to second",)]
