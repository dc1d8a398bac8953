"""System tables and views: AWS's columns for all of them, rows for those this server knows something of, none for the others.

The columns come from ``sql/allowed/system_views.txt``; a column no text here fills is NULL.
"""

import functools
from pathlib import Path

from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.sql.scopes import Columns
from infra.local.redshift.sql.sql_types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTEGER,
    REAL,
    SMALLINT,
    SMALLINTS,
    TIMESTAMP,
    TIMESTAMPTZ,
    VARCHAR,
    numeric,
)
from infra.local.redshift.sql.values import identifier
from infra.local.redshift.system_rows import ROWS

_TYPES = {
    "i": INTEGER,
    "b": BIGINT,
    "s": SMALLINT,
    "k": SMALLINTS,
    "n": numeric(38, 0),
    "t": VARCHAR,
    "d": TIMESTAMP,
    "z": TIMESTAMPTZ,
    "f": DOUBLE,
    "r": REAL,
    "o": BOOLEAN,
}


_TEMPORARY = {
    "known_column": """union all by name select '{database}' as database_name, '{temporary}' as schema_name, k.table_name, k.column_name,
        k.position, k.declared_type as full_type, k.byte_length, k.nullable as is_nullable,
        case when k.identity_start is not null then '"' || case when k.identity_by_default then 'default_identity' else 'identity' end
           || '"(' || d.table_oid || ', ' || (k.position - 1) || ', ''' || k.identity_start || ',' || k.identity_step || '''::text)'
       else coalesce(k.default_text, k.default_sql) end as column_default,
        d.numeric_precision, d.numeric_scale, k.primary_key, replace(coalesce(k.encoding, 'none'), 'raw', 'none') as encoding,
        k.distribution_key, coalesce(k.sort_position, 0) as sort_position
        from temp.main.embedded_column_definition k join duckdb_columns() d
        on d.database_name = 'temp' and d.table_name = k.table_name and d.column_name = k.column_name""",
    "known_table": """union all by name select '{temporary}' as schema_name, table_name, 'LOCAL TEMPORARY' as table_type,
        comment as remarks, estimated_size, table_oid as oid, 99 as schema_oid from duckdb_tables()
        where database_name = 'temp' and not starts_with(table_name, 'embedded_')""",
}
"""What a session's temporary tables add to the tables and columns of its database."""


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


def temporary_schema(session: int) -> str:
    """Return the schema under which the catalog tells a session's temporary tables."""
    return f"pg_temp_{session}"


@functools.cache
def visibility() -> dict[str, str]:
    """Return which system views only superusers read ("superusers"), and in which everybody reads their own rows ("own")."""
    text = (Path(__file__).parent / "sql" / "allowed" / "visibility.txt").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return {name: kind for kind, *names in lines for name in names}


def text_of(name: str, database: str, session: int | None = None) -> str:
    """Return the query that gives a system view its rows.

    Args:
        name: The view.
        database: Whose.
        session: The number of a session with temporary tables, which it alone sees.
    """
    columns = system_views()[name]
    known = ROWS.get(name)
    if known is None:
        return "(SELECT " + ", ".join(f"CAST(NULL AS {kind.stored}) AS {identifier(column)}" for column, kind in columns) + " WHERE FALSE)"
    filled, body = known
    selected = ", ".join(
        f"CAST({identifier(column) if column in filled else 'NULL'} AS {kind.stored}) AS {identifier(column)}" for column, kind in columns
    )
    if session is not None:
        for source, own in _TEMPORARY.items():
            body = body.replace(f"{{schema}}.{source}", f"(select * from {{schema}}.{source} {own})")  # noqa: S608 - texts of our own
        body = body.replace("{temporary}", temporary_schema(session))
    told = body.replace("{schema}", CATALOG_SCHEMA).replace("{database}", database)
    return f"(SELECT {selected} FROM ({told}) AS known)"  # noqa: S608 - texts of our own
