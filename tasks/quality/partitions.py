"""Partitions a batch by symbol, because every rule looks at one row or at the rows of one symbol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

ROWS_AT_ONCE: Final = 1_000_000
"""How many rows the validator is given together; what a run needs beyond its input is bounded by it."""
ROWS_LAID_OUT: Final = 131_072
"""How many rows are laid out together, so that what is computed on the way takes little beside the frame itself."""

Encoded: TypeAlias = "pa.DictionaryArray[Any, Any]"
"""Strings as numbers and the distinct ones among them, null one of these."""

_SCATTERED: Final = 4
"""Rows of scattered symbols are looked for in the whole batch, so fewer and larger pieces are made of them."""


@dataclass(frozen=True, eq=False)
class Piece:
    """All rows of some symbols.

    Attributes:
        first: its first row.
        last: the one after its last.
        count: how many rows it has; fewer than lie between the two where rows of other symbols stand among them.
        code: per row of the whole batch which symbol.
        symbols: per symbol of the whole batch whether it is one of the piece's.
    """

    first: int
    last: int
    count: int
    code: npt.NDArray[np.int32]
    symbols: npt.NDArray[np.bool_]

    @property
    def member(self) -> npt.NDArray[np.bool_]:
        """Per row between its first and last whether it belongs to it."""
        flags: npt.NDArray[np.bool_] = self.symbols[self.code[self.first : self.last]]
        return flags

    def rows(self, table: pa.Table, wanted: npt.NDArray[np.bool_]) -> pa.Table:
        """The wanted ones of the rows between its first and last, copied only where some are not."""
        between = table.slice(self.first, self.last - self.first)
        return between if wanted.all() else between.filter(pa.array(wanted))


def encoded(column: pa.ChunkedArray[Any]) -> Encoded:
    """A column of few distinct strings in one piece."""
    strings: Any = pc.dictionary_encode(column, null_encoding="encode")
    whole: Encoded = strings.combine_chunks()
    return whole


def by_symbol(symbols: Encoded, most: int) -> list[Piece]:
    """Takes a batch apart into pieces of whole symbols.

    Args:
        symbols: per row (``encoded``).
        most: how many rows a piece may have; more only where one symbol alone has more, or where symbols are scattered.

    Returns:
        Pieces, at least one; every row is in one of them.
    """
    code, count = symbols.indices.to_numpy(), len(symbols.dictionary)
    if not count:
        return [Piece(0, 0, 0, code, np.zeros(0, dtype=np.bool_))]
    begins = np.concatenate([[0], np.flatnonzero(code[1:] != code[:-1]) + 1])
    ends = np.append(begins[1:], len(code))
    first, last = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    first[code[begins][::-1]], last[code[begins]] = begins[::-1], ends
    counts = np.bincount(code[begins], weights=ends - begins, minlength=count).astype(np.int64)
    is_scattered = last - first > 2 * counts + most // 8
    groups = [
        *_groups(np.flatnonzero(~is_scattered), counts, most),
        *_groups(np.flatnonzero(is_scattered), counts, most * _SCATTERED),
    ]
    return [
        Piece(int(first[group].min()), int(last[group].max()), int(counts[group].sum()), code, _flags(group, count)) for group in groups
    ]


def gathered(pieces: Sequence[Piece], most: int) -> list[list[Piece]]:
    """Puts pieces together as long as they have at most so many rows."""
    parts: list[list[Piece]] = [[]]
    rows = 0
    for piece in pieces:
        if parts[-1] and rows + piece.count > most:
            parts.append([])
            rows = 0
        parts[-1].append(piece)
        rows += piece.count
    return parts


def _groups(symbols: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], most: int) -> Iterator[npt.NDArray[np.int64]]:
    """Symbols in the order of their first row, as many together as have at most so many rows."""
    begin, rows = 0, 0
    for place, count in enumerate(counts[symbols].tolist()):
        if rows + count > most and place > begin:
            yield symbols[begin:place]
            begin, rows = place, 0
        rows += count
    if len(symbols):
        yield symbols[begin:]


def _flags(places: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.bool_]:
    flags = np.zeros(size, dtype=np.bool_)
    flags[places] = True
    return flags
