"""One typed, sorted row a bar, from everything that was accepted."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.curation.errors import IncompleteBar
from tasks.curation.row_hash import row_hashes
from tasks.schema import Dataset

Positions = npt.NDArray[np.int32]

ROWS_AT_ONCE: Final = 125_000
"""Rows of one batch: what is copied at a time on the way into the file."""

_DERIVED: Final = "row_hash"
_CELLS_PER_ROW: Final = 4
_FEW_CELLS: Final = 1_000_000


@dataclass(frozen=True)
class Curated:
    """The rows to keep and their order; the rows themselves stay where they are until they are asked for.

    Attributes:
        dataset: what the rows are.
        columns: all accepted rows, without ``row_hash``; names that every row has (a symbol, a capture's key) are dictionaries.
        positions: which of them are kept, in the order of the curated file.
    """

    dataset: Dataset
    columns: Mapping[str, Any]
    positions: Positions

    @property
    def num_rows(self) -> int:
        """How many rows are kept."""
        return len(self.positions)

    def table(self) -> pa.Table:
        """All of them, of ``dataset.arrow``."""
        schema = self.dataset.arrow
        taken = self._taken(self.positions)
        return pa.Table.from_arrays([taken[field.name].cast(field.type) for field in schema], schema=schema).combine_chunks()

    def batches(self, rows: int = ROWS_AT_ONCE) -> Iterator[pa.RecordBatch]:
        """The same in pieces of a number of rows, with dictionaries for names."""
        for begin in range(0, self.num_rows, rows):
            taken = self._taken(self.positions[begin : begin + rows])
            yield pa.RecordBatch.from_arrays([taken[field.name] for field in self.schema], schema=self.schema)

    @property
    def schema(self) -> pa.Schema:
        """Of the batches."""
        encoded = {name for name, column in self.columns.items() if pa.types.is_dictionary(column.type)}
        return pa.schema(
            field.with_type(pa.dictionary(pa.int32(), field.type)) if field.name in encoded else field for field in self.dataset.arrow
        )

    def _taken(self, positions: Positions) -> dict[str, Any]:
        at = _array(positions, pa.int32())
        taken = {name: _whole(column.take(at)) for name, column in self.columns.items()}
        if _DERIVED in self.dataset.column_names:
            taken[_DERIVED] = row_hashes([pa.chunked_array([taken[name]]) for name in self.dataset.values])
        return {
            field.name: taken[field.name] if pa.types.is_string(field.type) else taken[field.name].cast(field.type)
            for field in self.dataset.arrow
        }


def curate(accepted: pa.Table, dataset: Dataset) -> pa.Table:
    """Keeps the newest observation of every bar; see ``curated``.

    Returns:
        A table of ``dataset.arrow``, one row per key, sorted by session, then symbol; ``observed_at`` in UTC without its zone.

    Raises:
        IncompleteBar: a null in a column that takes none.
    """
    return curated(accepted, dataset).table()


def curated(accepted: pa.Table, dataset: Dataset) -> Curated:
    """Finds the newest observation of every bar.

    The newest ``observed_at`` wins; among equals the greatest capture key, then the last in order, which inside one capture is the order
    of its body. How many rows gave way is the difference of the two row counts.

    Args:
        accepted: at least the dataset's columns but ``row_hash``, typed as the parser types them; strings may be dictionaries;
            ``observed_at`` in UTC.
        dataset: what the rows are.

    Returns:
        The rows to keep, one per key, sorted by session, then symbol.

    Raises:
        IncompleteBar: a null in a column that takes none.
    """
    columns: dict[str, Any] = {name: accepted.column(name) for name in dataset.column_names if name != _DERIVED}
    _refuse_nulls(columns, dataset)
    for field in dataset.arrow:
        if pa.types.is_string(field.type) and field.name not in dataset.values and columns[field.name].null_count == 0:
            columns[field.name] = _encoded(columns[field.name])
    return Curated(dataset, columns, _newest(columns, dataset.key))


def _refuse_nulls(columns: Mapping[str, Any], dataset: Dataset) -> None:
    for column in dataset.columns:
        if column.name not in columns or (column.nullable and column.name not in dataset.key):
            continue
        nulls = columns[column.name].null_count
        if nulls:
            fact = f"{nulls} accepted rows of {dataset.name} have no {column.name}."
            way_out = f"The suite expectations/{dataset.name}.json must quarantine them."
            raise IncompleteBar(fact, way_out, {"column": column.name, "nulls": nulls})


def _encoded(column: "pa.ChunkedArray[Any]") -> Any:
    """A column of strings as one dictionary: sorted, and without what no row has, so that equal rows are equal bytes."""
    chunks: list[Any] = (column if pa.types.is_dictionary(column.type) else column.dictionary_encode()).chunks
    codes = np.empty(len(column), np.int32)
    known: dict[str, int] = {}
    met: dict[tuple[int, int, int], npt.NDArray[np.int32]] = {}
    at = 0
    for chunk in chunks:
        # Chunks may share one dictionary, which is then looked at once.
        place = (chunk.dictionary.buffers()[1].address, chunk.dictionary.offset, len(chunk.dictionary))
        if place not in met:
            met[place] = np.array([known.setdefault(text, len(known)) for text in chunk.dictionary.to_pylist()], np.int32)
        codes[at : at + len(chunk)] = met[place][_numbers(chunk.indices, np.int32)]
        at += len(chunk)
    is_used = np.bincount(codes, minlength=len(known)) > 0
    in_order = sorted(text for text, code in known.items() if is_used[code])
    rank = np.zeros(len(known), np.int32)
    rank[[known[text] for text in in_order]] = np.arange(len(in_order), dtype=np.int32)
    return pa.DictionaryArray.from_arrays(_array(rank[codes], pa.int32()), _strings(in_order))


def _newest(columns: Mapping[str, Any], key: tuple[str, ...]) -> Positions:
    """The positions of the rows to keep, in the order of the curated file.

    Each key has a cell of its own, in that order; each row is put into its cell, the rows to keep last.
    """
    rows = len(columns[key[0]])
    ranks = [_ranks(columns[name]) for name in reversed(key)]
    cells = math.prod(count for _, count in ranks)
    cell: npt.NDArray[Any] = np.zeros(rows, np.int32 if cells <= np.iinfo(np.int32).max else np.int64)
    for own, count in ranks:
        cell *= count
        cell += own
    if cells > max(_CELLS_PER_ROW * rows, _FEW_CELLS):
        distinct, cell = np.unique(cell, return_inverse=True)
        cells = len(distinct)
    held = np.full(cells, -1, np.int32)
    held[cell] = np.arange(rows, dtype=np.int32)
    if np.count_nonzero(held != -1) < rows:
        oldest_first = np.lexsort((_numbers(columns["capture_key"].indices, np.int32), _numbers(_whole(columns["observed_at"]), np.int64)))
        # Where a cell is named twice, NumPy keeps what comes last.
        held[cell[oldest_first]] = oldest_first
    return held[held != -1]


def _ranks(column: Any) -> tuple[npt.NDArray[Any], int]:
    """A number for each value, which sorts as the value does, and how many numbers there may be."""
    if pa.types.is_dictionary(column.type):
        return _numbers(column.indices, np.int32), len(column.dictionary)
    days = _numbers(_whole(column), np.int32)
    return (days - days.min(), int(days.max() - days.min()) + 1) if len(days) else (days, 1)


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _strings(texts: list[str]) -> "pa.Array[Any]":
    encoded = [text.encode() for text in texts]
    offsets = np.cumsum([0, *(len(text) for text in encoded)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(texts), [None, pa.py_buffer(offsets.data), pa.py_buffer(b"".join(encoded))])


def _numbers(array: Any, kind: Any) -> npt.NDArray[Any]:
    """The values of an array without nulls, as they lie in memory; ``to_numpy`` would import pandas."""
    values = array.buffers()[1]
    return np.frombuffer(values, kind, len(array), array.offset * np.dtype(kind).itemsize) if len(array) else np.empty(0, kind)


def _array(values: npt.NDArray[Any], kind: pa.DataType) -> "pa.Array[Any]":
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values).data)])
