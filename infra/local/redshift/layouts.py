"""The distribution styles EVEN and ALL: told by the catalog, without effect on one node. Source: AWS, c_choosing_dist_sort.html."""

from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.session import Session, TableName

# ruff: noqa: S608 - names are bound

_MEMORY = f"{CATALOG_SCHEMA}.layout"


def remember(session: Session, table: TableName, style: str) -> None:
    """Keep EVEN or ALL in place of what was known of a table; AUTO is what is not kept, and KEY is told by the key's column."""
    forget(session, table)
    if style in {"EVEN", "ALL"} and not table.is_temporary:
        session.execute(f"insert into {_MEMORY} values (?, ?, ?)", [table.schema, table.name, style])


def style_of(session: Session, table: TableName) -> str:
    """Return EVEN or ALL, else AUTO."""
    rows = session.execute(f"select style from {_MEMORY} where schema_name = ? and table_name = ?", [table.schema, table.name])
    return str(rows[0][0]) if rows else "AUTO"


def forget(session: Session, table: TableName) -> None:
    """Forget a table's style."""
    session.execute(f"delete from {_MEMORY} where schema_name = ? and table_name = ?", [table.schema, table.name])


def renamed(session: Session, table: TableName, name: str) -> None:
    """Keep a table's style under its new name."""
    session.execute(f"update {_MEMORY} set table_name = ? where schema_name = ? and table_name = ?", [name, table.schema, table.name])
