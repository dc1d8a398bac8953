"""Load statements, filled from the schema of the table.

``load/*.sql`` holds them once for all tables, ``undo/*.sql`` those that take a load back, ``lake/*.sql`` those about the
lake's current files. A file of the same name in ``tables/<table>/``
wins where a table is special; a table with a ``merge.sql`` of its own has checks of its own, too. What a template may name, beside the
placeholders of ``statements.py``:

================================  ======================================================================================
``${table}``, ``${revision}``     the qualified table, and the one of its former values
``${definitions}``                the columns with their types, for CREATE TABLE
``${columns}``, ``${key}``        the columns of the file, those that make a row unique; ``${columns(held)}`` of an alias
``${assignments(changes)}``       the columns outside the key, each set to the alias's
``${match(held, changes)}``       equal keys, and the first one's date between the load's first and last; ``table`` is no alias
``${kept(newest, held)}``         the columns of the first; a value that it lacks is the second's
``${differs(held, newest)}``      another value; a null of the second differs from nothing, because what is known stays
``${within(held)}``               that date alone; ``${since(held)}`` only its beginning
``${date}``                       the key's date
``${first_date}``                 the earliest date of the staged rows; ``${last_date}`` the latest
``${example(changes)}``           a row's key as text
``${row}``, ``${a_row}``          what the checks call a row
================================  ======================================================================================

The dates are literals and stand in every join, because zone maps of ``SORTKEY (session_date)`` prune by a literal and not by a join; a
table without a date in its key is not bounded.
"""

import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final

from tasks.schema import Freshness, TableSchema
from tasks.warehouse.errors import BadPlaceholder
from tasks.warehouse.reserved import RESERVED
from tasks.warehouse.statements import date_literal, fill, has_statement, identifier, plain_values, split, tables

_WIDTH: Final = 110
_TYPE: Final = re.compile(
    r"(character varying|numeric)\([0-9]{1,5}(,[0-9]{1,2})?\)|bigint|integer|smallint|date|boolean|double precision|super"
    r"|timestamp without time zone",
    re.ASCII,
)

Span = tuple[date, date]
"""The first and the last date of a load's rows."""

_FRESHNESS: Final = {Freshness.RECENT: "check_loaded_symbols_are_fresh", Freshness.COMPLETE: "check_loaded_symbols_are_complete"}
_CHECK_NAME: Final = re.compile(r"(check_[a-z_]+)\.sql", re.ASCII)
_WORDS: Final = re.compile(r"[a-z]+( [a-z]+)*", re.ASCII)


@dataclass(frozen=True)
class Rendered:
    """A statement with the file it comes from.

    Attributes:
        file: the file under ``tasks/warehouse/``.
        text: header and statement, placeholders filled.
    """

    file: str
    text: str

    @property
    def sql(self) -> str:
        """The statement alone, without a closing semicolon."""
        (only,) = split(self.text)
        return only


def load_statement(schema: TableSchema, name: str, span: Span | None = None, **placeholders: str | date) -> str:
    """One statement of a load, ready to be sent.

    Args:
        schema: the table it is about.
        name: the file's name without ``.sql``.
        span: the first and the last date of the load's rows; without it nothing is bounded.
        placeholders: as :func:`tasks.warehouse.statements.statement` takes them.

    Raises:
        BadPlaceholder: a name, a type or a value of the schema or the placeholders does not have its form.
    """
    return render(schema, name, span, **placeholders).sql


def render(schema: TableSchema, name: str, span: Span | None = None, **placeholders: str | date) -> Rendered:
    """As :func:`load_statement`, with the header and the name of the file."""
    if has_statement(schema.folder, name):
        return _rendered(schema, f"tables/{schema.folder}/{name}.sql", span, placeholders)
    return _rendered(schema, f"load/{name}.sql", span, placeholders)


def render_undo(schema: TableSchema, name: str, span: Span | None = None, **placeholders: str | date) -> Rendered:
    """One statement of taking a load back, with the header and the name of the file; see :func:`load_statement`."""
    return _rendered(schema, f"undo/{name}.sql", span, placeholders)


def _rendered(schema: TableSchema, file: str, span: Span | None, placeholders: Mapping[str, str | date]) -> Rendered:
    text = (files(__package__) / file).read_text(encoding="utf-8")
    return Rendered(file, fill(text, {**_schema_values(schema, span), **plain_values(placeholders)}))


def lake_statement(schema: TableSchema, name: str, span: Span | None = None, **placeholders: str | date) -> str:
    """A statement about the lake's current files, from ``lake/``; otherwise as :func:`load_statement`."""
    return _rendered(schema, f"lake/{name}.sql", span, placeholders).sql


def render_file(table: str, name: str, **placeholders: str | date) -> Rendered:
    """A table's own file, for tables that are made in the warehouse and have no schema here; otherwise as :func:`render`."""
    text = (tables() / table / f"{name}.sql").read_text(encoding="utf-8")
    return Rendered(f"tables/{table}/{name}.sql", fill(text, plain_values(placeholders)))


def check_names(schema: TableSchema) -> tuple[str, ...]:
    """The checks of a loaded table, in the order of their names: the templates that its schema asks for, and its own files."""
    own = own_checks(schema.folder)
    if has_statement(schema.folder, "merge"):
        return own
    names = {"check_delta_is_in_the_table", "check_every_staged_row_is_held", *own}
    if schema.keeps_revisions:
        names |= {"check_changed_rows_have_revisions", "check_revisions_have_rows"}
    if schema.freshness:
        names.add(_FRESHNESS[schema.freshness])
    return tuple(sorted(names))


def statement_names(schema: TableSchema) -> tuple[str, ...]:
    """Every statement that a load of the table may send from a template or from a file in its place, in their order."""
    return (
        *("stage", "copy", "extent"),
        *(("keep_out",) if "symbol" in schema.column_names else ()),
        *(name for name in ("compare_series", "shared_closes", "known_events") if has_statement(schema.folder, name)),
        *("delta", "fill_delta", "counts"),
        *(("insert_revisions",) if schema.keeps_revisions else ()),
        *("merge", "check"),
        *(("touched_symbols",) if schema.feeds_marts else ()),
        *check_names(schema),
        "touched_by_run",
    )


def own_checks(table: str) -> tuple[str, ...]:
    """The checks in the folder of a table, in the order of their names; none where it has no folder."""
    folder = tables() / table
    names = [found[1] for file in folder.iterdir() if (found := _CHECK_NAME.fullmatch(file.name))] if folder.is_dir() else []
    return tuple(sorted(names))


@lru_cache(maxsize=64)
def _schema_values(schema: TableSchema, span: Span | None) -> Mapping[str, Callable[..., str]]:
    table = _qualified(schema.table)
    columns = {column.name: _name(column.name) for column in schema.columns}
    key = [columns[name] for name in schema.key]
    dated = columns[schema.date] if schema.date else ""

    def listed(names: list[str]) -> Callable[..., str]:
        return lambda alias="": _wrapped([f"{alias}.{name}" if alias else name for name in names])

    def qualified_date(alias: str = "") -> str:
        assert dated, f"{table} has no date in its key"
        return f"{table if alias == 'table' else alias}.{dated}" if alias else dated

    def within(alias: str) -> str:
        return f"{qualified_date(alias)} BETWEEN {date_literal(span[0])} AND {date_literal(span[1])}" if span and dated else "TRUE"

    def match(one: str, other: str) -> str:
        target = table if one == "table" else one
        equal = [f"{target}.{name} = {other}.{name}" for name in key]
        return "\nAND ".join([*equal, *([within(one)] if span and dated else [])])

    may_lack = {columns[column.name] for column in schema.columns if column.nullable and column.name in schema.values}

    def kept(newest: str, held: str) -> str:
        names = (f"NVL({newest}.{name}, {held}.{name}) AS {name}" if name in may_lack else f"{newest}.{name}" for name in columns.values())
        return ",\n".join(names) if may_lack else listed(list(columns.values()))(newest)

    def differs(held: str, newest: str) -> str:
        names = [columns[column.name] for column in schema.columns if column.name in schema.values]
        unequal = [f"{held}.{name} <> {newest}.{name}" for name in names]
        learnt = [f"({held}.{name} IS NULL AND {newest}.{name} IS NOT NULL)" for name in names if name in may_lack]
        return "\nOR ".join([*unequal, *learnt])

    return {
        "table": lambda: table,
        "revision": lambda: _qualified(schema.revision),
        "definitions": lambda: ",\n".join(
            f"{columns[column.name]} {_type(column.redshift)}{'' if column.nullable else ' NOT NULL'}" for column in schema.columns
        ),
        "columns": listed(list(columns.values())),
        "key": listed(key),
        "assignments": lambda alias: ",\n".join(
            f"{quoted} = {alias}.{quoted}" for name, quoted in columns.items() if name not in schema.key
        ),
        "match": match,
        "differs": differs,
        "kept": kept,
        "within": within,
        "since": lambda alias: f"{qualified_date(alias)} >= {date_literal(span[0])}" if span and dated else "TRUE",
        "date": qualified_date,
        "first_date": lambda: f"MIN({dated})" if dated else "CAST(NULL AS DATE)",
        "last_date": lambda: f"MAX({dated})" if dated else "CAST(NULL AS DATE)",
        "example": lambda alias: " || ' ' || ".join(
            f"CAST({alias}.{columns[name]} AS VARCHAR(10))" if name == schema.date else f"{alias}.{columns[name]}" for name in schema.key
        ),
        "row": lambda: _words(schema.row),
        "a_row": lambda: f"{'an' if schema.row[0] in 'aeiou' else 'a'} {_words(schema.row)}",
    }


def _wrapped(names: list[str]) -> str:
    return "\n".join(textwrap.wrap(", ".join(names), _WIDTH, break_long_words=False, break_on_hyphens=False))


def _name(name: str) -> str:
    return f'"{identifier(name)}"' if name in RESERVED else identifier(name)


def _qualified(table: str) -> str:
    schema, _, name = table.partition(".")
    return f"{identifier(schema)}.{identifier(name)}"


def _words(text: str) -> str:
    if not _WORDS.fullmatch(text):
        raise BadPlaceholder(f"{text!r} is not a plain noun.", "It stands in the headers of checks and in their messages.")
    return text


def _type(text: str) -> str:
    if not _TYPE.fullmatch(text):
        raise BadPlaceholder(f"{text!r} is not a column type.", "Spell it as pg_table_def does, e.g. numeric(18,6).")
    return text.upper()
