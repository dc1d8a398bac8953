"""One typed, sorted row a bar, from everything that was accepted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

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


def _encoded(column: "pa.ChunkedArray[Any]") -> pa.DictionaryArray:
    """A column of strings as one dictionary: sorted, and without what no row has, so that equal rows are equal bytes."""
    whole: Any = _whole((column if pa.types.is_dictionary(column.type) else column.dictionary_encode()).unify_dictionaries())
    indices = whole.indices.to_numpy()
    is_used = np.bincount(indices, minlength=len(whole.dictionary)) > 0
    in_order = pc.sort_indices(whole.dictionary).to_numpy()
    in_order = in_order[is_used[in_order]]
    rank = np.zeros(len(whole.dictionary), np.int32)
    rank[in_order] = np.arange(len(in_order), dtype=np.int32)
    codes: Any = _array(rank[indices], pa.int32())
    return pa.DictionaryArray.from_arrays(codes, whole.dictionary.take(_array(in_order, pa.uint64())))


def _newest(columns: Mapping[str, Any], key: tuple[str, ...]) -> Positions:
    """The positions of the rows to keep, in the order of the curated file.

    Each key has a cell of its own, in that order; each row is put into its cell, the rows to keep last.
    """
    rows = len(columns[key[0]])
    cells = 1
    cell = np.zeros(rows, np.int64)
    for name in reversed(key):
        ranks, count = _ranks(columns[name])
        cell = cell * count + ranks
        cells *= count
    if cells > max(_CELLS_PER_ROW * rows, _FEW_CELLS):
        distinct, cell = np.unique(cell, return_inverse=True)
        cells = len(distinct)
    held = np.full(cells, -1, np.int32)
    held[cell] = np.arange(rows, dtype=np.int32)
    if np.count_nonzero(held >= 0) < rows:
        observed_at = _whole(columns["observed_at"]).cast(pa.int64()).to_numpy()
        oldest_first = np.lexsort((columns["capture_key"].indices.to_numpy(), observed_at))
        # Where a cell is named twice, NumPy keeps what comes last.
        held[cell[oldest_first]] = oldest_first
    return held[held >= 0]


def _ranks(column: Any) -> tuple[npt.NDArray[np.int64], int]:
    """A number for each value, which sorts as the value does, and how many numbers there may be."""
    if pa.types.is_dictionary(column.type):
        return column.indices.to_numpy().astype(np.int64), len(column.dictionary)
    days = _whole(column).cast(pa.int32()).to_numpy().astype(np.int64)
    if not len(days):
        return days, 1
    return days - days.min(), int(days.max() - days.min()) + 1


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _array(values: npt.NDArray[Any], kind: pa.DataType) -> "pa.Array[Any]":
    # Not pa.array, which imports pandas to see what it was given.
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values).data)])
