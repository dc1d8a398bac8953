"""Whether a run may go on to its load."""

from tasks.quality.verdict import Gate, Verdict
from tasks.wording import agreeing, counted, percent

NO_SYMBOL = "(no symbol)"
"""What rows are called that do not say what they are of."""

_NAMED_REASONS = 3


def decide(verdict: Verdict, limit: float, requested: int, least_rows: int = 1, row: str = "bar") -> Gate:
    """Opens or closes the gate.

    Args:
        verdict: what was found.
        limit: the share of quarantined bars, 0 to 1, above which the gate closes; exactly at it, it is open.
        requested: how many symbols were requested and answered.
        least_rows: how many quarantined bars it takes at least, whatever their share.
        row: what people call a row; a bar, a dividend.

    Returns:
        Closed where bars were requested and none was parsed (deferred ones count as parsed), where a rule for the whole batch is
        violated, where more than ``limit`` of the bars and at least ``least_rows`` are quarantined, or where no bar was accepted. Bars
        that are quarantined for a harmless reason do not count.
    """
    reasons = []
    if requested and not verdict.rows and not verdict.deferred:
        reasons.append(f"{counted(requested, 'symbol')} {agreeing(requested, 'was', 'were')} requested and no {row} was parsed.")
    reasons += verdict.hard_failures
    quarantined, rate = verdict.counted, verdict.rate
    if rate > limit and quarantined >= least_rows:
        held = f"{quarantined:,} of {counted(verdict.rows, row)} ({percent(rate, apart_from=limit)}) {agreeing(quarantined, 'is', 'are')}"
        reasons.append(f"{held} quarantined, more than the {percent(limit)} allowed: {_most_frequent(verdict)}.")
    elif quarantined and not verdict.accepted_rows:
        reasons.append(f"None of {counted(verdict.rows, row)} was accepted: {_most_frequent(verdict)}.")
    warnings = tuple(
        f"{symbol or NO_SYMBOL}: no {row} passed; {verdict.quarantined_by_symbol[symbol]:,} quarantined."
        for symbol in verdict.wholly_quarantined
    )
    return Gate(is_open=not reasons, reasons=tuple(reasons), warnings=warnings)


def _most_frequent(verdict: Verdict) -> str:
    named = list(verdict.reason_counts.items())[:_NAMED_REASONS]
    return ", ".join(f"{reason} ({count:,})" for reason, count in named)
