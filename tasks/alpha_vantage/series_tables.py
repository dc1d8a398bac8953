"""Many bodies of a time series as record batches: groups of them read at once, each body with a surprise by the general reader, alone.

The strings as received need not be kept for every row. Without them, the text columns are null in a row whose values can all be written
again from its capture, and ``with_texts`` puts them back into the few rows that are quarantined or shown.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.alpha_vantage.errors import UnknownShape
from tasks.alpha_vantage.fast_series import Columns, layout_of, read_rows, rows_of
from tasks.alpha_vantage.parsing import Parsed, read_table
from tasks.alpha_vantage.series import SESSION, SeriesShape
from tasks.arrays import arrow_array, growing, microseconds, numbers_of, strings
from tasks.records import CapturedBody
from tasks.schema import POSITION, without_texts

GROUP_BYTES: Final = 4 << 20
"""Rows read at once: enough for long arrays, few enough for them to stay in the processor's cache."""

_TEXT: Final = "_text"
_NULLS_AT_ONCE: Final = 1 << 16

Part = tuple[CapturedBody, memoryview | None]


@dataclass(frozen=True)
class SeriesReader:
    """Reads the bodies of one endpoint.

    Attributes:
        shape: of the endpoint's series.
        schema: of the rows, as ``parsing.read_table`` gives them.
        has_texts: whether every row has its strings as received. Without them (``tasks.schema.without_texts``) the text columns are null
            in each row that was read without a surprise.
        set_aside: called with each body that cannot be read, and why; where None, the first such body's error is raised.
        drift: filled while reading; per symbol, the columns that the endpoint did not have before.
    """

    shape: SeriesShape
    schema: pa.Schema
    has_texts: bool = True
    set_aside: Callable[[CapturedBody, UnknownShape], None] | None = None
    drift: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def batch_schema(self) -> pa.Schema:
        """The schema of the batches."""
        return self.schema if self.has_texts else without_texts(self.schema)

    def table(self, bodies: Iterable[CapturedBody]) -> Parsed:
        """All rows of the bodies as one table; see ``batches``."""
        if self.has_texts:
            return Parsed(pa.Table.from_batches(self.batches(bodies), self.batch_schema), self.drift)
        return Parsed(_in_one_piece(self.batches(bodies), self.batch_schema), self.drift)

    def batches(self, bodies: Iterable[CapturedBody]) -> Iterator[pa.RecordBatch]:
        """Rows in the order of the bodies and, inside a body, in the order sent; days that it repeats included.

        Bodies are taken as the batches are consumed. No thread helps: NumPy's steps here are so short that threads mostly wait for one
        another (the global interpreter lock).

        Raises:
            UnknownShape: a body is not what it must be, and ``set_aside`` is None.
        """
        for group in self._groups(bodies):
            yield from self._general(self._read(group))

    def _groups(self, bodies: Iterable[CapturedBody]) -> Iterator[list[Part]]:
        layout = layout_of(self.shape, self.schema)
        group: list[Part] = []
        size = 0
        for body in bodies:
            part = rows_of(layout, body)
            group.append((body, part))
            size += len(body.body)
            if size >= GROUP_BYTES:
                yield group
                group, size = [], 0
        if group:
            yield group

    def _read(self, group: Sequence[Part]) -> list[pa.RecordBatch | CapturedBody]:
        """Batches of the bodies that are printed as expected, and the others in between."""
        found: list[pa.RecordBatch | CapturedBody] = []
        for is_strange, members in groupby(group, key=lambda part: part[1] is None):
            parts = list(members)
            if is_strange:
                found += [body for body, _ in parts]
                continue
            columns = read_rows(layout_of(self.shape, self.schema), [part for _, part in parts if part is not None])
            if isinstance(columns, Columns):
                found.append(self._batch([body for body, _ in parts], columns))
            else:
                found += self._read([(body, None if is_wrong else part) for (body, part), is_wrong in zip(parts, columns, strict=True)])
        return found

    def _batch(self, bodies: Sequence[CapturedBody], read: Columns) -> pa.RecordBatch:
        which: Any = arrow_array(np.repeat(np.arange(len(bodies), dtype=np.int32), read.rows), pa.int32())
        texts = (SESSION, *self.shape.row_keys)
        columns: dict[str, Any] = {"session_date": read.session_date}
        columns |= {_column(key): values for key, values in zip(self.shape.row_keys, read.values, strict=True)}
        observed_at = np.repeat(microseconds([body.observed_at for body in bodies]), read.rows)
        columns["observed_at"] = arrow_array(observed_at, self.schema.field("observed_at").type)
        symbol, key = (strings(names) for names in zip(*((body.symbol, body.key) for body in bodies), strict=True))
        if self.has_texts:
            columns |= {"symbol": symbol.take(which), "capture_key": key.take(which)}
            columns |= {_column(name) + _TEXT: array for name, array in zip(texts, read.texts(), strict=True)}
        else:
            columns |= {name: pa.DictionaryArray.from_arrays(which, names) for name, names in (("symbol", symbol), ("capture_key", key))}
            columns |= dict.fromkeys((_column(name) + _TEXT for name in texts), _no_texts(len(which)))
            begins = np.cumsum(read.rows) - read.rows
            position = np.arange(len(which), dtype=np.int32) - np.repeat(begins.astype(np.int32), read.rows)
            columns[POSITION] = arrow_array(position, pa.int32())
        return pa.RecordBatch.from_arrays([columns[name] for name in self.batch_schema.names], schema=self.batch_schema)

    def _general(self, found: Iterable[pa.RecordBatch | CapturedBody]) -> Iterator[pa.RecordBatch]:
        for each in found:
            if isinstance(each, pa.RecordBatch):
                yield each
                continue
            try:
                parsed = read_general(each, self.shape, self.schema)
            except UnknownShape as error:
                if self.set_aside is None:
                    raise
                self.set_aside(each, error)
                continue
            for symbol, names in parsed.drift.items():
                self.drift[symbol] = tuple(dict.fromkeys((*self.drift.get(symbol, ()), *names)))
            table = parsed.table
            if not self.has_texts:
                position = arrow_array(np.arange(table.num_rows, dtype=np.int32), pa.int32())
                table = table.append_column(self.batch_schema.field(POSITION), position).cast(self.batch_schema)
            yield from table.to_batches()


def read_general(body: CapturedBody, shape: SeriesShape, schema: pa.Schema) -> Parsed:
    """One body, whatever it is printed like.

    Raises:
        UnknownShape: it is not what it must be.
    """
    return read_table([body], schema, lambda each: shape.read(each.body, each.symbol))


def with_texts(rows: pa.Table, bodies: Iterable[CapturedBody], shape: SeriesShape, schema: pa.Schema) -> pa.Table:
    """Puts the strings as received back into rows.

    Args:
        rows: some rows that a reader without texts gave: ``capture_key``, ``position`` and ``observed_at``.
        bodies: at least the bodies they are from, each once.
        shape: of the endpoint's series.
        schema: of the table to give.

    Returns:
        The same rows in the same order, of ``schema``.

    Raises:
        KeyError: a row's body is not among the bodies.
    """
    encoded: Any = rows.column("capture_key").combine_chunks()
    capture = numbers_of(encoded.indices, np.int32)
    place_of = {str(key): place for place, key in enumerate(encoded.dictionary.to_pylist())}
    position = rows.column(POSITION).to_numpy()
    reader = SeriesReader(shape, schema)
    found: list[pa.Table] = []
    order: list[npt.NDArray[np.int64]] = []
    for body in bodies:
        wanted = np.flatnonzero(capture == place_of.get(body.key, -1))
        if len(wanted):
            # One body after the other, and of each the wanted rows alone: their strings are what takes memory.
            found.append(reader.table([body]).table.take(arrow_array(position[wanted].astype(np.int64), pa.int64())))
            order.append(wanted)
    places = np.concatenate(order) if order else np.empty(0, np.int64)
    if len(places) != rows.num_rows:
        raise KeyError("the body of a row")
    table = pa.concat_tables([schema.empty_table(), *found]).take(arrow_array(np.argsort(places), pa.int64()))
    # One body may be observed more than once: the row knows when it was.
    return table.set_column(schema.get_field_index("observed_at"), schema.field("observed_at"), rows.column("observed_at"))


def _in_one_piece(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """A table whose columns are one array each, so that nobody copies them again; texts stay as they are, which is nearly all null."""
    columns = {
        field.name: growing(field.type, is_name=pa.types.is_dictionary(field.type)) for field in schema if not field.name.endswith(_TEXT)
    }
    texts: dict[str, list[Any]] = {field.name: [] for field in schema if field.name.endswith(_TEXT)}
    for batch in batches:
        for name, column in columns.items():
            column.append(batch.column(name))
        for name, pieces in texts.items():
            pieces.append(batch.column(name))
    whole = {name: pa.chunked_array(pieces, schema.field(name).type) for name, pieces in texts.items()}
    return pa.table([whole[name] if name in whole else columns.pop(name).finished() for name in schema.names], schema=schema)


def _no_texts(rows: int) -> "pa.Array[Any]":
    """Strings that are all null; their memory is the same for every column of every batch."""
    return _nulls(-(-rows // _NULLS_AT_ONCE) * _NULLS_AT_ONCE).slice(0, rows)


@lru_cache(maxsize=4)
def _nulls(rows: int) -> "pa.Array[Any]":
    return pa.nulls(rows, pa.string())


def _column(name: str) -> str:
    return name.replace(" ", "_")
