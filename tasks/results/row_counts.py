"""Row-count checks between layers: equations between counts made in two independent ways."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.errors import TickerhouseError
from tasks.records import LoadResult

_NAMED: Final = 5
_LARGEST: Final = int(np.iinfo(np.int64).max)


class RowCountMismatch(TickerhouseError):
    """Two layers disagree about how many rows there are; nothing was loaded. A fault of Tickerhouse, not of the data."""


@dataclass(frozen=True)
class RowCountCheck:
    """One equation between two layers.

    Attributes:
        claim: what must be equal, in words.
        left: the rows on its left.
        right: the rows on its right, counted another way.
    """

    claim: str
    left: int
    right: int

    @property
    def holds(self) -> bool:
        """Whether no row was lost or made up."""
        return self.left == self.right


def refuse_mismatch(checks: Sequence[RowCountCheck], captures: Sequence[str] = ()) -> None:
    """Stops a dataset whose layers disagree.

    Args:
        checks: the equations.
        captures: the captures whose counts differ, where it is known.

    Raises:
        RowCountMismatch: naming every equation that does not hold, and the captures.
    """
    broken = [check for check in checks if not check.holds]
    if not broken:
        return
    fact = "; ".join(f"{check.claim}: {check.left:,} is not {check.right:,}" for check in broken)
    more = f" and {len(captures) - _NAMED} more" if len(captures) > _NAMED else ""
    where = f" ({', '.join(captures[:_NAMED])}{more})" if captures else ""
    raise RowCountMismatch(
        f"{fact}{where}.",
        "Nothing was loaded and everything is kept; this is a bug in Tickerhouse.",
        {check.claim: (check.left, check.right) for check in broken} | {"captures": list(captures)},
    )


def rows_by_capture(*tables: pa.Table) -> dict[str, int]:
    """How many rows of the tables came from each capture."""
    counts: Counter[str] = Counter()
    for table in tables:
        found: Any = pc.value_counts(table.column("capture_key"))
        counts.update({entry["values"]: entry["counts"] for entry in found.to_pylist()})
    return dict(counts)


def differing_captures(counted: Mapping[str, int], parsed: Mapping[str, int]) -> Iterator[str]:
    """The captures of which not as many rows were parsed as were counted in their bytes."""
    return (key for key, rows in counted.items() if parsed.get(key, 0) != rows)


def different_rows(accepted: pa.Table) -> int:
    """How many distinct rows a table has."""
    # As one number a row, sorted: grouping in Arrow needs ten times as much memory.
    rows, possible = np.zeros(accepted.num_rows, np.int64), 1
    for column in accepted.columns:
        encoded: Any = pc.dictionary_encode(column.combine_chunks(), null_encoding="encode")
        distinct = len(encoded.dictionary)
        if possible > _LARGEST // (distinct + 1):
            # Numbers that overflow would be the same for rows that differ.
            values, rows = np.unique(rows, return_inverse=True)
            possible = len(values)
        rows *= distinct + 1
        rows += encoded.indices.fill_null(distinct).to_numpy(zero_copy_only=False)
        possible *= distinct + 1
    rows.sort()
    return int(np.count_nonzero(rows[1:] != rows[:-1])) + bool(len(rows))


def checks_of_load(curated_rows: int, loaded: LoadResult) -> tuple[RowCountCheck, ...]:
    """The equations of the load, which its transaction has held to already."""
    return (
        RowCountCheck("curated = staged", curated_rows, loaded.staged),
        RowCountCheck(
            "staged = new + changed + unchanged + kept out",
            loaded.staged,
            loaded.new + loaded.changed + loaded.unchanged + loaded.rows_kept_out,
        ),
    )
