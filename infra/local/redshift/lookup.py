"""Looking names up in DuckDB, and what Redshift says to one that is none.

A missing table is told with its schema, a missing schema by itself: PostgreSQL 8.0 does so, and clients of Redshift report both
(https://github.com/metabase/metabase/issues/8823, https://github.com/TeamSQL/desktop-app/issues/433).
"""

from collections.abc import Sequence

import duckdb

from infra.local.redshift.errors import StatementFailed, no_relation
from infra.local.redshift.sql.values import identifier


def is_there(cursor: duckdb.DuckDBPyConnection, database: str, schema: str, name: str) -> bool:
    """Tell whether a name is a table's or a view's; to bind it costs the same however many tables there are, to list them does not."""
    try:
        cursor.execute(f"describe {identifier(database)}.{identifier(schema)}.{identifier(name)}").fetchall()
    except duckdb.CatalogException as error:
        return "does not exist" not in str(error)
    except duckdb.Error:
        return True  # a view whose query cannot be bound now
    return True


def has_schema(cursor: duckdb.DuckDBPyConnection, database: str, name: str) -> bool:
    """Tell whether a name is a schema's."""
    query = "select 1 from duckdb_schemas() where database_name = ? and schema_name = ?"
    return bool(cursor.execute(query, [database, name]).fetchall())


def require_schema(cursor: duckdb.DuckDBPyConnection, database: str, name: str) -> None:
    """Refuse a name that is no schema's.

    Raises:
        StatementFailed: 3F000.
    """
    if not has_schema(cursor, database, name):
        raise StatementFailed("3F000", f'schema "{name}" does not exist')


def nothing_named(cursor: duckdb.DuckDBPyConnection, database: str, parts: Sequence[str]) -> StatementFailed:
    """Return the refusal of a name that is no table or view: 42P01, or 3F000 where its schema is none."""
    if len(parts) > 1 and not has_schema(cursor, database, parts[-2]):
        return StatementFailed("3F000", f'schema "{parts[-2]}" does not exist')
    return no_relation(".".join(parts[-2:]))
