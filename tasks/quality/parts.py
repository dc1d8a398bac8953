"""One batch a run, whatever its symbols; a run beyond a few million rows goes through in parts of whole symbols, so that memory is bounded.

Every rule about rows looks at one row or at the rows of one symbol, so parts of whole symbols find what the whole finds. Rules about the
batch as a whole are evaluated on all of it, on the few columns they name.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.quality import validator
from tasks.quality.columns import Flags, codes
from tasks.quality.context import Context
from tasks.quality.judged import Judged
from tasks.quality.rules import Suite
from tasks.quality.validator import Finding, Findings

ROWS_AT_ONCE = 2_000_000


def check_in_parts(
    ready: pa.Table, repeated: Flags, judged: Judged, suite: Suite, run_id: str, context: Context, rows_at_once: int
) -> Findings:
    """Evaluates a suite on all rows but the repeated ones.

    Args:
        ready: rows as the parser gives them.
        repeated: the rows that an equal one stands for.
        judged: what they are.
        suite: the rules.
        run_id: names the result.
        context: what the rows are judged against.
        rows_at_once: how many rows are checked together; more only where one symbol alone has more, or stands in several places.

    Returns:
        Findings whose positions are those of ``ready``.
    """
    asked = sorted(set(context.asked))
    # Half as many bars as symbols is far below what any capture has, and far above what a broken parser gives.
    parameters = {"asked_symbols": asked, "fewest_rows": (len(asked) + 1) // 2 if not context.deferred else 0}
    bounds = _bounds(ready, rows_at_once)
    parts: list[tuple[int, Findings]] = []
    for first, last in pairwise(bounds):
        frame, kept = _frame(ready.slice(first, last - first), repeated[first:last], judged, context)
        parts.append((first, _placed(validator.check(frame, suite, run_id, parameters), kept)))
    if len(parts) == 1:
        return parts[0][1]
    about_all = tuple(finding.rule for finding in parts[0][1].each if finding.positions is None)
    columns = sorted({column for rule in about_all for column in rule.columns})
    whole = validator.check(_thin(ready, repeated, judged, context, columns), Suite(suite.name, about_all), run_id, parameters)
    return validator.merged(suite, parts, whole)


def _bounds(ready: pa.Table, rows_at_once: int) -> list[int]:
    """Where parts begin, and the end; only between symbols, and nowhere if a symbol stands in several places."""
    if ready.num_rows <= rows_at_once:
        return [0, ready.num_rows]
    code, _ = codes(ready.column("symbol"))
    begins = np.concatenate([[0], np.flatnonzero(np.diff(code)) + 1])
    if len(begins) != len(np.unique(code)):
        return [0, ready.num_rows]
    bounds = [0]
    ends = np.append(begins[1:], ready.num_rows)
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        if end - bounds[-1] > rows_at_once and begin > bounds[-1]:
            bounds.append(begin)
    return [*bounds, ready.num_rows]


def _frame(rows: pa.Table, repeated: Flags, judged: Judged, context: Context) -> tuple[pd.DataFrame, Flags | None]:
    frame = judged.lay_out(rows, context)
    if not repeated.any():
        return frame, None
    # Left out of the frame, not of the table: the strings of a batch are most of it, and would be copied.
    return frame[~repeated].reset_index(drop=True), ~repeated


def _placed(findings: Findings, kept: Flags | None) -> Findings:
    """Positions among the rows that were kept, as positions among all."""
    if kept is None:
        return findings
    where = np.flatnonzero(kept)
    each = tuple(
        finding
        if finding.positions is None
        else Finding(finding.rule, finding.holds, finding.rows, where[finding.positions], finding.missing)
        for finding in findings.each
    )
    return Findings(each, findings.result)


def _thin(ready: pa.Table, repeated: Flags, judged: Judged, context: Context, columns: list[str]) -> pd.DataFrame:
    if columns in ([], ["symbol"]):
        code, symbols = codes(ready.column("symbol"))
        return pd.DataFrame({"symbol": pd.Categorical.from_codes(code[~repeated], categories=pd.Index(symbols, dtype="str"))})
    return _frame(ready, repeated, judged, context)[0][columns]
