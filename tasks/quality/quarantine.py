"""Quarantined rows: their original strings, every reason, and an identity that stays the same when delivered again."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.quality.columns import Integers
from tasks.quality.validation_target import ORIGIN, ValidationTarget, WithTexts, as_they_are
from tasks.schema import POSITION, QUARANTINED_BARS

REASONS_BETWEEN: Final = "; "

_SHORT_BYTES: Final = 256
_VALUE_BYTES: Final = 160
_REASON_BYTES: Final = 2048
_EMPTY: Final[Any] = ""


def quarantined_rows(
    rows: pa.Table, target: ValidationTarget, reasons: Sequence[tuple[str, Integers]], run_id: str, with_texts: WithTexts = as_they_are
) -> pa.Table:
    """Selects the rows that violate at least one critical rule.

    Args:
        rows: as the parser gives them.
        target: what they are.
        reasons: per violated rule its reason and the positions of the rows that violate it, in the order in which reasons are listed.
        run_id: the run that validated them.
        with_texts: gives the selected rows their strings.

    Returns:
        Rows of ``target.quarantined`` in the order of ``rows``.
    """
    positions = np.concatenate([where for _, where in reasons]) if reasons else np.empty(0, dtype=np.int64)
    rule_order = (
        np.concatenate([np.full(len(where), rule) for rule, (_, where) in enumerate(reasons)]) if reasons else np.empty(0, dtype=np.int64)
    )
    order = np.lexsort((rule_order, positions))
    quarantined_at, counts = np.unique(positions, return_counts=True)
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    texts = pa.array([reason for reason, _ in reasons], pa.string()).take(rule_order[order].astype(np.int64))
    is_quarantined = np.zeros(rows.num_rows, dtype=np.bool_)
    is_quarantined[quarantined_at] = True
    # Not by position: that would first join the chunks of the strings, a copy of the whole batch.
    names = [*target.texts, *ORIGIN]
    wanted = [name for name in rows.column_names if name in {*names, POSITION}]
    kept = with_texts(rows.select(wanted).filter(pa.array(is_quarantined)))
    columns = [_never_null(kept.column(name), target.quarantined.field(name)) for name in names]
    return pa.table(
        [*columns, pa.ListArray.from_arrays(offsets, texts), pa.array([run_id] * len(quarantined_at), pa.string())],
        schema=target.quarantined,
    )


def identities(quarantined: pa.Table, target: ValidationTarget) -> list[str]:
    """What makes a quarantined row the same one when it is delivered again.

    Args:
        quarantined: rows of ``target.quarantined``.
        target: what they are.

    Returns:
        Per row the hexadecimal sha256 of its strings (null and empty differ) and the sorted reasons; without capture, run and time.
    """
    columns = [quarantined.column(name).to_pylist() for name in target.texts]
    reasons = quarantined.column("reasons").to_pylist()
    return [_identity(texts, why) for *texts, why in zip(*columns, reasons, strict=True)]


def to_parquet(quarantined: pa.Table, target: ValidationTarget) -> bytes:
    """Writes quarantined rows for ``quarantine/``.

    Args:
        quarantined: rows of ``target.quarantined``.
        target: what they are.

    Returns:
        One zstd Parquet file with the same columns and, last, ``identity``.
    """
    identity = pa.field("identity", pa.string(), nullable=False)
    buffer = io.BytesIO()
    pq.write_table(quarantined.append_column(identity, pa.array(identities(quarantined, target), pa.string())), buffer, compression="zstd")
    return buffer.getvalue()


def from_parquet(parquet: bytes) -> pa.Table:
    """Reads what ``to_parquet`` wrote, ``identity`` included."""
    return pq.read_table(io.BytesIO(parquet))


def for_warehouse(quarantined: pa.Table, target: ValidationTarget) -> pa.Table:
    """Quarantined rows as ``ops.quarantined_bar`` takes them, whatever dataset they are of.

    Args:
        quarantined: rows of ``target.quarantined``.
        target: what they are.

    Returns:
        Rows of ``QUARANTINED_BARS``, in the order given: strings cut to what a person reads, the values as one JSON object.
    """
    names, columns = list(target.values), [quarantined.column(name).to_pylist() for name in target.values.values()]
    received = [
        json.dumps({name: _cut(text) for name, text in zip(names, texts, strict=True)}, ensure_ascii=False)
        for texts in zip(*columns, strict=True)
    ]
    made: dict[str, Any] = {
        "identity": identities(quarantined, target),
        "dataset": [target.name] * quarantined.num_rows,
        "symbol": [_cut(text or "", _SHORT_BYTES) for text in quarantined.column("symbol").to_pylist()],
        "session_text": [_cut(text or "", _SHORT_BYTES) for text in quarantined.column(target.session).to_pylist()],
        "received": received,
        "reasons": [_cut(REASONS_BETWEEN.join(reasons or ()), _REASON_BYTES) for reasons in quarantined.column("reasons").to_pylist()],
        "observed_at": quarantined.column("observed_at").cast(pa.timestamp("us")),
        "capture_key": quarantined.column("capture_key"),
    }
    return pa.table([made[name] for name in QUARANTINED_BARS.column_names], schema=QUARANTINED_BARS.arrow)


def _cut(text: str | None, most: int = _VALUE_BYTES) -> str | None:
    """A string in at most so many bytes and without NUL, which the table cannot hold; the string itself is in the lake."""
    if text is None:
        return None
    text = text.replace("\x00", "\ufffd")
    if len(text.encode()) <= most:
        return text
    return text.encode()[: most - len("…".encode())].decode(errors="ignore") + "…"


def _identity(texts: Sequence[str | None], reasons: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps([*texts, sorted(reasons)], ensure_ascii=False).encode()).hexdigest()


def _never_null(column: pa.ChunkedArray[Any], field: pa.Field[Any]) -> pa.ChunkedArray[Any]:
    # A missing symbol is a reason for quarantine; the table that keeps the bar takes no null there.
    return column if field.nullable or not pa.types.is_string(field.type) else column.fill_null(_EMPTY)
