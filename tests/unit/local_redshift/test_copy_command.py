"""The text of COPY and UNLOAD."""

import pytest

from infra.local.redshift.copy_command import CopyCommand, read_copy, read_unload
from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.tokens import tokenize

ROLE = "arn:aws:iam::123456789012:role/copy"


def copied(sql: str) -> CopyCommand:
    return read_copy(tokenize(sql))


def test_the_pipelines_own_copy_is_read_whole() -> None:
    command = copied(f"COPY stage (symbol, session_date) FROM 's3://lake/manifests/a b.json' IAM_ROLE '{ROLE}' FORMAT AS PARQUET MANIFEST")
    assert command == CopyCommand(
        ["stage"], ["symbol", "session_date"], "s3://lake/manifests/a b.json", "PARQUET", ROLE, {}, {"MANIFEST": ""}
    )


def test_names_may_be_qualified_and_quoted() -> None:
    command = copied('copy market."Prices" ("A") from \'s3://x/y\' iam_role default parquet')
    assert (command.table, command.columns, command.iam_role) == (["market", "prices"], ["a"], "default")


def test_keys_in_the_text_are_read_and_never_shown() -> None:
    command = copied("copy t from 's3://x/y' access_key_id 'key' secret_access_key as 'secret' format parquet")
    assert command.keys == {"access_key": "key", "secret_key": "secret"}
    assert "secret" not in repr(command).replace("secret_key", "")


def test_maxerror_zero_is_the_default_and_allowed() -> None:
    assert copied("copy t from 's3://x' iam_role default parquet maxerror as 0 statupdate off fillrecord").options == {
        "STATUPDATE": "off",
        "FILLRECORD": "",
    }


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("copy t from 's3://x' iam_role default orc", "0A000"),
        ("copy t from 's3://x' iam_role default format as avro 'auto'", "0A000"),
        ("copy t from 'emr://cluster/x' iam_role default", "0A000"),
        ("copy t from 'dynamodb://x' iam_role default readratio 50", "0A000"),
        ("copy t from 's3://x' iam_role default csv escape", "0A000"),
        ("copy t from 's3://x' iam_role default json 'auto' delimiter ','", "0A000"),
        ("copy t from 's3://x' iam_role default json 'automatic'", "0A000"),
        ("copy t from 's3://x' iam_role default fixedwidth 'a:1' delimiter ','", "0A000"),
        ("copy t from 's3://x' iam_role default quote '%'", "0A000"),
        ("copy t from 's3://x' iam_role default gzip zstd", "42601"),
        ("copy t from 's3://x' iam_role default csv maxerror 100001", "22023"),
        ("copy t from 's3://x' iam_role default csv ignoreheader x", "42601"),
        ("copy t from 's3://x' iam_role default csv lightly", "42601"),
        ("copy t from 's3://x' iam_role default parquet region 'us-east-1'", "0A000"),
        ("copy t from 's3://x' iam_role default parquet region as 'us-east-1'", "0A000"),
        ("copy t from 's3://x' iam_role default parquet maxerror 1", "0A000"),
        ("copy t from 's3://x' iam_role default parquet compupdate off", "0A000"),
        ("copy t from 's3://x' parquet", "42601"),
        ("copy t from stage parquet", "42601"),
        ("copy t (a 's3://x' iam_role default parquet", "42601"),
        ("copy t to 's3://x'", "42601"),
        ("copy t from 's3://x' iam_role", "42601"),
    ],
)
def test_what_redshift_refuses_is_refused(sql: str, sqlstate: str) -> None:
    with pytest.raises(StatementFailed) as raised:
        copied(sql)
    assert raised.value.sqlstate == sqlstate


@pytest.mark.parametrize("query", ["('select ''a''')", "($$select 'a'$$)"])
def test_the_query_of_an_unload_is_unquoted(query: str) -> None:
    command = read_unload(f"unload {query} to 's3://x/' iam_role 'r' format parquet manifest")
    assert (command.query, command.prefix) == ("select 'a'", "s3://x/")
    assert "MANIFEST" in command.options


@pytest.mark.parametrize(
    "sql", ["unload select 1 to 's3://x' parquet", "unload ('select 1') 's3://x' parquet", "unload ('select 1') to 's3://x'"]
)
def test_an_unload_that_is_none_is_refused(sql: str) -> None:
    with pytest.raises(StatementFailed):
        read_unload(sql)


@pytest.mark.parametrize(
    "options",
    [
        "parquet gzip",
        "parquet delimiter ','",
        "json header",
        "csv escape",
        "csv addquotes",
        "fixedwidth '0:1' header",
        "csv cleanpath allowoverwrite",
        "csv gzip zstd",
        "csv maxfilesize 1 mb",
        "csv rowgroupsize 32 mb",
    ],
)
def test_options_of_an_unload_that_do_not_go_together_are_refused(options: str) -> None:
    with pytest.raises(StatementFailed):
        read_unload(f"unload ('select 1') to 's3://x/' iam_role 'r' {options}")


def test_a_size_is_in_megabytes_where_nothing_is_said() -> None:
    sizes = {options: read_unload(f"unload ('x') to 's3://x/' iam_role 'r' maxfilesize {options}").options for options in ("6", "as 2 gb")}
    assert [one["MAXFILESIZE"] for one in sizes.values()] == ["6.0", "2000.0"]


@pytest.mark.parametrize("option", ["lzop", "ssh", "encrypted", "job create j auto on"])
def test_what_only_aws_copies_is_refused_as_such(option: str) -> None:
    with pytest.raises(StatementFailed) as raised:
        copied(f"copy t from 's3://x/y' iam_role default {option}")
    assert raised.value.sqlstate == "0A000"
    assert raised.value.message.endswith("on this server, is not supported")


def test_a_key_of_ones_own_is_refused_where_files_are_unloaded() -> None:
    with pytest.raises(StatementFailed, match="MASTER_SYMMETRIC_KEY of UNLOAD") as raised:
        read_unload("unload ('select 1') to 's3://x' iam_role default master_symmetric_key 'k' encrypted")
    assert raised.value.sqlstate == "0A000"


def test_a_word_that_no_page_lists_is_told_as_redshift_does() -> None:
    with pytest.raises(StatementFailed) as raised:
        copied("copy t from 's3://x/y' iam_role default nosuch")
    assert raised.value.message == 'syntax error at or near "nosuch"'


def test_all_errors_are_ignored_or_some() -> None:
    assert copied("copy t from 's3://x/y' iam_role default csv ignoreallerrors").options["MAXERROR"] == "100000"
    with pytest.raises(StatementFailed):
        copied("copy t from 's3://x/y' iam_role default csv ignoreallerrors maxerror 5")
