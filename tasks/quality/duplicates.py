"""Finds rows that were delivered more than once, equal in every value however it is spelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.quality.columns import Flags, day_numbers
from tasks.quality.partitions import Piece
from tasks.quality.validation_target import ValidationTarget, WithTexts, as_they_are
from tasks.schema import POSITION, unless_blank

_DENSE = 2


def repeated_rows(rows: pa.Table, target: ValidationTarget, pieces: Sequence[Piece], with_texts: WithTexts = as_they_are) -> Flags:
    """Marks every row that an equal one stands for: of equal rows the newest observation stays, among equally new ones the first.

    Two rows of one session that differ in any value are both left in. Where they come from different observations the newer one wins
    later (``tasks/curation``); where they come from the same, uniqueness is violated and the suite says so. ``1.0460`` and ``1.046`` are
    one value, and so are two blanks in the place of a date.

    Args:
        rows: as the parser gives them.
        target: what they are.
        pieces: of whole symbols; rows of different ones are never equal.
        with_texts: gives the rows that are compared their strings.

    Returns:
        One flag a row, true where the row is a duplicate to skip.
    """
    repeated = np.zeros(rows.num_rows, dtype=np.bool_)
    compared = rows.select([name for name in rows.column_names if name in {*target.parsed.names, POSITION}])
    for piece in pieces:
        member = piece.member
        # Where rows of other symbols are few it is cheaper to compare them as well than to leave them out.
        looked_at = np.ones_like(member) if _DENSE * np.count_nonzero(member) >= len(member) else member
        found = _repeated(piece.rows(compared, looked_at), piece.code[piece.first : piece.last][looked_at], target, with_texts)
        repeated[piece.first : piece.last][member] = found[member[looked_at]]
    return repeated


def _repeated(rows: pa.Table, symbol: npt.NDArray[np.int32], target: ValidationTarget, with_texts: WithTexts) -> Flags:
    # A third of a second to import, which a run with nothing to validate need not wait for.
    import pandas as pd

    repeated = np.zeros(rows.num_rows, dtype=np.bool_)
    # One pass over integers finds the few rows whose strings are worth comparing: equal strings are read as equal dates.
    days = day_numbers(rows.column(target.date))
    span = np.max(days, initial=0) - np.min(days, initial=0) + 1
    is_candidate = pd.Series(symbol * span + days).duplicated(keep=False).to_numpy()
    candidates = np.flatnonzero(is_candidate)
    if len(candidates):
        values = _values(with_texts(rows.filter(pa.array(is_candidate))), target).to_pandas()
        newest_first = values.sort_values("observed_at", ascending=False, kind="stable")
        again = newest_first.duplicated(list(target.texts), keep="first")
        repeated[candidates[again.index[again.to_numpy()].to_numpy()]] = True
    return repeated


def _values(rows: pa.Table, target: ValidationTarget) -> pa.Table:
    """Each string as its value is spelled in one way; as received where it was not read as a value."""
    columns: dict[str, Any] = {"observed_at": rows.column("observed_at")}
    for name in target.texts:
        columns[name], value = rows.column(name), name.removesuffix("_text")
        # The text of a session may hold a time of day, which its date does not.
        if name in (target.session, value) or value not in rows.column_names:
            continue
        if pa.types.is_date(rows.schema.field(value).type):
            columns[name] = pa.chunked_array([[unless_blank(text) for text in columns[name].to_pylist()]], pa.string())
        columns[name] = pc.coalesce(rows.column(value).cast(pa.string()), columns[name])
    return pa.table(columns)
