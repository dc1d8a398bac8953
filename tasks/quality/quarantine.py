"""Bars that are held back: their original strings, every reason, and an identity that is the same whenever they are delivered again."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.quality.duplicates import IDENTITY
from tasks.schema import QUARANTINED_DAILY_PRICES

Positions = npt.NDArray[np.int64]

_KEPT: Final = [name for name in QUARANTINED_DAILY_PRICES.names if name not in {"reasons", "run_id"}]


_EMPTY: Final[Any] = ""


def quarantined_bars(bars: pa.Table, reasons: Sequence[tuple[str, Positions]], run_id: str) -> pa.Table:
    """Sets apart the bars that at least one rule holds back.

    Args:
        bars: rows of ``PARSED_DAILY_PRICES``.
        reasons: per violated rule its reason and the positions of the bars that violate it, in the order the reasons shall be told.
        run_id: the run that judged them.

    Returns:
        Rows of ``QUARANTINED_DAILY_PRICES`` in the order of ``bars``.
    """
    positions = np.concatenate([where for _, where in reasons]) if reasons else np.empty(0, dtype=np.int64)
    told = (
        np.concatenate([np.full(len(where), rule) for rule, (_, where) in enumerate(reasons)]) if reasons else np.empty(0, dtype=np.int64)
    )
    order = np.lexsort((told, positions))
    rows, counts = np.unique(positions, return_counts=True)
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    texts = pa.array([reason for reason, _ in reasons], pa.string()).take(told[order].astype(np.int64))
    held_back = np.zeros(bars.num_rows, dtype=np.bool_)
    held_back[rows] = True
    # Not by position: that would first join the chunks of the strings, a copy of the whole batch.
    kept = bars.select(_KEPT).filter(pa.array(held_back))
    columns = [_never_null(kept.column(name), QUARANTINED_DAILY_PRICES.field(name)) for name in _KEPT]
    return pa.table(
        [*columns, pa.ListArray.from_arrays(offsets, texts), pa.array([run_id] * len(rows), pa.string())],
        schema=QUARANTINED_DAILY_PRICES,
    )


def identities(quarantined: pa.Table) -> list[str]:
    """What makes a held-back bar the same one when it is delivered again.

    Args:
        quarantined: rows of ``QUARANTINED_DAILY_PRICES``.

    Returns:
        Per row the hexadecimal sha256 of symbol, session, the five strings (null and empty differ) and the sorted reasons; capture, run
        and moment are left out.
    """
    columns = [quarantined.column(name).to_pylist() for name in IDENTITY]
    reasons = quarantined.column("reasons").to_pylist()
    return [_identity(texts, why) for *texts, why in zip(*columns, reasons, strict=True)]


def to_parquet(quarantined: pa.Table) -> bytes:
    """Writes held-back bars for ``quarantine/``.

    Args:
        quarantined: rows of ``QUARANTINED_DAILY_PRICES``.

    Returns:
        One zstd Parquet file with the same columns and, last, ``identity``.
    """
    identity = pa.field("identity", pa.string(), nullable=False)
    buffer = io.BytesIO()
    pq.write_table(quarantined.append_column(identity, pa.array(identities(quarantined), pa.string())), buffer, compression="zstd")
    return buffer.getvalue()


def _identity(texts: Sequence[str | None], reasons: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps([*texts, sorted(reasons)], ensure_ascii=False).encode()).hexdigest()


def _never_null(column: pa.ChunkedArray[Any], field: pa.Field[Any]) -> pa.ChunkedArray[Any]:
    # A missing symbol is a reason to be held back; the table that keeps the bar takes no null there.
    return column if field.nullable or not pa.types.is_string(field.type) else column.fill_null(_EMPTY)
