"""Which materialized views are stale: what their query gives now is not what they hold (AWS, r_SVV_MV_INFO, materialized-view-refresh)."""

import duckdb
import pyarrow as pa

from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.session import Session
from infra.local.redshift.sql.values import identifier

# ruff: noqa: S608 - names are quoted, queries were translated when their views were made

TELL_OF_IT = frozenset({"svv_mv_info", "stv_mv_info"})
"""The system views that say whether one is stale."""


def publish(session: Session) -> None:
    """Make the stale ones readable as ``embedded_stale``; each query runs, so it is done only for who reads those views."""
    rows = session.execute(f"select table_schema, table_name, stored_query from {CATALOG_SCHEMA}.materialized_view order by 1, 2")
    stale = [(schema, name) for schema, name, query in rows if _is_stale(session, f"{identifier(schema)}.{identifier(name)}", str(query))]
    texts = pa.schema([("table_schema", pa.string()), ("table_name", pa.string())])
    found = pa.Table.from_pylist([{"table_schema": schema, "table_name": name} for schema, name in stale], schema=texts)
    session.cursor.register("embedded_stale", found)


def _is_stale(session: Session, table: str, query: str) -> bool:
    differing = f"((({query}) except all (select * from {table})) union all ((select * from {table}) except all ({query})))"
    try:
        return bool(session.execute(f"select 1 from {differing} as differing limit 1"))
    except duckdb.Error:  # what it reads has changed so that its query cannot run
        return True
