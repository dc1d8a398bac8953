"""Generates the data dictionary from the comments of tables and columns, and prints the statements of a load."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any, Final

from tasks.schema import TableSchema
from tasks.warehouse.execution import WarehouseConnection, fetch
from tasks.warehouse.statements import statement
from tasks.warehouse.templates import Rendered, render, statement_names
from tasks.warehouse.temporary_tables import DELTA, STAGE, SYMBOLS

EXAMPLE_SPAN: Final = (date(2026, 1, 2), date(2026, 1, 5))
"""The first and the last date of the load that :func:`load_statements` shows."""

_EXAMPLE_NAMES: Final = {"stage": STAGE, "delta": DELTA, "symbols": SYMBOLS, "role": "default"}

_HEAD = """# Data dictionary

Generated from the comments in the warehouse by `tickerhouse dictionary`, and held against them by a test. Do not edit: a comment is changed
by a migration (docs/how-to/add-a-table.md).
"""


def describe_warehouse(connection: WarehouseConnection) -> str:
    """The dictionary as Markdown: one section a table, one row a column.

    Args:
        connection: an open session without a transaction.
    """
    about = {
        (schema, table): (table_type, text) for schema, table, table_type, text in fetch(connection, statement("dictionary", "tables"))
    }
    columns = fetch(connection, statement("dictionary", "columns"))
    connection.rollback()
    sections = [
        _section(f"{schema}.{table}", *about[schema, table], rows)
        for (schema, table), rows in groupby(columns, key=lambda row: (row[0], row[1]))
    ]
    return "\n".join([_HEAD, *sections])


def load_statements(schema: TableSchema) -> list[Rendered]:
    """What a load sends for one table, in its order, with the names and dates of an example; ``%s`` stands for a bound value.

    A load whose rows are all new sends no ``insert_revisions``, one that changes nothing no ``merge``, and only one whose COMMIT went
    unanswered ``touched_by_run``. Turns, audit and marts are the same for all loads (``tables/``).
    """
    manifest = f"s3://bucket/manifests/{schema.name}/run.json"
    return [render(schema, name, EXAMPLE_SPAN, **_EXAMPLE_NAMES, manifest=manifest) for name in statement_names(schema)]


def describe_load(schema: TableSchema) -> str:
    """The statements of :func:`load_statements` as one text, each with its file and its header."""
    return "\n".join(f"-- File: {rendered.file}\n{rendered.text}" for rendered in load_statements(schema))


def _section(name: str, table_type: str, text: str, rows: Iterable[tuple[Any, ...]]) -> str:
    lines = [
        f"| `{column}` | {data_type} | {'yes' if nullable == 'YES' else ''} | {comment} |"
        for *_, column, data_type, nullable, comment in rows
    ]
    title = f"## {name}{' (view)' if table_type == 'VIEW' else ''}"
    return "\n".join([title, "", text, "", "| column | type | null | meaning |", "|---|---|---|---|", *lines, ""])
