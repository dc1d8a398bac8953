"""What DuckDB could do and Redshift cannot is refused; what nobody knows never passes silently."""

import re

import pytest
import redshift_connector
from sqlglot import exp

from infra.local.redshift.sql.grammar import Grammar
from tests.integration.redshift.conftest import Client

pytestmark = pytest.mark.embedded


@pytest.mark.parametrize(
    "sql",
    [
        "insert into t values (1) on conflict do nothing",
        "insert into t values (1) returning a",
        "create index i on t (a)",
        "select distinct on (a) * from t",
        "select count(*) filter (where a > 1) from t",
        "select * from t, lateral (select 1) as x",
        "select {'a': 1}",
        "create function f() returns int as $$ return 1 $$ language plpythonu",
        "attach 'x.duckdb'",
        "pragma database_list",
        "install httpfs",
        "copy t from 's3://lake/x' iam_role default format orc",
        "alter table t add column a int, add column b int",
    ],
)
def test_a_construct_that_redshift_or_this_stand_in_lacks_is_refused(client: Client, sql: str) -> None:
    client.run("create table t (a int)")
    assert client.sqlstate(sql) in {"0A000", "42601"}


@pytest.mark.parametrize("sql", ["from t", "from t select a", "values (1)", "summarize t", "table t", "describe t"])
def test_a_text_that_is_no_redshift_sql_is_refused(client: Client, sql: str) -> None:
    client.run("create table t (a int)")
    assert client.sqlstate(sql) in {"0A000", "42601"}


@pytest.mark.parametrize(
    "function",
    [
        "read_parquet('x')",
        "list_value(1)",
        "gen_random_uuid_()",
        "strlen('a')",
        "epoch_us(getdate())",
        "duckdb_tables()",
        "read_text('/etc/hostname')",
    ],
)
def test_a_function_of_duckdb_alone_does_not_exist(client: Client, function: str) -> None:
    assert client.sqlstate(f"select {function}") in {"42883", "0A000"}


def test_two_statements_cannot_be_prepared_at_once(client: Client) -> None:
    assert "multiple commands" in client.fails("select 1; select 2")["M"]


def test_a_parameter_where_redshift_takes_none_is_a_syntax_error(client: Client) -> None:
    client.run("create table t (a int)")
    assert client.fails("copy t from %s iam_role default format parquet", ("s3://lake/x",))["M"] == 'syntax error at or near "$1"'
    assert client.sqlstate("create table u (a int default %s)", (1,)) == "42601"


def test_the_stand_ins_own_schema_is_closed(client: Client) -> None:
    assert client.sqlstate("insert into embedded.role values ('x')") == "42501"
    assert client.sqlstate("drop schema embedded cascade") == "42501"


def test_a_comment_alone_is_an_empty_statement(client: Client) -> None:
    with pytest.raises(redshift_connector.ProgrammingError, match="query was empty"):
        client.run("-- nothing")


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("select * from pg_class for update", "for"),
        ("select 1 as x union all by name select 2 as x", "by"),
        ("select x from (select 1 as x) t limit 1 with ties", "with"),
        ("select x, sum(x) over w from (select 1 as x) t window w as (order by x)", "window"),
    ],
)
def test_a_refused_clause_is_told_by_the_word_it_begins_with(client: Client, sql: str, word: str) -> None:
    assert client.fails(sql)["M"] == f'syntax error at or near "{word}"'


_BINARY = (
    "RANGE_PARSERS",
    "COLUMN_OPERATORS",
    "EQUALITY",
    "COMPARISON",
    "FACTOR",
    "TERM",
    "BITWISE",
    "EXPONENT",
    "ASSIGNMENT",
    "JSON_OPERATORS",
)
_ALONE = ("NO_PAREN_FUNCTIONS", "PRIMARY_PARSERS", "PLACEHOLDER_PARSERS", "UNARY_PARSERS")
_KEYS = {str(vars(kind).get("key", "")) for kind in vars(exp).values() if isinstance(kind, type)}
_ENGLISH = (
    "add and any column command condition distinct group in is least list negative not null operator or order placeholder "
    "prior type values with"
)
"""English words that happen to be keys."""
_OTHER_FORMS = (
    *("a is 5", "a is (1, 2)", "a is json", "(1, 2)", "a in t", "a in unnest(a)", "a between symmetric 1 and 2", "a like any ('a', 'b')"),
    *("n'a'", "u&'a'", "{'a': 1}", "f(x => 1)", "count(*) filter (where true)", "max(a) respect nulls", "listagg(a limit 1)", "'ab' 'cd'"),
    *("current_role", "trim('a' collate x)", "a is distinct from 1", "a is not distinct from 1", "any(a)", "x -> x + 1", "true(a)"),
)


def _statements_of_the_parser() -> list[str]:
    """Every operator and word of the parser's tables, in a statement."""
    written: dict[object, list[str]] = {}
    for word, kind in {**Grammar.Tokenizer.KEYWORDS, **Grammar.Tokenizer.SINGLE_TOKENS}.items():
        written.setdefault(kind, []).append(word.lower())
    binary = sorted({word for table in _BINARY for kind in getattr(Grammar.Parser, table) for word in written.get(kind, [])})
    alone = sorted({word for table in _ALONE for kind in getattr(Grammar.Parser, table) for word in written.get(kind, [])})
    behind = sorted({word for kind in Grammar.Parser.QUERY_MODIFIER_PARSERS for word in written.get(kind, [])})
    texts = [f"a {word} {other}" for word in binary for other in ("'b'", "(1, 2)")]
    texts += [f"{word}{other}" for word in alone for other in ("", " a", "(a)")] + list(_OTHER_FORMS)
    statements = [f"select {one} from t" for one in texts] + [f"select * from t {word} a" for word in behind]
    statements += [
        f"select * from {one}" for one in ("cast(1 as int)", "extract(day from a)", "1", "(1)", "(values (1)) v", "lateral f(1)")
    ]
    return [
        *statements,
        "create table u (a int check (a > 1))",
        "create table u (a int, check (a > 1))",
        "with x as (delete from t) select 1",
    ]


def test_no_message_says_a_word_that_only_the_parser_knows(client: Client) -> None:
    client.run("create table t (a int)")
    told = {}
    for sql in _statements_of_the_parser():
        try:
            client.run(sql)
        except redshift_connector.error.Error as error:
            said = {word.lower() for word in re.findall(r"\w+", error.args[0]["M"])}
            told[sql] = sorted((said & _KEYS) - set(_ENGLISH.split()) - set(re.findall(r"\w+", sql.lower())))
    assert len(told) > 100
    assert {sql: found for sql, found in told.items() if found} == {}


@pytest.mark.parametrize("sql", ["alter table t rename to public.u", "alter table t rename to dev.public.u"])
def test_a_new_name_of_a_table_has_no_schema(client: Client, sql: str) -> None:
    client.run("create table t (a int)")
    assert client.fails(sql)["M"] == 'syntax error at or near "."'


@pytest.mark.parametrize("keys", ["(a int sortkey, b int) sortkey (a)", "(a int, b int) sortkey (a) sortkey (b)"])
def test_a_table_has_one_sort_key(client: Client, keys: str) -> None:
    assert client.fails(f"create table t {keys}")["M"] == "cannot specify more than one SORTKEY"


def test_a_backslash_escapes_and_the_server_does_not_say_otherwise(client: Client) -> None:
    assert client.run(r"select 'a\\b', 'l\'x', 'a\tb'") == [("a\\b", "l'x", "a\tb")]
    assert b"standard_conforming_strings" not in dict(client.connection.parameter_statuses)
    assert client.sqlstate("show standard_conforming_strings") == "42704"


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select a is distinct from 1 from t", "IS DISTINCT FROM is not supported"),
        ("select a <=> 1 from t", 'syntax error at or near "<=>"'),
        ("select a -> 'b' from t", 'syntax error at or near "->"'),
        ("select (a, a) from t", "a row value is not supported"),
        ("select 'ab' 'cd'", "syntax error at or near \"'cd'\""),
        ("select a is 5 from t", "IS before anything but NULL, TRUE, FALSE and UNKNOWN is not supported"),
        ("create table u (a int, check (a > 1))", "CHECK in CREATE TABLE is not supported"),
    ],
)
def test_a_refusal_says_what_the_statement_says(client: Client, sql: str, message: str) -> None:
    client.run("create table t (a int)")
    assert client.fails(sql)["M"] == message


def test_texts_on_lines_of_their_own_are_one_text(client: Client) -> None:
    assert client.run("select 'ab'\n'cd'\n'ef'") == [("abcdef",)]
    assert client.run("select 'ab' -- and more\n 'c\nd'") == [("abc\nd",)]
    for sql in ("select 'ab' 'c\nd'", "select 'a\nb' 'cd'"):
        assert client.fails(sql)["M"].startswith("syntax error at or near")
