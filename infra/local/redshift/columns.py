"""Columns of a table as Redshift declares them, and as DuckDB stores them."""

from dataclasses import dataclass, replace

from sqlglot import exp

from infra.local.redshift.dialect import to_duckdb
from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error

LONGEST_VARCHAR = 65_535
WIDEST_NUMERIC = 38
_Type = exp.DataType.Type
_VARIABLE = {_Type.VARCHAR: 256, _Type.NVARCHAR: 256, _Type.TEXT: 256, _Type.BPCHAR: 256, _Type.CHAR: 1, _Type.NCHAR: 1}
_FIXED = {
    _Type.BOOLEAN: ("boolean", "BOOLEAN"),
    _Type.SMALLINT: ("smallint", "SMALLINT"),
    _Type.INT: ("integer", "INTEGER"),
    _Type.BIGINT: ("bigint", "BIGINT"),
    _Type.FLOAT: ("real", "FLOAT"),
    _Type.DOUBLE: ("double precision", "DOUBLE"),
    _Type.DATE: ("date", "DATE"),
    _Type.TIME: ("time without time zone", "TIME"),
    _Type.TIMESTAMP: ("timestamp without time zone", "TIMESTAMP"),
    _Type.DATETIME: ("timestamp without time zone", "TIMESTAMP"),
    _Type.TIMESTAMPNTZ: ("timestamp without time zone", "TIMESTAMP"),
    _Type.TIMESTAMPTZ: ("timestamp with time zone", "TIMESTAMP WITH TIME ZONE"),
    _Type.SUPER: ("super", "JSON"),
    _Type.VARBINARY: ("binary varying", "BLOB"),
}


@dataclass(frozen=True)
class ColumnDefinition:
    """One column.

    Attributes:
        name: In lower case.
        declared_type: As Redshift's catalog writes it, for example ``character varying(10)``.
        stored_type: DuckDB's type.
        byte_length: The most bytes a VARCHAR or CHAR holds.
        nullable: Whether NULL may be stored; the only constraint Redshift enforces.
        default_sql: The default in DuckDB's SQL.
        identity: Start and step of an IDENTITY.
        identity_sequence: The sequence behind it in DuckDB, with its schema.
        primary_key: Declared only, never enforced.
        encoding: Compression, for the catalog.
        distribution_key: For the catalog.
        sort_position: Place in the sort key, from 1.
    """

    name: str
    declared_type: str
    stored_type: str
    byte_length: int | None = None
    nullable: bool = True
    default_sql: str | None = None
    identity: tuple[int, int] | None = None
    identity_sequence: str | None = None
    primary_key: bool = False
    encoding: str | None = None
    distribution_key: bool = False
    sort_position: int | None = None

    def storage(self) -> str:
        """Return the column's part of DuckDB's CREATE TABLE."""
        parts = [f'"{self.name}" {self.stored_type}']
        if self.identity_sequence:
            parts.append(f"default nextval('{self.identity_sequence}')")
        elif self.default_sql:
            parts.append(f"default {self.default_sql}")
        if not self.nullable:
            parts.append("not null")
        if self.byte_length:
            parts.append(f'check (strlen("{self.name}") <= {self.byte_length})')
        return " ".join(parts)


def read_column(node: exp.ColumnDef) -> ColumnDefinition:
    """Read one column of CREATE TABLE or ADD COLUMN.

    Raises:
        StatementFailed: 0A000 for a type Redshift does not have, 42601 without a type.
    """
    if node.kind is None:
        raise syntax_error(f'column "{node.name}" has no type')
    column = _typed(node.name.lower(), node.kind)
    for constraint in node.constraints:
        kind = constraint.kind
        if isinstance(kind, exp.NotNullColumnConstraint):
            column = replace(column, nullable=bool(kind.args.get("allow_null")))
        elif isinstance(kind, exp.DefaultColumnConstraint):
            column = replace(column, default_sql=to_duckdb(kind.this))
        elif isinstance(kind, exp.PrimaryKeyColumnConstraint):
            column = replace(column, primary_key=True, nullable=False)
        elif isinstance(kind, exp.GeneratedAsIdentityColumnConstraint):
            column = replace(column, identity=(_integer(kind, "start"), _integer(kind, "increment")), nullable=False)
        elif not isinstance(kind, exp.UniqueColumnConstraint | exp.Reference | exp.CollateColumnConstraint):
            raise not_supported(f"a constraint {type(kind).__name__} of column {node.name}")
    return column


def retyped(column: ColumnDefinition, kind: exp.DataType) -> ColumnDefinition:
    """Return a column with another type; Redshift lets only a VARCHAR change, and only its length.

    Raises:
        StatementFailed: 0A000 for any other change.
    """
    typed = _typed(column.name, kind)
    if not (typed.declared_type.startswith("character varying") and column.declared_type.startswith("character varying")):
        raise not_supported(f'ALTER COLUMN "{column.name}" TYPE {typed.declared_type}')
    return replace(column, declared_type=typed.declared_type, byte_length=typed.byte_length)


def derived_column(name: str, stored_type: str) -> ColumnDefinition:
    """Return the column a CREATE TABLE AS or a view makes of a result column."""
    if stored_type == "VARCHAR":
        return ColumnDefinition(name, f"character varying({LONGEST_VARCHAR})", stored_type, LONGEST_VARCHAR)
    if stored_type.startswith("DECIMAL"):
        return ColumnDefinition(name, f"numeric{stored_type.removeprefix('DECIMAL')}", stored_type)
    if stored_type == "HUGEINT":
        return ColumnDefinition(name, "numeric(38,0)", "DECIMAL(38,0)")
    declared = {stored: declared for declared, stored in _FIXED.values()}
    return ColumnDefinition(name, declared.get(stored_type, stored_type.lower()), stored_type)


def _typed(name: str, kind: exp.DataType) -> ColumnDefinition:
    numbers = [int(parameter.name) for parameter in kind.expressions if parameter.name.isdigit()]
    if kind.this in _VARIABLE:
        maximum = any(parameter.name.upper() == "MAX" for parameter in kind.expressions)
        length = LONGEST_VARCHAR if maximum else numbers[0] if numbers else _VARIABLE[kind.this]
        if not 1 <= length <= LONGEST_VARCHAR:
            raise StatementFailed("42611", f"length for type character varying cannot exceed {LONGEST_VARCHAR}")
        base = "character" if kind.this in {_Type.CHAR, _Type.NCHAR} else "character varying"
        return ColumnDefinition(name, f"{base}({length})", "VARCHAR", length)
    if kind.this == _Type.DECIMAL:
        precision, scale = [*numbers, *(18, 0)[len(numbers) :]][:2]
        if not (1 <= precision <= WIDEST_NUMERIC and 0 <= scale <= min(WIDEST_NUMERIC - 1, precision)):
            raise StatementFailed("42611", f"NUMERIC({precision},{scale}): precision must be 1 to 38, scale 0 to 37")
        return ColumnDefinition(name, f"numeric({precision},{scale})", f"DECIMAL({precision},{scale})")
    if kind.this not in _FIXED:
        raise StatementFailed("0A000", f'Column "{name}" has unsupported type "{kind.sql("redshift").lower()}".')
    declared, stored = _FIXED[kind.this]
    return ColumnDefinition(name, declared, stored)


def _integer(kind: exp.Expression, argument: str) -> int:
    value = kind.args.get(argument)
    return int(value.name) if value is not None else 1
