"""Validates a table of rows against its suite and returns a verdict: one batch per run and suite."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.quality import great_expectations
from tasks.quality.allocator import memory_given_back
from tasks.quality.chunked_validation import Batch, check_in_parts, put_together
from tasks.quality.columns import Integers
from tasks.quality.context import Context
from tasks.quality.duplicates import repeated_rows
from tasks.quality.errors import UnexpectedColumns
from tasks.quality.gate import NO_SYMBOL, decide
from tasks.quality.great_expectations import Finding, Findings
from tasks.quality.partitions import ROWS_AT_ONCE, ROWS_LAID_OUT, Encoded, by_symbol, encoded
from tasks.quality.quarantine import quarantined_rows
from tasks.quality.report_page import verdict_page
from tasks.quality.rules import Suite
from tasks.quality.validated_part import ValidatedPart
from tasks.quality.validation_target import ORIGIN, ValidationTarget, WithTexts, as_they_are
from tasks.quality.verdict import Gate, QuarantinedBar, Verdict
from tasks.schema import without_texts
from tasks.wording import counted

_OF_NEIGHBOURS: Final = frozenset({"session_before_is_there", "close_change_is_bounded", "close_is_no_spike", "close_is_not_frozen"})

_ONE_AT_A_TIME: Final = threading.Lock()
"""The library's project is the whole process's."""

_EXAMPLES = 12
_LISTED = 50
_NAMED = 5


def validate(
    ready: pa.Table, target: ValidationTarget, suite: Suite, *, run_id: str, context: Context, with_texts: WithTexts = as_they_are
) -> Verdict:
    """Judges a batch of rows. One at a time in a process; others wait for their turn.

    Args:
        ready: rows as the parser gives them, deferred ones already set apart.
        target: what they are.
        suite: the rules (``load_suite``).
        run_id: the run, kept with every quarantined row.
        context: what the rows are validated against.
        with_texts: gives some of the rows their strings, where the parser gave them without.

    Returns:
        The verdict, its page included. Accepted and quarantined rows keep the order of ``ready``.

    Raises:
        UnexpectedColumns: ``ready`` is not what the parser gives.
        SuiteBroken: the library dropped a rule.
        ValidatorBroke: a rule could not be evaluated; says nothing about the data.
    """
    _check_columns(ready, target)
    with _ONE_AT_A_TIME, memory_given_back():
        return _validate(ready, target, suite, run_id, context, with_texts)


def validate_parts(
    ready: pa.Table, parts: Sequence[ValidatedPart], target: ValidationTarget, suite: Suite, *, run_id: str, context: Context
) -> Verdict:
    """The verdict on a batch whose parts, of whole symbols, were validated apart: the one that :func:`validate` gives for all rows.

    Args:
        ready: the rows of all parts.
        parts: at least one, in the order of their rows.
        target: what the rows are.
        suite: the rules by which the parts were validated.
        run_id: the run.
        context: what all rows are validated against.

    Raises:
        UnexpectedColumns: the rows are not what the parser gives.
        ValidatorBroke: a rule about all rows could not be evaluated.
    """
    _check_columns(ready, target)
    with _ONE_AT_A_TIME, memory_given_back():
        begins = np.cumsum([0, *(part.rows for part in parts)])[:-1].tolist()
        repeated = np.zeros(ready.num_rows, dtype=np.bool_)
        for part, begin in zip(parts, begins, strict=True):
            repeated[part.repeated + begin] = True
        symbols = encoded(ready.column("symbol"))
        batch = Batch(ready, symbols, repeated, target, by_symbol(symbols, min(ROWS_LAID_OUT, ROWS_AT_ONCE)))
        moved = [part.findings_behind(begin) for part, begin in zip(parts, begins, strict=True)]
        findings = put_together(batch, suite, moved, run_id=run_id, context=context)
        return _verdict_on(batch, findings, pa.concat_tables([part.quarantined for part in parts]), run_id, context)


def _validate(ready: pa.Table, target: ValidationTarget, suite: Suite, run_id: str, context: Context, with_texts: WithTexts) -> Verdict:
    symbols = encoded(ready.column("symbol"))
    pieces = by_symbol(symbols, min(ROWS_LAID_OUT, ROWS_AT_ONCE))
    batch = Batch(ready, symbols, repeated_rows(ready, target, pieces, with_texts), target, pieces)
    findings = check_in_parts(batch, suite, run_id=run_id, context=context, rows_at_once=ROWS_AT_ONCE)
    return _verdict_on(batch, findings, quarantined_rows(ready, target, _reasons(findings), run_id, with_texts), run_id, context)


def _reasons(findings: Findings) -> list[tuple[str, Integers]]:
    """Per critical rule that rows violate, its reason and those rows."""
    critical = (finding for finding in findings.each if not finding.holds and finding.rule.severity == "critical")
    return [(finding.rule.reason, finding.positions) for finding in critical if finding.positions is not None]


def _verdict_on(batch: Batch, findings: Findings, quarantined: pa.Table, run_id: str, context: Context) -> Verdict:
    broken = [finding for finding in findings.each if not finding.holds]
    critical = [finding for finding in broken if finding.rule.severity == "critical"]
    reasons, symbols, sessions = _reasons(findings), batch.symbols, batch.rows.column(batch.target.date)
    harmless = frozenset(finding.rule.reason for finding in critical if finding.rule.is_harmless)
    verdict = replace(
        _verdict(batch, quarantined, reasons, run_id, context),
        findings=findings,
        hard_failures=tuple(_sentence(finding, symbols, sessions, batch.target.row) for finding in critical if finding.positions is None),
        warnings=tuple(
            _sentence(finding, symbols, sessions, batch.target.row) for finding in broken if finding.rule.severity != "critical"
        ),
        harmless=_harmless(reasons, harmless),
    )
    gate = decide(verdict, context.limit, len(set(context.requested)), context.least_rows, batch.target.row)
    result = {**findings.result, "meta": {**findings.result["meta"], "gate": _numbers(verdict, gate, context)}}
    page = verdict_page(verdict, gate, context, findings.each, great_expectations.sections(result))
    return replace(verdict, gate=gate, result=result, page=page)


def _verdict(batch: Batch, quarantined: pa.Table, reasons: list[tuple[str, Integers]], run_id: str, context: Context) -> Verdict:
    passes = ~batch.repeated
    for _, positions in reasons:
        passes[positions] = False
    by_symbol = _counts(quarantined.column("symbol"))
    kept = None if passes.all() else passes
    passed = set(_distinct(batch.symbols if kept is None else batch.symbols.filter(pa.array(kept))))
    return Verdict(
        run_id=run_id,
        suite=batch.target.name,
        rows=batch.rows.num_rows,
        duplicates=int(batch.repeated.sum()),
        deferred=context.deferred,
        table=batch.rows,
        passes=kept,
        quarantined=quarantined,
        hard_failures=(),
        warnings=(),
        reason_counts=dict(sorted(((reason, len(where)) for reason, where in reasons), key=lambda counted: -counted[1])),
        quarantined_by_symbol=by_symbol,
        wholly_quarantined=tuple(sorted(symbol for symbol in by_symbol if symbol not in passed)),
        examples=tuple(_examples(quarantined, batch.target)),
        repeated=np.flatnonzero(batch.repeated),
    )


def _harmless(reasons: list[tuple[str, Integers]], harmless: frozenset[str]) -> int:
    """How many rows are quarantined for a harmless reason, whatever else is wrong with them."""
    return len({int(position) for reason, positions in reasons if reason in harmless for position in positions})


def _check_columns(ready: pa.Table, target: ValidationTarget) -> None:
    if not (ready.schema.equals(target.parsed) or ready.schema.equals(without_texts(target.parsed))):
        raise UnexpectedColumns(
            "The table to validate does not have the parser's columns.",
            f"It must have the schema of {target.name} in tasks/schema.py.",
            {"schema": ready.schema.to_string()},
        )
    for name in ORIGIN:
        if ready.column(name).null_count:
            raise UnexpectedColumns(f"{ready.column(name).null_count} bars have no {name}.", "The parser must name each bar's capture.")


def _distinct(symbols: Encoded) -> list[str | None]:
    distinct: Any = pc.unique(symbols)
    names: list[str | None] = distinct.to_pylist()
    return names


def _sentence(finding: Finding, symbols: Encoded, sessions: pa.ChunkedArray[Any], row: str) -> str:
    rule = finding.rule
    if finding.missing:
        return f"{rule.reason}: {', '.join(finding.missing)}. {rule.sentence}"
    if finding.positions is not None:
        positions = pa.array(finding.positions, pa.int64())
        named: list[str | None] = pc.cast(symbols.take(positions), pa.string()).to_pylist()
        places: dict[str, Any] = {}
        for symbol, session in zip(named, sessions.take(positions).to_pylist(), strict=True):
            places.setdefault(symbol or NO_SYMBOL, session)
        # What is odd between two sessions is looked for in the history; other rules are about the symbol, or the newest bar.
        is_of_session = not _OF_NEIGHBOURS.isdisjoint(rule.columns)
        names = [f"{symbol} {session}" if is_of_session else symbol for symbol, session in places.items()]
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        rows = counted(len(finding.positions), row)
        return f"{rule.reason}: {rows} ({', '.join(names[:_NAMED])}{more}). {rule.sentence}"
    return f"{rule.reason}. {rule.sentence}"


def _counts(column: pa.ChunkedArray[Any]) -> dict[str, int]:
    counts: Any = pc.value_counts(column)
    counted = [(entry["values"], entry["counts"]) for entry in counts.to_pylist()]
    return dict(sorted(counted, key=lambda entry: (-entry[1], entry[0])))


def _examples(quarantined: pa.Table, target: ValidationTarget) -> Iterator[QuarantinedBar]:
    """The first bar of each reason, then the first ones there are."""
    reasons: Any = quarantined.column("reasons").combine_chunks()
    _, first = np.unique(pc.dictionary_encode(reasons.flatten()).indices.to_numpy(), return_index=True)
    parents = pc.list_parent_indices(reasons).to_numpy()
    chosen = dict.fromkeys([*(int(parents[position]) for position in first), *range(min(_EXAMPLES, len(reasons)))])
    rows = sorted(list(chosen)[:_EXAMPLES])
    for row in quarantined.take(pa.array(rows, pa.int64())).to_pylist():
        values = {name: row[column] for name, column in target.values.items()}
        yield QuarantinedBar(row["symbol"], row[target.session] or "", values, tuple(row["reasons"]), row["capture_key"])


def _numbers(verdict: Verdict, gate: Gate, context: Context) -> Mapping[str, object]:
    return {
        "is_open": gate.is_open,
        "reasons": list(gate.reasons),
        "rows": verdict.rows,
        "accepted": verdict.accepted_rows,
        "quarantined": verdict.quarantined.num_rows,
        "duplicates": verdict.duplicates,
        "deferred": verdict.deferred,
        "rate": verdict.rate,
        "limit": context.limit,
        "newest_session": context.market.newest_session.isoformat(),
        "asked": len(set(context.requested)),
        "hard_failures": list(verdict.hard_failures),
        "warnings": _first([*verdict.warnings, *gate.warnings]),
        "reason_counts": dict(verdict.reason_counts),
        "wholly_quarantined": _first(verdict.wholly_quarantined),
    }


def _first(texts: Sequence[str]) -> list[str]:
    more = len(texts) - _LISTED
    return [*texts[:_LISTED], f"and {more:,} more"] if more > 0 else list(texts)
