"""What ALTER TABLE cannot change. Source: AWS, r_ALTER_TABLE.html, the limitations of each clause."""

from collections.abc import Collection, Iterable, Sequence

from infra.local.redshift import constraints
from infra.local.redshift.columns import ColumnDefinition
from infra.local.redshift.errors import StatementFailed, not_supported
from infra.local.redshift.session import Session, TableName


def refuse_nullable_key(columns: Sequence[ColumnDefinition], keys: Iterable[str]) -> None:
    """Refuse a primary key of columns that take NULL.

    Raises:
        StatementFailed: 42P16.
    """
    wanted = set(keys)
    for column in columns:
        if column.name in wanted and column.nullable:
            raise StatementFailed("42P16", f'column "{column.name}" is not NOT NULL: a primary key cannot be added to it')


def refuse_key(session: Session, table: TableName, name: str) -> None:
    """Refuse another length for a column that a UNIQUE, PRIMARY KEY or FOREIGN KEY names.

    Raises:
        StatementFailed: 0A000.
    """
    if constraints.names(session, table, name):
        raise not_supported(f'ALTER COLUMN "{name}" TYPE of a column with a constraint')


def refuse_name(table: TableName, name: str) -> None:
    """Refuse the name of a temporary table for a permanent one.

    Raises:
        StatementFailed: 42602.
    """
    if name.startswith("#") and not table.is_temporary:
        raise StatementFailed("42602", f'a permanent table cannot be renamed to "{name}"')


def refuse_encoding(columns: Sequence[ColumnDefinition], name: str, encoding: str, changed: Collection[str]) -> None:
    """Refuse the encoding that a column was given before, and a second one in the same statement.

    Raises:
        StatementFailed: 0A000.
    """
    if name in changed or any(column.name == name and column.encoding == encoding for column in columns):
        raise not_supported(f'ALTER COLUMN "{name}" ENCODE to the encoding it has, or twice in one statement')


def refuse_layout(alteration: str, words: Sequence[str], table: TableName, columns: Sequence[ColumnDefinition]) -> None:
    """Refuse changes of the layout, or of encodings, that a table's sort key or its being temporary forbids.

    Args:
        alteration: The clause, for example ``ALTER DISTSTYLE``.
        words: The words behind the table's name, in capitals.
        table: The table.
        columns: Its columns.

    Raises:
        StatementFailed: 0A000.
    """
    interleaved = any((column.sort_position or 0) < 0 for column in columns)
    spread = alteration == "ALTER DISTSTYLE" and bool({"ALL", "EVEN"} & set(words))
    if spread and table.is_temporary:
        raise not_supported(f"{alteration} of a temporary table")
    if interleaved and (spread or alteration in {"ALTER DISTKEY", "ALTER ENCODE"} or (alteration == "ALTER DISTSTYLE" and "KEY" in words)):
        raise not_supported(f"{alteration} of a table with an interleaved sort key")
    if alteration == "ALTER INTERLEAVED":
        raise not_supported("ALTER SORTKEY to an interleaved sort key")
