"""One typed, sorted row a bar, from everything that was accepted."""

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from tasks.curation.errors import IncompleteBar
from tasks.curation.row_hash import row_hashes
from tasks.schema import TableSchema

_DERIVED = "row_hash"


def curate(accepted: pa.Table, dataset: TableSchema) -> pa.Table:
    """Keeps the newest observation of every bar, typed and sorted as the curated file holds it.

    The newest ``observed_at`` wins; among equals the greatest capture key, then the last in order, which inside one capture is the order
    of its body. How many rows gave way is the difference of the two row counts.

    Args:
        accepted: at least the dataset's columns but ``row_hash``, typed as the parser types them; ``observed_at`` in UTC.
        dataset: what the rows are.

    Returns:
        A table of ``dataset.arrow``, one row per key, sorted by session, then symbol; ``observed_at`` in UTC without its zone.

    Raises:
        IncompleteBar: a null in a column that takes none.
    """
    names = [name for name in dataset.column_names if name != _DERIVED]
    bars = accepted.select(names).combine_chunks()
    _refuse_nulls(bars, dataset)
    bars = bars.take(_newest(bars, dataset.key))
    columns = {name: bars.column(name) for name in names}
    columns[_DERIVED] = pa.chunked_array([row_hashes([columns[name] for name in dataset.values])])
    return pa.table([columns[field.name].cast(field.type) for field in dataset.arrow], schema=dataset.arrow).combine_chunks()


def _refuse_nulls(bars: pa.Table, dataset: TableSchema) -> None:
    for column in dataset.columns:
        if column.name == _DERIVED or column.nullable:
            continue
        nulls = bars.column(column.name).null_count
        if nulls:
            fact = f"{nulls} accepted rows of {dataset.name} have no {column.name}."
            way_out = f"The suite expectations/{dataset.name}.json must quarantine them."
            raise IncompleteBar(fact, way_out, {"column": column.name, "nulls": nulls})


def _newest(bars: pa.Table, key: tuple[str, ...]) -> pa.UInt64Array:
    """The positions of the rows to keep, in the order of the curated file."""
    by_session_then_symbol = tuple(reversed(key))
    # The sort is stable: in a group of equal keys the row to keep comes last.
    positions = pc.sort_indices(bars, [(name, "ascending") for name in (*by_session_then_symbol, "observed_at", "capture_key")])
    if len(positions) == 0:
        return positions
    in_order = [bars.column(name).take(positions).combine_chunks() for name in key]
    differs = reduce(pc.or_, [pc.not_equal(column.slice(1), column.slice(0, len(column) - 1)) for column in in_order])
    return positions.filter(pa.concat_arrays([differs, pa.array([True])]))
