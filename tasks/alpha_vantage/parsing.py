"""The rows of many bodies as one Arrow table: raw strings beside typed columns, each row with its capture.

A schema of ``tasks/schema.py`` says it all: a column ``<name>_text`` takes the string as received, ``<name>`` (or ``<name>_date``) the same
value typed, exactly or null; a string column without that ending is the text itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from tasks.alpha_vantage.errors import UnknownShape
from tasks.alpha_vantage.exact import dates, decimals, integers, sessions
from tasks.alpha_vantage.rows import Rows
from tasks.records import CapturedBody

SetAside = Callable[[CapturedBody, UnknownShape], None]
"""Is told of a body that cannot be read, and why; the bodies beside it are read all the same."""

_TEXT: Final = "_text"
_ROWS_AT_ONCE: Final = 50_000
_SYMBOLS_SHOWN: Final = 5


@dataclass(frozen=True)
class Parsed:
    """What a run's captures of one endpoint held.

    Attributes:
        table: in the order of the bodies; what a body repeats is all there.
        drift: per symbol, the columns that the endpoint did not have before; their values stay in the captures.
    """

    table: pa.Table
    drift: Mapping[str, tuple[str, ...]]


def read_table(
    bodies: Iterable[CapturedBody], schema: pa.Schema, read: Callable[[CapturedBody], Rows], set_aside: SetAside | None = None
) -> Parsed:
    """Parses captures into one table.

    Args:
        bodies: captures that were recognised as data when they were stored.
        schema: of the table; its columns are named after the rows' (``latest_trading_day_text`` holds ``latest trading day``).
        read: gives the rows of one body, or raises UnknownShape. A column ``symbol`` replaces the asked symbol.
        set_aside: told of each body that ``read`` refuses; where None, the first refusal is raised.

    Raises:
        UnknownShape: as ``read`` does, where nobody sets the body aside.
    """
    drift: dict[str, tuple[str, ...]] = {}

    def read_all() -> Iterator[tuple[CapturedBody, Rows]]:
        for body in bodies:
            try:
                rows = read(body)
            except UnknownShape as error:
                if set_aside is None:
                    raise
                set_aside(body, error)
                continue
            if rows.extra:
                drift[body.symbol] = tuple(dict.fromkeys((*drift.get(body.symbol, ()), *rows.extra)))
            yield body, rows

    batches = [_batch(schema, group) for group in _grouped(read_all())]
    return Parsed(pa.Table.from_batches(batches, schema), drift)


def drift_warnings(function: str, drift: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """One sentence per new column, which names the symbols it came with, for people.

    Args:
        function: the API function.
        drift: new columns per symbol.
    """
    columns = dict.fromkeys(column for names in drift.values() for column in names)
    return tuple(
        f"SchemaDrift: {function} has a new column {column!r} ({_listed([symbol for symbol, names in drift.items() if column in names])}); "
        "it was loaded past, its values are in the captures."
        for column in columns
    )


def _listed(symbols: list[str]) -> str:
    more = len(symbols) - _SYMBOLS_SHOWN
    return ", ".join(symbols[:_SYMBOLS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _grouped(read: Iterable[tuple[CapturedBody, Rows]]) -> Iterator[list[tuple[CapturedBody, Rows]]]:
    """Groups bodies so that Arrow works on columns of a worthwhile length and Python holds few strings at a time."""
    group: list[tuple[CapturedBody, Rows]] = []
    rows = 0
    for body, found in read:
        group.append((body, found))
        rows += _length(found)
        if rows >= _ROWS_AT_ONCE:
            yield group
            group, rows = [], 0
    if group:
        yield group


def _batch(schema: pa.Schema, group: list[tuple[CapturedBody, Rows]]) -> pa.RecordBatch:
    which = pa.array([number for number, (_, rows) in enumerate(group) for _ in range(_length(rows))], pa.int32())

    def repeated(values: list[Any], data_type: pa.DataType) -> "pa.Array[Any]":
        return pa.array(values, data_type).take(which)

    def texts(column: str) -> "pa.Array[Any]":
        name = column.replace("_", " ")
        return pa.array([text for _, rows in group for text in rows.columns[name]], pa.string())

    columns: dict[str, pa.Array[Any]] = {
        "observed_at": repeated([body.observed_at for body, _ in group], schema.field("observed_at").type),
        "capture_key": repeated([body.key for body, _ in group], pa.string()),
    }
    if not all("symbol" in rows.columns for _, rows in group):
        columns["symbol"] = repeated([body.symbol for body, _ in group], pa.string())
    for field in schema:
        if field.name not in columns and pa.types.is_string(field.type):
            columns[field.name] = texts(field.name.removesuffix(_TEXT))
    for field in schema:
        if field.name not in columns:
            columns[field.name] = _typed(columns[_text_of(field.name, schema)], field)
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def _text_of(name: str, schema: pa.Schema) -> str:
    own = f"{name}{_TEXT}"
    return own if own in schema.names else f"{name.removesuffix('_date')}{_TEXT}"


def _typed(texts: "pa.Array[Any]", field: "pa.Field[Any]") -> "pa.Array[Any]":
    if pa.types.is_date32(field.type):
        return sessions(texts) if field.name == "session_date" else dates(texts)
    return integers(texts) if pa.types.is_integer(field.type) else decimals(texts, field.type)


def _length(rows: Rows) -> int:
    return len(next(iter(rows.columns.values())))
