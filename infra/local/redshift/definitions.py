"""The memory of how tables were declared: kept beside them, in the same transaction."""

from collections.abc import Sequence
from dataclasses import replace

from infra.local.redshift.columns import ColumnDefinition, derived_column
from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.session import TEMPORARY_DEFINITIONS, Session, TableName
from infra.local.redshift.table_attributes import TableAttributes

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated

_FIELDS = (
    "column_name, declared_type, stored_type, byte_length, nullable, default_sql, identity_start, identity_step, identity_sequence, "
    "primary_key, encoding, distribution_key, sort_position, identity_by_default, default_text"
)


def read_definitions(session: Session, table: TableName) -> list[ColumnDefinition]:
    """Return a table's or view's columns, in order; what was never declared is derived from what is stored."""
    return session.remembered.get(("columns", table), lambda: _read(session, table), own=table.is_temporary)


def _read(session: Session, table: TableName) -> list[ColumnDefinition]:
    rows = session.execute(
        f"select {_FIELDS} from {_memory(table)} where table_schema = ? and table_name = ? order by position",
        [table.schema, table.name],
    )
    if not rows:
        return [derived_column(str(row[0]), str(row[1])) for row in session.execute(f"describe {table.sql}")]
    return [
        ColumnDefinition(
            name=row[0],
            declared_type=row[1],
            stored_type=row[2],
            byte_length=row[3],
            nullable=row[4],
            default_sql=row[5],
            identity=(row[6], row[7]) if row[6] is not None else None,
            identity_sequence=row[8],
            primary_key=row[9],
            encoding=row[10],
            distribution_key=row[11],
            sort_position=row[12],
            identity_by_default=bool(row[13]),
            default_text=row[14],
        )
        for row in rows
    ]


def write_definitions(session: Session, table: TableName, columns: Sequence[ColumnDefinition]) -> None:
    """Remember a table's columns in place of what was known."""
    forget_definitions(session, table)
    values: list[object] = []
    for position, column in enumerate(columns, start=1):
        start, step = column.identity or (None, None)
        values += [table.schema, table.name, position, column.name, column.declared_type, column.stored_type, column.byte_length]
        values += [column.nullable, column.default_sql, start, step, column.identity_sequence, column.primary_key, column.encoding]
        values += [column.distribution_key, column.sort_position, column.identity_by_default, column.default_text]
    if columns:
        row = f"({', '.join('?' * (len(values) // len(columns)))})"
        session.execute(f"insert into {_memory(table)} values {', '.join([row] * len(columns))}", values)


def forget_definitions(session: Session, table: TableName) -> None:
    """Forget a table's columns."""
    session.execute(
        f"delete from {_memory(table)} where table_schema = ? and table_name = ?",
        [table.schema, table.name],
    )


def with_attributes(columns: Sequence[ColumnDefinition], attributes: TableAttributes) -> list[ColumnDefinition]:
    """Return columns with the layout of their table."""
    return [
        replace(
            column,
            encoding=attributes.encodings.get(column.name),
            distribution_key=attributes.distribution_key == column.name,
            sort_position=_sort_position(column.name, attributes),
        )
        for column in columns
    ]


def _sort_position(name: str, attributes: TableAttributes) -> int | None:
    """Positions of an interleaved key are positive and negative by turns (AWS, r_PG_TABLE_DEF)."""
    if name not in attributes.sort_key:
        return None
    index = attributes.sort_key.index(name)
    return (index + 1) * (-1 if attributes.interleaved and index % 2 else 1)


def _memory(table: TableName) -> str:
    return f"temp.main.{TEMPORARY_DEFINITIONS}" if table.is_temporary else f"{CATALOG_SCHEMA}.column_definition"
