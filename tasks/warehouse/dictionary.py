"""The data dictionary: every table, view and column with its comment, as the warehouse itself tells them."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from redshift_connector import Connection

from tasks.warehouse.execution import fetch
from tasks.warehouse.statements import statement

_HEAD = """# Data dictionary

Generated from the comments in the warehouse by `tickerhouse dictionary`, and held against them by a test. Do not edit: a comment is changed
by a migration (docs/new-table.md).
"""


def describe_warehouse(connection: Connection) -> str:
    """The dictionary as Markdown: one section a table, one row a column.

    Args:
        connection: an open session without a transaction.
    """
    about = {(schema, table): (kind, text) for schema, table, kind, text in fetch(connection, statement("dictionary", "tables"))}
    columns = fetch(connection, statement("dictionary", "columns"))
    connection.rollback()
    sections = [
        _section(f"{schema}.{table}", *about[schema, table], rows)
        for (schema, table), rows in groupby(columns, key=lambda row: (row[0], row[1]))
    ]
    return "\n".join([_HEAD, *sections])


def _section(name: str, kind: str, text: str, rows: Iterable[tuple[Any, ...]]) -> str:
    lines = [
        f"| `{column}` | {data_type} | {'yes' if nullable == 'YES' else ''} | {said} |" for *_, column, data_type, nullable, said in rows
    ]
    title = f"## {name}{' (view)' if kind == 'VIEW' else ''}"
    return "\n".join([title, "", text, "", "| column | type | null | meaning |", "|---|---|---|---|", *lines, ""])
