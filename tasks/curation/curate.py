"""Curates accepted rows: one typed, sorted row per key, the newest observation of each."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.arrays import GrowingColumn, arrow_array, give_back, growing, numbers_of
from tasks.curation.columns import without_unused
from tasks.curation.errors import IncompleteBar
from tasks.curation.row_hash import row_hashes
from tasks.schema import Column, TableSchema

Positions = npt.NDArray[np.int32]

ROWS_AT_ONCE: Final = 50_000
"""Rows of one batch: what is copied at a time on the way into the file."""

_DERIVED: Final = "row_hash"
_CELLS_PER_ROW: Final = 4
_FEW_CELLS: Final = 1_000_000


@dataclass(frozen=True)
class Curated:
    """The rows to keep and their order; the rows themselves stay where they are until they are needed.

    Attributes:
        dataset: what the rows are.
        columns: all accepted rows, without ``row_hash``; names that every row has (a symbol, a capture's key) are dictionaries,
            in which those of rows that gave way need not be right.
        positions: which of them are kept, in the order of the curated file.
    """

    dataset: TableSchema
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

    def cut(self, pieces: int) -> "Iterator[Curated]":
        """The same rows in so many pieces of about equal size, each a range of the order; no row is copied."""
        return (replace(self, positions=positions) for positions in np.array_split(self.positions, pieces))

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
        at = arrow_array(positions, pa.int32())
        taken = {name: column.take(at) for name, column in self.columns.items()}
        if _DERIVED in self.dataset.column_names:
            taken[_DERIVED] = row_hashes([pa.chunked_array([taken[name]]) for name in self.dataset.values])
        return {
            field.name: taken[field.name] if pa.types.is_string(field.type) else taken[field.name].cast(field.type)
            for field in self.dataset.arrow
        }


def curate(accepted: pa.Table, dataset: TableSchema) -> pa.Table:
    """Keeps the newest observation of every bar; see ``curated``.

    Returns:
        A table of ``dataset.arrow``, one row per key, sorted by session, then symbol; ``observed_at`` in UTC without its zone.

    Raises:
        IncompleteBar: a null in a column that takes none.
    """
    return curated(accepted, dataset).table()


def curated(accepted: pa.Table | Iterable[pa.RecordBatch], dataset: TableSchema) -> Curated:
    """Finds the newest observation of every bar.

    The newest ``observed_at`` wins; among equals the greatest capture key, then the last in order, which inside one capture is the order
    of its body. How many rows gave way is the difference of the two row counts.

    Args:
        accepted: at least the dataset's columns but ``row_hash``, typed as the parser types them; strings may be dictionaries;
            ``observed_at`` in UTC. Batches are let go one after the other.
        dataset: what the rows are.

    Returns:
        The rows to keep, one per key, sorted by session, then symbol.

    Raises:
        IncompleteBar: a null in a column that takes none.
    """
    required = {column.name for column in dataset.columns if not column.nullable} | set(dataset.key)
    columns: dict[str, GrowingColumn] = {}
    nulls: Counter[str] = Counter()
    for batch in accepted.to_batches() if isinstance(accepted, pa.Table) else accepted:
        for column in _given(dataset):
            values = batch.column(column.name)
            if column.name in required and values.null_count:
                nulls[column.name] += values.null_count
                continue
            if column.name not in columns:
                columns[column.name] = growing(values.type, is_name=_is_name(column, dataset))
            columns[column.name].append(values)
    _refuse_nulls(nulls, dataset)
    finished = {
        column.name: columns.pop(column.name, growing(column.arrow, is_name=_is_name(column, dataset))).finished()
        for column in _given(dataset)
    }
    kept = _newest(finished, dataset.key)
    # So that equal rows are equal bytes, whatever gave way to them.
    names = {name: without_unused(column, kept) for name, column in finished.items() if pa.types.is_dictionary(column.type)}
    # The rows are written next, which needs as much memory as finding them took.
    give_back()
    return Curated(dataset, finished | names, kept)


def _given(dataset: TableSchema) -> Iterator[Column]:
    return (column for column in dataset.columns if column.name != _DERIVED)


def _is_name(column: Column, dataset: TableSchema) -> bool:
    is_required = column.name in dataset.key or not column.nullable
    return is_required and pa.types.is_string(column.arrow) and column.name not in dataset.values


def _refuse_nulls(nulls: Mapping[str, int], dataset: TableSchema) -> None:
    for name in dataset.column_names:
        if name in nulls:
            fact = f"{nulls[name]} accepted rows of {dataset.name} have no {name}."
            way_out = f"The suite expectations/{dataset.name}.json must quarantine them."
            raise IncompleteBar(fact, way_out, {"column": name, "nulls": nulls[name]})


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
        oldest_first = np.lexsort((numbers_of(columns["capture_key"].indices, np.int32), numbers_of(columns["observed_at"], np.int64)))
        # Where a cell is named twice, NumPy keeps what comes last.
        held[cell[oldest_first]] = oldest_first
    kept: Positions = held[held != -1]
    return kept


def _ranks(column: Any) -> tuple[npt.NDArray[Any], int]:
    """A number for each value, which sorts as the value does, and how many numbers there may be."""
    if pa.types.is_dictionary(column.type):
        return numbers_of(column.indices, np.int32), len(column.dictionary)
    days = numbers_of(column, np.int32)
    return (days - days.min(), int(days.max() - days.min()) + 1) if len(days) else (days, 1)
