import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.warehouse import statements
from tasks.warehouse.errors import BadPlaceholder
from tasks.warehouse.migrations import read_migrations
from tasks.warehouse.statements import split, statement

TABLES = Path(statements.__file__).parent / "tables"
FILES = sorted(TABLES.glob("*/*.sql"))
MIGRATIONS = {TABLES / migration.name for migration in read_migrations()}

# Reserved words of Redshift that are no part of any statement here, so that one standing bare would be a name.
# https://docs.aws.amazon.com/redshift/latest/dg/r_pg_keywords.html
RESERVED_NAMES = {
    "open",
    "delta",
    "tag",
    "new",
    "old",
    "percent",
    "offset",
    "raw",
    "user",
    "snapshot",
    "check",
    "full",
    "oid",
    "partial",
    "lun",
}

PLACEHOLDERS = {
    "stage": "stage_1",
    "delta": "delta_1",
    "manifest": "s3://tickerhouse-dev-synthetic/manifests/daily_prices/run-1.manifest",
    "role": "default",
    "identities": "0" * 64,
    "touched": "touched_1",
    "symbols": "symbols_1",
}


def filled(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    named = {name: value for name, value in PLACEHOLDERS.items() if "${" + name + "}" in text}
    return statement(path.parent.name, path.stem, **named)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_statement_file_says_grain_key_and_limits(path: Path) -> None:
    header = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("--")]
    assert [word for word in ("-- Grain: ", "-- Key: ", "-- Limits: ") if not any(line.startswith(word) for line in header)] == []
    assert not header[0].startswith("-- Grain")


@pytest.mark.parametrize("path", sorted(set(FILES) - MIGRATIONS), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_statement_file_holds_one_statement(path: Path) -> None:
    assert len(split(path.read_text(encoding="utf-8"))) == 1
    sql = filled(path)
    assert "${" not in sql
    assert ";" not in sql
    if not sql.startswith("COPY"):
        assert len(sqlglot.parse(sql.replace("%s", "NULL"), read="redshift")) == 1


@pytest.mark.parametrize("path", sorted(MIGRATIONS), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_migration_is_split_where_a_parser_splits_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(split(text)) == len([parsed for parsed in sqlglot.parse(text, read="redshift") if parsed is not None])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_reserved_word_stands_bare_as_a_name(path: Path) -> None:
    code = " ".join(split(path.read_text(encoding="utf-8")))
    bare = re.findall(r'(?<![\w"\'{])[a-z_]+(?![\w"\'}])', re.sub(r"'[^']*'", "", code), re.IGNORECASE)
    assert {word.lower() for word in bare} & RESERVED_NAMES == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_statement_locks_truncates_or_carries_keys(path: Path) -> None:
    code = " ".join(split(path.read_text(encoding="utf-8"))).upper()
    assert re.search(r"\b(TRUNCATE|LOCK|VACUUM|ACCESS_KEY_ID|SECRET_ACCESS_KEY|CREDENTIALS|ENCODE)\b", code) is None


def test_the_column_list_of_copy_is_the_file_s_order() -> None:
    sql = statement("fact_daily_price", "copy", stage="stage_1", manifest=PLACEHOLDERS["manifest"], role="default")
    listed = re.search(r"COPY stage_1 \(([^)]*)\)", sql)
    assert listed is not None
    assert tuple(name.strip().strip('"') for name in listed[1].split(",")) == DAILY_PRICES.column_names


@pytest.mark.parametrize(
    ("name", "placeholder", "own"),
    [("stage", "stage", ()), ("delta", "delta", ("run_id", "loaded_at", "is_new")), ("0005_create", "", ("run_id", "loaded_at"))],
)
def test_stage_delta_and_table_have_the_dataset_s_columns_in_its_order(name: str, placeholder: str, own: tuple[str, ...]) -> None:
    text = (TABLES / "fact_daily_price" / f"{name}.sql").read_text(encoding="utf-8")
    sql = split(text)[0].replace("${" + placeholder + "}", "t")
    body = re.sub(r"DISTSTYLE AUTO\s+SORTKEY \(session_date\)", "", sql)
    columns = [column.name for column in sqlglot.parse_one(body, read="redshift").find_all(exp.ColumnDef)]
    assert tuple(columns) == DAILY_PRICES.column_names + own


def test_header_comments_are_not_sent() -> None:
    assert statement("load_audit", "copied_rows") == "SELECT pg_last_copy_count()"


def test_role_and_address_enter_copy_as_literals() -> None:
    role = "arn:aws:iam::123456789012:role/tickerhouse-copy"
    sql = statement("fact_daily_price", "copy", stage="stage_1", manifest="s3://lake.eu/manifests/a%2Eb-1.json", role=role)
    assert "FROM 's3://lake.eu/manifests/a%2Eb-1.json'\nIAM_ROLE 'arn:aws:iam::123456789012:role/tickerhouse-copy'" in sql
    assert "IAM_ROLE default\n" in filled(TABLES / "fact_daily_price" / "copy.sql")


@pytest.mark.parametrize(
    "address",
    [
        "s3://lake/manifests/x'; DROP TABLE market.fact_daily_price; --",
        "s3://lake/manifests/x' CREDENTIALS 'aws_access_key_id=A",
        "s3://la'ke/manifests/x",
        "s3://Lake/manifests/x",
        "s3://lake/",
        "s3://lake",
        "s3://lake/two words",
        "s3://lake/line\nbreak",
        "s3://lake/back\\slash",
        "s3://lake/${role}",
        "https://lake/manifests/x",
        "",
    ],
)
def test_an_address_that_is_not_plain_never_reaches_copy(address: str) -> None:
    with pytest.raises(BadPlaceholder, match="s3:// address"):
        statement("fact_daily_price", "copy", stage="stage_1", manifest=address, role="default")


@pytest.mark.parametrize(
    "role",
    [
        "",
        "DEFAULT",
        "default; DROP SCHEMA market",
        "arn:aws:iam::123456789012:user/x",
        "arn:aws:iam::1:role/x",
        "arn:aws:iam::123456789012:role/x' ",
    ],
)
def test_a_role_that_is_none_never_reaches_copy(role: str) -> None:
    with pytest.raises(BadPlaceholder, match="TICKERHOUSE_COPY_ROLE"):
        statement("fact_daily_price", "copy", stage="stage_1", manifest=PLACEHOLDERS["manifest"], role=role)


@pytest.mark.parametrize("name", ["Stage", "1stage", "stage 1", "stage;", 'stage"', "", "s" * 128])
def test_a_name_that_is_no_plain_identifier_never_reaches_a_statement(name: str) -> None:
    with pytest.raises(BadPlaceholder, match="identifier"):
        statement("fact_daily_price", "stage", stage=name)
