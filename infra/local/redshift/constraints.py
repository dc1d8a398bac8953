"""Keys and references of tables: told by the catalog, never enforced. Source: AWS, r_CREATE_TABLE_NEW.html, t_Defining_constraints.html."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from infra.local.redshift.names import CATALOG_SCHEMA, name_parts
from infra.local.redshift.session import Session, TableName

# ruff: noqa: S608 - names are bound

_MEMORY = f"{CATALOG_SCHEMA}.table_constraint"


@dataclass(frozen=True)
class Constraint:
    """One constraint of a table.

    Attributes:
        kind: ``p`` for a primary key, ``u`` for unique, ``f`` for a foreign key.
        columns: Its columns, in its order.
        name: As it was given; None where the catalog names it.
        on: The table a foreign key refers to.
        on_columns: Its columns; none where they are the primary key.
    """

    kind: str
    columns: tuple[str, ...]
    name: str | None = None
    on: TableName | None = None
    on_columns: tuple[str, ...] = ()


def declared(session: Session, elements: Sequence[exp.Expression]) -> list[Constraint]:
    """Return the constraints of CREATE TABLE or ALTER TABLE ADD, those of single columns too.

    Raises:
        StatementFailed: 42P01, where a table that is referred to does not exist.
    """
    found: list[Constraint] = []
    for element in elements:
        if isinstance(element, exp.ColumnDef):
            for constraint in element.constraints:
                found += _read(session, constraint.kind, _name(constraint), (element.name.lower(),))
        elif isinstance(element, exp.Constraint):
            for inner in element.expressions:
                found += _read(session, inner, element.name.lower(), ())
        else:
            found += _read(session, element, None, ())
    return found


def remember(session: Session, table: TableName, constraints: Sequence[Constraint]) -> None:
    """Keep a table's constraints, each by its own name; a temporary table's are forgotten at once."""
    if table.is_temporary:
        return
    for constraint in constraints:
        ends = {"p": "pkey", "u": f"{constraint.columns[0]}_key", "f": f"{constraint.columns[0]}_fkey"}
        name = constraint.name or f"{table.name}_{ends[constraint.kind]}"
        on = constraint.on
        session.execute(
            f"insert into {_MEMORY} values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                table.schema,
                table.name,
                name,
                constraint.kind,
                list(constraint.columns),
                on.schema if on else None,
                on.name if on else None,
                list(constraint.on_columns or _primary(session, on)) if on else None,
            ],
        )


def forget(session: Session, table: TableName, name: str | None = None) -> str:
    """Forget one of a table's constraints, or all; return the kind of one that had the name."""
    place = "where schema_name = ? and table_name = ? and constraint_name = coalesce(?, constraint_name)"
    rows = session.execute(f"select max(kind) from {_MEMORY} {place}", [table.schema, table.name, name])
    session.execute(f"delete from {_MEMORY} {place}", [table.schema, table.name, name])
    return str(rows[0][0] or "")


def without(session: Session, table: TableName, column: str) -> None:
    """Forget the constraints that a dropped column was in."""
    session.execute(
        f"delete from {_MEMORY} where schema_name = ? and table_name = ? and list_contains(column_names, ?)",
        [table.schema, table.name, column],
    )


def column_renamed(session: Session, table: TableName, old: str, new: str) -> None:
    """Let a table's constraints know a column by its new name."""
    session.execute(
        f"update {_MEMORY} set column_names = list_transform(column_names, lambda name: case when name = ? then ? else name end) "
        "where schema_name = ? and table_name = ?",
        [old, new, table.schema, table.name],
    )


def renamed(session: Session, table: TableName, name: str) -> None:
    """Keep a table's constraints, and the references to it, when it gets another name."""
    session.execute(f"update {_MEMORY} set table_name = ? where schema_name = ? and table_name = ?", [name, table.schema, table.name])
    session.execute(f"update {_MEMORY} set on_table = ? where on_schema = ? and on_table = ?", [name, table.schema, table.name])


def _primary(session: Session, table: TableName) -> list[str]:
    rows = session.execute(
        f"select column_names from {_MEMORY} where schema_name = ? and table_name = ? and kind = 'p'", [table.schema, table.name]
    )
    return list(rows[0][0]) if rows else []


def _name(constraint: exp.Expression) -> str | None:
    named = constraint.args.get("this")
    return str(named.name).lower() if named is not None and named.name else None


def _read(session: Session, node: exp.Expression, name: str | None, column: tuple[str, ...]) -> Iterator[Constraint]:
    if isinstance(node, exp.PrimaryKey | exp.PrimaryKeyColumnConstraint):
        yield Constraint("p", column or _names(node.expressions), name)
    elif isinstance(node, exp.UniqueColumnConstraint):
        listed = node.this.expressions if isinstance(node.this, exp.Schema) else []
        yield Constraint("u", column or _names(listed), name)
    elif isinstance(node, exp.ForeignKey | exp.Reference):
        reference = node if isinstance(node, exp.Reference) else node.args["reference"]
        target = reference.this
        listed = target.expressions if isinstance(target, exp.Schema) else reference.expressions
        target = target.this if isinstance(target, exp.Schema) else target
        columns = column or _names(node.expressions)
        yield Constraint("f", columns, name, session.located(name_parts(target)), _names(listed))


def _names(nodes: Sequence[exp.Expression]) -> tuple[str, ...]:
    return tuple(str(node.name).lower() for node in nodes)


def names(session: Session, table: TableName, column: str) -> bool:
    """Tell whether a constraint of a table names a column."""
    found = f"select 1 from {_MEMORY} where schema_name = ? and table_name = ? and list_contains(column_names, ?)"
    return bool(session.execute(found, [table.schema, table.name, column]))


def is_known(session: Session, table: TableName, name: str) -> bool:
    """Tell whether a table has a constraint of a name."""
    found = f"select 1 from {CATALOG_SCHEMA}.table_constraint where schema_name = ? and table_name = ? and constraint_name = ?"
    return bool(session.execute(found, [table.schema, table.name, name]))
