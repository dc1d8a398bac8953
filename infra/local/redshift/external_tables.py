"""External tables: remembered for the catalog, with their partitions. Their files lie on AWS and are not read from here.

Sources: AWS, r_CREATE_EXTERNAL_TABLE.html, r_ALTER_TABLE_external-table.html, r_DROP_TABLE.html.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlglot.tokens import Token, TokenType

from infra.local.redshift import declared_memory
from infra.local.redshift.errors import StatementFailed, no_relation, not_supported, syntax_error_near
from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.session import Outcome, Session, TransactionStatus
from infra.local.redshift.statement import Statement
from infra.local.redshift.tokens import closing
from infra.local.redshift.word_reader import WordReader

# ruff: noqa: S608 - names are our own

_KIND = "external table"
_FORMATS = frozenset({"PARQUET", "RCFILE", "SEQUENCEFILE", "TEXTFILE", "ORC", "AVRO"})


def create_external_table(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE EXTERNAL TABLE schema.name (columns) ….

    Raises:
        StatementFailed: 25001 in a transaction, 3F000 where the schema is no external one, 42P07 where there is one of that name.
    """
    if session.status is TransactionStatus.OPEN:
        raise StatementFailed("25001", "CREATE EXTERNAL TABLE cannot run inside a transaction block")
    reader = WordReader(statement.tokens, 3)
    parts = reader.name()
    schema, name = (parts[-2] if len(parts) > 1 else ""), parts[-1]
    if not is_external(session, schema):
        raise StatementFailed("3F000", f'external schema "{schema}" does not exist')
    held: dict[str, Any] = {"columns": [], "partitioned": [], "partitions": [], "format": "", "location": ""}
    if reader.word() == "(":
        held["columns"] = _columns(statement.sql, reader)
    _options(statement.sql, reader, held)
    if not held["location"] or not held["columns"]:
        raise syntax_error_near("")
    if _known(session, schema, name) is not None:
        raise StatementFailed("42P07", f'Relation "{name}" already exists')
    declared_memory.remember(session, _KIND, schema, name, held)
    return Outcome("CREATE EXTERNAL TABLE")


def is_external(session: Session, schema: str) -> bool:
    """Tell whether a schema is an external one."""
    known = f"select 1 from {CATALOG_SCHEMA}.external_schema where schema_name = ?"
    return bool(schema) and bool(session.remembered.get(("external", schema), lambda: session.execute(known, [schema])))


def refuse_to_read(session: Session, parts: Sequence[str]) -> None:
    """Refuse a table of an external schema.

    Raises:
        StatementFailed: 0A000; 42P01 where there is none.
    """
    if len(parts) > 1 and is_external(session, parts[-2]):
        if _known(session, parts[-2], parts[-1]) is None:
            raise no_relation(".".join(parts[-2:]))
        raise not_supported(f"reading external table {'.'.join(parts[-2:])}, on this server,")


def drop(session: Session, parts: Sequence[str]) -> bool:
    """Drop an external table; False where the name is none."""
    if len(parts) < 2 or not is_external(session, parts[-2]) or _known(session, parts[-2], parts[-1]) is None:  # noqa: PLR2004 - schema and name
        return False
    declared_memory.forget(session, _KIND, parts[-2], parts[-1])
    return True


def alter(session: Session, statement: Statement, parts: Sequence[str], index: int) -> Outcome | None:
    """Execute ALTER TABLE of an external table: its partitions, properties and place; None where the name is none.

    Raises:
        StatementFailed: 42710 and 42704 for a partition that is there, or is not.
    """
    held = _known(session, parts[-2], parts[-1]) if len(parts) > 1 and is_external(session, parts[-2]) else None
    if held is None:
        return None
    reader = WordReader(statement.tokens, index)
    if reader.taken("ADD"):
        _add(reader, held)
    elif reader.taken("DROP"):
        values = _partition(reader)
        if all(known["values"] != values for known in held["partitions"]):
            raise StatementFailed("42704", f"partition {values} does not exist")
        held["partitions"] = [known for known in held["partitions"] if known["values"] != values]
    elif reader.taken("SET", "LOCATION"):
        held["location"] = reader.quoted()
    elif reader.taken("SET", "FILE", "FORMAT"):
        held["format"] = reader.word()
        reader.index += 1
    elif reader.taken("SET", "TABLE", "PROPERTIES"):
        reader.index = closing(reader.tokens, reader.index) + 1
    elif reader.word() == "PARTITION":
        values = _partition(reader)
        reader.expect("SET", "LOCATION")
        place = reader.quoted()
        held["partitions"] = [{**known, "location": place} if known["values"] == values else known for known in held["partitions"]]
    else:
        raise syntax_error_near(reader.text())
    reader.expect_end()
    declared_memory.change(session, _KIND, parts[-2], parts[-1], held)
    return Outcome("ALTER TABLE")


def _known(session: Session, schema: str, name: str) -> dict[str, Any] | None:
    return declared_memory.known(session, _KIND, schema, name)


def _add(reader: WordReader, held: dict[str, Any]) -> None:
    if_missing = reader.taken("IF", "NOT", "EXISTS")
    while reader.word() == "PARTITION":
        values = _partition(reader)
        reader.expect("LOCATION")
        place = reader.quoted()
        if any(known["values"] == values for known in held["partitions"]):
            if not if_missing:
                raise StatementFailed("42710", f"partition {values} already exists")
            continue
        held["partitions"].append({"values": values, "location": place})


def _partition(reader: WordReader) -> str:
    """Read PARTITION (column = value, …); the values come back as a JSON array."""
    reader.expect("PARTITION", "(")
    values = []
    while True:
        reader.index += 1
        reader.expect("=")
        values.append(reader.text())
        reader.index += 1
        if not reader.taken(","):
            break
    reader.expect(")")
    return json.dumps(values)


def _columns(sql: str, reader: WordReader) -> list[tuple[str, str]]:
    """Read columns with Hive's types, which nest in angle brackets."""
    end = closing(reader.tokens, reader.index)
    found: list[list[Token]] = [[]]
    depth = 0
    for token in reader.tokens[reader.index + 1 : end]:
        depth += str(token.text).count("<") + str(token.text).count("(") - str(token.text).count(">") - str(token.text).count(")")
        if token.token_type == TokenType.COMMA and depth == 0:
            found.append([])
        else:
            found[-1].append(token)
    reader.index = end + 1
    if not all(found):
        raise syntax_error_near(",")
    return [(str(one[0].text).lower(), sql[one[1].start : one[-1].end + 1].lower() if len(one) > 1 else "") for one in found]


def _options(sql: str, reader: WordReader, held: dict[str, Any]) -> None:
    while reader.index < len(reader.words):
        if reader.taken("PARTITIONED BY") or reader.taken("PARTITIONED", "BY"):
            held["partitioned"] = _columns(sql, reader)
        elif reader.taken("ROW", "FORMAT"):
            _row_format(reader)
        elif reader.taken("STORED", "AS", "INPUTFORMAT"):
            held["format"] = reader.quoted()
            reader.expect("OUTPUTFORMAT")
            reader.quoted()
        elif reader.taken("STORED", "AS"):
            held["format"] = reader.word()
            if held["format"] not in _FORMATS:
                raise syntax_error_near(reader.text())
            reader.index += 1
        elif reader.taken("LOCATION"):
            held["location"] = reader.quoted()
        elif reader.taken("TABLE", "PROPERTIES"):
            reader.index = closing(reader.tokens, reader.index) + 1
        elif reader.word() == "AS":
            raise not_supported("CREATE EXTERNAL TABLE AS, on this server,")
        else:
            raise syntax_error_near(reader.text())


def _row_format(reader: WordReader) -> None:
    if reader.taken("SERDE"):
        reader.quoted()
        if reader.taken("WITH", "SERDEPROPERTIES"):
            reader.index = closing(reader.tokens, reader.index) + 1
        return
    reader.expect("DELIMITED")
    while reader.taken("FIELDS", "TERMINATED", "BY") or reader.taken("LINES", "TERMINATED", "BY"):
        reader.quoted()
