"""Validates a batch of more than a million rows in parts of whole symbols, so that memory is bounded.

Every rule about rows looks at one row or at the rows of one symbol, so parts of whole symbols find what the whole finds. Rules about the
batch as a whole are evaluated on all of it, on the few columns they name.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from tasks.arrays import give_back
from tasks.quality import great_expectations
from tasks.quality.columns import Flags, codes
from tasks.quality.context import Context
from tasks.quality.frame_builder import FrameBuilder
from tasks.quality.great_expectations import Findings
from tasks.quality.partitions import Encoded, Piece, gathered
from tasks.quality.rules import Suite
from tasks.quality.validation_target import ValidationTarget

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Batch:
    """What is validated together.

    Attributes:
        rows: as the parser gives them.
        symbols: of each row.
        repeated: the rows that an equal one stands for.
        target: what they are.
        pieces: of whole symbols; what is laid out together.
    """

    rows: pa.Table
    symbols: Encoded
    repeated: Flags
    target: ValidationTarget
    pieces: Sequence[Piece]


def check_in_parts(batch: Batch, suite: Suite, *, run_id: str, context: Context, rows_at_once: int) -> Findings:
    """Evaluates a suite on all rows but the repeated ones.

    Args:
        batch: the rows.
        suite: the rules.
        run_id: names the result.
        context: what the rows are validated against.
        rows_at_once: how many rows are checked together; more only where one piece alone has more.

    Returns:
        Findings whose positions are those of ``batch.rows``.
    """
    parameters = _parameters(context)
    parts: list[Findings] = []
    groups = gathered(batch.pieces, rows_at_once)
    for pieces in groups:
        part = replace(batch, pieces=pieces)
        kept = _kept(part)
        parts.append(_placed(great_expectations.check(_laid_out(part, kept, suite, context), suite, run_id, parameters), kept))
        if len(groups) > 1:
            # Circles of the library's objects hold masks, and the next part does not fit into the holes that this one left.
            gc.collect()
            give_back()
    return parts[0] if len(parts) == 1 else put_together(batch, suite, parts, run_id=run_id, context=context)


def put_together(batch: Batch, suite: Suite, parts: Sequence[Findings], *, run_id: str, context: Context) -> Findings:
    """The findings on a batch of which the parts were checked apart; the rules about the batch as a whole are evaluated on all of it.

    Args:
        batch: all rows.
        suite: the rules.
        parts: the findings on each part, positions those of ``batch.rows``.
        run_id: names the result.
        context: what the rows are validated against.
    """
    about_all = tuple(finding.rule for finding in parts[0].each if finding.positions is None)
    if not about_all:
        return great_expectations.merged(suite, parts, Findings((), {"results": []}))
    whole = Suite(suite.name, about_all)
    found = great_expectations.check(_thin(batch, whole, context), whole, run_id, _parameters(context))
    return great_expectations.merged(suite, parts, found)


def _parameters(context: Context) -> dict[str, object]:
    requested = sorted(set(context.requested))
    # Half as many bars as symbols is far below what any capture has, and far above what a broken parser gives.
    return {"asked_symbols": requested, "fewest_rows": (len(requested) + 1) // 2 if not context.deferred else 0}


def _kept(batch: Batch) -> Flags:
    """The rows of the pieces, without the repeated ones."""
    kept = np.zeros(len(batch.repeated), dtype=np.bool_)
    for piece in batch.pieces:
        kept[piece.first : piece.last] |= piece.member
    return kept & ~batch.repeated


def _laid_out(batch: Batch, kept: Flags, suite: Suite, context: Context) -> pd.DataFrame:
    """The columns that the suite looks at, of the kept rows in their order."""
    names = sorted({"symbol", *_columns(suite)})
    whole = FrameBuilder(int(np.count_nonzero(kept)))
    for piece in batch.pieces:
        before = int(np.count_nonzero(kept[: piece.first]))
        among = kept[piece.first : piece.last]
        wanted = (among & piece.member)[among]
        is_sparse = np.count_nonzero(wanted) * 2 < len(wanted)
        # Rows of other symbols do no harm to a piece's own; where they are few, leaving them out is what would cost.
        frame = batch.target.lay_out(piece.rows(batch.rows, among & piece.member if is_sparse else among), context)
        where = before + np.flatnonzero(wanted) if is_sparse else slice(before, before + len(wanted))
        for name in names:
            whole.put(name, frame[name], where, None if is_sparse or wanted.all() else wanted)
    return whole.frame()


def _placed(findings: Findings, kept: Flags) -> Findings:
    """Positions among the kept rows, as positions among all."""
    if kept.all():
        return findings
    where = np.flatnonzero(kept)
    each = tuple(
        finding if finding.positions is None else replace(finding, positions=where[finding.positions]) for finding in findings.each
    )
    return Findings(each, findings.result)


def _thin(batch: Batch, suite: Suite, context: Context) -> pd.DataFrame:
    kept = ~batch.repeated
    if set(_columns(suite)) <= {"symbol"}:
        # As in duplicates.py: imported where rows are validated.
        import pandas as pd

        code, symbols = codes(batch.rows.column("symbol"))
        return pd.DataFrame({"symbol": pd.Categorical.from_codes(code[kept], categories=pd.Index(symbols, dtype="str"))})
    return _laid_out(batch, kept, suite, context)


def _columns(suite: Suite) -> Iterator[str]:
    return (column for rule in suite.rules for column in rule.columns)
