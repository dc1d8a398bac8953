"""System tables and views: AWS's columns for all of them, rows for those this server knows something of, none for the others.

The columns come from ``sql/allowed/system_views.txt``; a column no text here fills is NULL.
"""

import functools
from pathlib import Path

from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.sql.scopes import Columns
from infra.local.redshift.sql.sql_types import BIGINT, BOOLEAN, DOUBLE, INTEGER, REAL, SMALLINT, TIMESTAMP, TIMESTAMPTZ, VARCHAR, numeric
from infra.local.redshift.sql.values import identifier
from infra.local.redshift.system_rows import ROWS

_TYPES = {
    "i": INTEGER,
    "b": BIGINT,
    "s": SMALLINT,
    "n": numeric(38, 0),
    "t": VARCHAR,
    "d": TIMESTAMP,
    "z": TIMESTAMPTZ,
    "f": DOUBLE,
    "r": REAL,
    "o": BOOLEAN,
}


@functools.cache
def system_views() -> dict[str, Columns]:
    """Return every system view's columns, by name; those of information_schema with it in front."""
    found: dict[str, Columns] = {}
    text = (Path(__file__).parent / "sql" / "allowed" / "system_views.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, listed = line.partition(": ")
            pairs = [column.rsplit(" ", 1) for column in listed.split(", ")]
            found[name] = tuple((column, _TYPES[kind]) for column, kind in pairs)
    return found


def text_of(name: str, database: str) -> str:
    """Return the query that gives a system view its rows."""
    columns = system_views()[name]
    known = ROWS.get(name)
    if known is None:
        return "(SELECT " + ", ".join(f"CAST(NULL AS {kind.stored}) AS {identifier(column)}" for column, kind in columns) + " WHERE FALSE)"
    filled, body = known
    selected = ", ".join(
        f"CAST({identifier(column) if column in filled else 'NULL'} AS {kind.stored}) AS {identifier(column)}" for column, kind in columns
    )
    told = body.replace("{schema}", CATALOG_SCHEMA).replace("{database}", database)
    return f"(SELECT {selected} FROM ({told}) AS known)"  # noqa: S608 - texts of our own
