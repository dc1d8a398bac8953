"""From a table of bars to a verdict: one batch a run and suite, whatever the number of symbols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.quality import validator
from tasks.quality.context import Context
from tasks.quality.derived import check_frame
from tasks.quality.duplicates import repeated_bars
from tasks.quality.errors import UnexpectedColumns
from tasks.quality.gate import Gate, decide
from tasks.quality.page import verdict_page
from tasks.quality.quarantine import quarantined_bars
from tasks.quality.suite import Suite
from tasks.quality.validator import Finding
from tasks.quality.verdict import QuarantinedBar, Verdict
from tasks.schema import PARSED_DAILY_PRICES

_EXAMPLES = 12
_LISTED = 50
_ALWAYS_THERE = ("observed_at", "capture_key")


def validate(ready: pa.Table, suite: Suite, *, run_id: str, context: Context) -> Verdict:
    """Judges a batch of bars.

    Args:
        ready: rows of ``PARSED_DAILY_PRICES``, deferred ones already set apart.
        suite: the rules (``load_suite``).
        run_id: the run, kept with every quarantined bar.
        context: what the bars are judged against.

    Returns:
        The verdict, its page included. Accepted and quarantined bars keep the order of ``ready``.

    Raises:
        UnexpectedColumns: ``ready`` is not what the parser gives.
        SuiteBroken: the library dropped a rule.
        ValidatorBroke: a rule could not be evaluated; says nothing about the data.
    """
    _check_columns(ready)
    repeated = repeated_bars(ready)
    judged = ready.filter(pa.array(~repeated)) if repeated.any() else ready
    asked = sorted(set(context.asked))
    parameters = {"asked_symbols": asked, "fewest_bars": 1 if asked and not context.deferred else 0}
    findings = validator.check(check_frame(judged, context), suite, run_id, parameters)
    broken = [finding for finding in findings.each if not finding.holds]
    critical = [finding for finding in broken if finding.rule.severity == "critical"]
    verdict = _verdict(judged, critical, run_id, suite.name, int(repeated.sum()), context.deferred)
    verdict = replace(
        verdict,
        hard_failures=tuple(_told(finding) for finding in critical if finding.positions is None),
        warnings=tuple(_told(finding) for finding in broken if finding.rule.severity != "critical"),
    )
    gate = decide(verdict, context.limit, len(asked))
    result = {**findings.result, "meta": {**findings.result["meta"], "gate": _numbers(verdict, gate, context)}}
    page = verdict_page(verdict, gate, context, findings.each, validator.sections(result))
    return replace(verdict, result=result, page=page)


def _verdict(judged: pa.Table, critical: list[Finding], run_id: str, suite: str, duplicates: int, deferred: int) -> Verdict:
    reasons = [(finding.rule.reason, finding.positions) for finding in critical if finding.positions is not None]
    quarantined = quarantined_bars(judged, reasons, run_id)
    passes = np.ones(judged.num_rows, dtype=np.bool_)
    for _, positions in reasons:
        passes[positions] = False
    accepted = judged if passes.all() else judged.filter(pa.array(passes))
    by_symbol = _counts(quarantined.column("symbol"))
    passed = set(pc.unique(accepted.column("symbol")).to_pylist())
    return Verdict(
        run_id=run_id,
        suite=suite,
        rows=judged.num_rows + duplicates,
        duplicates=duplicates,
        deferred=deferred,
        accepted=accepted,
        quarantined=quarantined,
        hard_failures=(),
        warnings=(),
        reason_counts=dict(sorted(((reason, len(where)) for reason, where in reasons), key=lambda counted: -counted[1])),
        quarantined_by_symbol=by_symbol,
        wholly_quarantined=tuple(sorted(symbol for symbol in by_symbol if symbol not in passed)),
        examples=tuple(_examples(quarantined)),
    )


def _check_columns(ready: pa.Table) -> None:
    if not ready.schema.equals(PARSED_DAILY_PRICES):
        raise UnexpectedColumns(
            "The table to be judged has other columns than the parser gives.",
            "It must have the schema PARSED_DAILY_PRICES of tasks/schema.py.",
            {"schema": ready.schema.to_string()},
        )
    for name in _ALWAYS_THERE:
        if ready.column(name).null_count:
            raise UnexpectedColumns(f"{ready.column(name).null_count} bars have no {name}.", "The parser must name each bar's capture.")


def _told(finding: Finding) -> str:
    if finding.missing:
        return f"{finding.rule.reason}: {', '.join(finding.missing)}. {finding.rule.sentence}"
    if finding.rows is not None:
        return f"{finding.rule.reason}: {finding.rows:,} bar{'' if finding.rows == 1 else 's'}. {finding.rule.sentence}"
    return f"{finding.rule.reason}. {finding.rule.sentence}"


def _counts(column: pa.ChunkedArray[Any]) -> dict[str, int]:
    counts: Any = pc.value_counts(column)
    counted = [(entry["values"], entry["counts"]) for entry in counts.to_pylist()]
    return dict(sorted(counted, key=lambda entry: (-entry[1], entry[0])))


def _examples(quarantined: pa.Table) -> Iterator[QuarantinedBar]:
    """The first bar of each reason, then the first ones there are."""
    reasons: Any = quarantined.column("reasons").combine_chunks()
    _, first = np.unique(pc.dictionary_encode(reasons.flatten()).indices.to_numpy(), return_index=True)
    parents = pc.list_parent_indices(reasons).to_numpy()
    chosen = dict.fromkeys([*(int(parents[position]) for position in first), *range(min(_EXAMPLES, len(reasons)))])
    rows = sorted(list(chosen)[:_EXAMPLES])
    names = [name for name in quarantined.column_names if name not in {"observed_at", "run_id"}]
    for row in quarantined.select(names).take(pa.array(rows, pa.int64())).to_pylist():
        yield QuarantinedBar(**{**row, "reasons": tuple(row["reasons"])})


def _numbers(verdict: Verdict, gate: Gate, context: Context) -> Mapping[str, object]:
    return {
        "is_open": gate.is_open,
        "reasons": list(gate.reasons),
        "rows": verdict.rows,
        "accepted": verdict.accepted.num_rows,
        "quarantined": verdict.quarantined.num_rows,
        "duplicates": verdict.duplicates,
        "deferred": verdict.deferred,
        "rate": verdict.rate,
        "limit": context.limit,
        "newest_session": context.newest_session.isoformat(),
        "asked": len(set(context.asked)),
        "hard_failures": list(verdict.hard_failures),
        "warnings": _first([*verdict.warnings, *gate.warnings]),
        "reason_counts": dict(verdict.reason_counts),
        "wholly_quarantined": _first(verdict.wholly_quarantined),
    }


def _first(texts: Sequence[str]) -> list[str]:
    more = len(texts) - _LISTED
    return [*texts[:_LISTED], f"and {more:,} more"] if more > 0 else list(texts)
