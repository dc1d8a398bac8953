"""Reading statements: splitting, kinds, layout, and what is refused before anything runs."""

import pytest

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.statement import Kind, read
from infra.local.redshift.table_attributes import strip_attributes
from infra.local.redshift.tokens import name_at, split_statements, tokenize


def test_a_semicolon_in_a_text_or_comment_splits_nothing() -> None:
    sql = "select ';' ; -- a; comment\n insert into t values ('x;y'); /* ; */"
    assert split_statements(sql) == ["select ';'", "-- a; comment\n insert into t values ('x;y')"]


def test_an_unfinished_text_is_a_syntax_error() -> None:
    with pytest.raises(StatementFailed) as raised:
        tokenize("select 'open")
    assert raised.value.sqlstate == "42601"


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("", Kind.EMPTY),
        ("begin transaction", Kind.BEGIN),
        ("start transaction", Kind.BEGIN),
        ("commit", Kind.COMMIT),
        ("end", Kind.COMMIT),
        ("abort", Kind.ROLLBACK),
        ("with a as (select 1) select * from a", Kind.QUERY),
        ("(select 1) union all (select 2)", Kind.QUERY),
        ("create temporary table t (a int)", Kind.CREATE_TABLE),
        ("create or replace view v as select 1", Kind.CREATE_VIEW),
        ("create materialized view v as select 1", Kind.CREATE_MATERIALIZED_VIEW),
        ("alter default privileges in schema m grant select on tables to role r", Kind.ALTER_DEFAULT),
        ("lock table a, b", Kind.LOCK),
        ("vacuum full t", Kind.VACUUM),
        ("refresh materialized view v", Kind.REFRESH),
    ],
)
def test_the_first_words_say_what_a_statement_is(sql: str, kind: Kind) -> None:
    assert read(sql).kind is kind


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("selec 1", "42601"),
        ("'text'", "42601"),
        ('"select" 1', "42601"),
        ("create publication p for all tables", "0A000"),
        ("create external view s.v as select 1", "0A000"),
        ("select 1,", "42601"),
        ("create table t as from u", "42601"),
        ("alter system set a = 1", "0A000"),
        ("create materialized view v", "42601"),
        ("copy t from $1", "42601"),
        ("drop table $1", "42601"),
    ],
)
def test_what_is_not_known_is_refused_by_its_code(sql: str, sqlstate: str) -> None:
    with pytest.raises(StatementFailed) as raised:
        read(sql)
    assert raised.value.sqlstate == sqlstate


def test_the_layout_of_a_table_is_cut_out_and_kept() -> None:
    stripped, attributes = strip_attributes(
        'create table m.t (a varchar(10) not null encode zstd distkey, "encode" int encode az64, primary key (a)) '
        'compound sortkey (a, "encode") backup no'
    )
    assert " ".join(stripped.split()) == 'create table m.t (a varchar(10) not null , "encode" int , primary key (a))'
    assert attributes.encodings == {"a": "zstd", "encode": "az64"}
    assert (attributes.distribution_style, attributes.distribution_key, attributes.sort_key) == ("KEY", "a", ["a", "encode"])


@pytest.mark.parametrize("style", ["auto", "even", "all"])
def test_the_distribution_style_is_kept(style: str) -> None:
    stripped, attributes = strip_attributes(f"create table t (a int sortkey) diststyle {style} sortkey auto")
    assert stripped.split() == ["create", "table", "t", "(a", "int", ")"]
    assert attributes.distribution_style == style.upper()


@pytest.mark.parametrize("layout", ["diststyle most", "encode zip"])
def test_a_layout_that_does_not_exist_is_refused(layout: str) -> None:
    with pytest.raises(StatementFailed, match="42601"):
        strip_attributes(f"create table t (a int {layout})" if layout.startswith("encode") else f"create table t (a int) {layout}")


def test_the_query_of_create_table_as_keeps_its_words() -> None:
    stripped, _ = strip_attributes("create table t distkey(a) as select a as distkey, 1 as sortkey from u")
    assert stripped.split() == ["create", "table", "t", "as", "select", "a", "as", "distkey,", "1", "as", "sortkey", "from", "u"]


def test_a_dotted_name_is_read_and_folded() -> None:
    assert name_at(tokenize('drop table Market."Prices" cascade'), 2) == (["market", "prices"], 5)
