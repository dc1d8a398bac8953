import re
from datetime import date
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from tasks.datasets import SCHEMAS as DATASETS
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.schema import QUARANTINED_BARS
from tasks.warehouse import statements
from tasks.warehouse.dictionary import load_statements
from tasks.warehouse.errors import BadPlaceholder
from tasks.warehouse.migrations import read_migrations
from tasks.warehouse.statements import split, statement
from tasks.warehouse.templates import load_statement, render_undo

WAREHOUSE = Path(statements.__file__).parent
TABLES = WAREHOUSE / "tables"
FILES = sorted([*TABLES.glob("*/*.sql"), *(path for folder in ("load", "undo", "lake") for path in WAREHOUSE.glob(f"{folder}/*.sql"))])
MIGRATIONS = {TABLES / migration.name for migration in read_migrations()}
RENDERED = {
    f"{rendered.file} of {schema.table}": rendered for schema in (*DATASETS, QUARANTINED_BARS) for rendered in load_statements(schema)
}
"""Every statement of a load of every table, whether from a template or from a file in its place."""
UNDONE = {
    f"undo/{path.name} of {schema.table}": render_undo(schema, path.stem, stage="stage_1", delta="delta_1")
    for schema in DATASETS
    if schema.keeps_revisions
    for path in WAREHOUSE.glob("undo/*.sql")
}
"""Every statement of an undo of every table whose loads can be undone."""

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
    "identity",
}

MANIFEST = "s3://tickerhouse-dev-synthetic/manifests/daily_prices/run-1.manifest"
PLACEHOLDERS: dict[str, str | date | int] = {
    "stage": "stage_1",
    "delta": "delta_1",
    "identities": "0" * 64,
    "milliseconds": 1,
    "touched": "touched_1",
    "symbols": "symbols_1",
    "turn": "load_turn_1",
    "table": "market.fact_1",
    "date": "session_date",
    "target": "market.mart_1",
    "following": "following_1",
    "rewritten": "rewritten_1",
    "first": date(2026, 1, 2),
    "last": date(2026, 1, 5),
}


def sent() -> dict[str, str]:
    """The text of every statement that is no migration, with placeholders filled, by where it comes from."""
    of_loads = {WAREHOUSE / rendered.file for rendered in RENDERED.values()}
    # A check's frame holds no statement by itself.
    single = {path for path in FILES if path.parent.parent == TABLES} - MIGRATIONS - of_loads - {TABLES / "checks" / "one.sql"}
    plain = {str(path): statement(path.parent.name, path.stem, **PLACEHOLDERS) for path in single}
    return {**plain, **{name: rendered.sql for name, rendered in {**RENDERED, **UNDONE}.items()}}


def test_every_statement_file_says_grain_key_and_limits() -> None:
    offenders = []
    for path in FILES:
        header = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("--")]
        named = [any(line.startswith(word) for line in header) for word in ("-- Grain: ", "-- Key: ", "-- Limits: ")]
        if not all(named) or header[0].startswith("-- Grain"):
            offenders.append(path)
    assert offenders == []
    assert len(FILES) > 100


def test_every_statement_file_holds_one_statement_as_a_parser_counts() -> None:
    offenders = []
    for name, sql in sent().items():
        parsed = 1 if sql.startswith("COPY") else len(sqlglot.parse(sql.replace("%s", "NULL"), read="redshift"))
        if parsed != 1 or "${" in sql or ";" in sql:
            offenders.append(name)
    for path in MIGRATIONS:
        text = path.read_text(encoding="utf-8")
        if len(split(text)) != len([parsed for parsed in sqlglot.parse(text, read="redshift") if parsed is not None]):
            offenders.append(str(path))
    assert offenders == []


def test_no_reserved_word_stands_bare_as_a_name() -> None:
    offenders = []
    for name, sql in {**sent(), **migrations()}.items():
        bare = re.findall(r'(?<![\w"\'{])[a-z_]+(?![\w"\'}])', re.sub(r"'[^']*'", "", sql), re.IGNORECASE)
        if {word.lower() for word in bare} & RESERVED_NAMES:
            offenders.append(name)
    assert offenders == []


def test_no_statement_locks_truncates_or_carries_keys() -> None:
    forbidden = re.compile(r"\b(TRUNCATE|LOCK|VACUUM|ACCESS_KEY_ID|SECRET_ACCESS_KEY|CREDENTIALS|ENCODE)\b", re.IGNORECASE)
    assert [name for name, sql in {**sent(), **migrations()}.items() if forbidden.search(sql)] == []


def migrations() -> dict[str, str]:
    return {str(path): " ".join(split(path.read_text(encoding="utf-8"))) for path in MIGRATIONS}


def test_every_template_is_sent_by_some_table() -> None:
    used = {rendered.file for rendered in RENDERED.values()}
    assert {path.relative_to(WAREHOUSE).as_posix() for path in WAREHOUSE.glob("load/*.sql")} - used == set()


def test_the_column_list_of_copy_is_the_file_s_order() -> None:
    sql = load_statement(DAILY_PRICES, "copy", stage="stage_1", manifest=MANIFEST, role="default")
    listed = re.search(r"COPY stage_1 \(([^)]*)\)", sql)
    assert listed is not None
    assert tuple(name.strip().strip('"') for name in listed[1].split(",")) == DAILY_PRICES.column_names


@pytest.mark.parametrize(("name", "own"), [("stage", ()), ("delta", ("run_id", "loaded_at", "is_new")), ("", ("run_id", "loaded_at"))])
def test_stage_delta_and_table_have_the_dataset_s_columns_in_its_order(name: str, own: tuple[str, ...]) -> None:
    created = (TABLES / "fact_daily_price" / "0005_create.sql").read_text(encoding="utf-8")
    sql = load_statement(DAILY_PRICES, name, stage="t", delta="t") if name else split(created)[0]
    body = re.sub(r"DISTSTYLE AUTO\s+SORTKEY \(session_date\)", "", sql)
    columns = [column.name for column in sqlglot.parse_one(body, read="redshift").find_all(exp.ColumnDef)]
    assert tuple(columns) == DAILY_PRICES.column_names + own


def test_header_comments_are_not_sent() -> None:
    assert statement("load_audit", "copied_rows") == "SELECT pg_last_copy_count()"


def test_role_and_address_enter_copy_as_literals() -> None:
    role = "arn:aws:iam::123456789012:role/tickerhouse-copy"
    sql = load_statement(DAILY_PRICES, "copy", stage="stage_1", manifest="s3://lake.eu/manifests/a%2Eb-1.json", role=role)
    assert "FROM 's3://lake.eu/manifests/a%2Eb-1.json'\nIAM_ROLE 'arn:aws:iam::123456789012:role/tickerhouse-copy'" in sql
    assert "IAM_ROLE default\n" in load_statement(DAILY_PRICES, "copy", stage="stage_1", manifest=MANIFEST, role="default")


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
        load_statement(DAILY_PRICES, "copy", stage="stage_1", manifest=address, role="default")


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
        load_statement(DAILY_PRICES, "copy", stage="stage_1", manifest=MANIFEST, role=role)


@pytest.mark.parametrize("name", ["Stage", "1stage", "stage 1", "stage;", 'stage"', "", "s" * 128])
def test_a_name_that_is_no_plain_identifier_never_reaches_a_statement(name: str) -> None:
    with pytest.raises(BadPlaceholder, match="identifier"):
        load_statement(DAILY_PRICES, "stage", stage=name)
