"""The verdict page: one self-contained HTML file, filled from ``tasks/pages/templates/verdict.html.j2``.

It is made from one verdict alone, so it takes the same time however many bars or runs there were. Great Expectations' own sections follow
below ours; its page around them is not used, because that loads styles, scripts and images from seven hosts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow.compute as pc
from markupsafe import Markup

from tasks.pages import render_page
from tasks.quality.context import Context
from tasks.quality.gate import NO_SYMBOL
from tasks.quality.great_expectations import Finding
from tasks.quality.verdict import Gate, QuarantinedBar, Verdict
from tasks.wording import counted, percent

_SYMBOLS: Final = 15
_WHOLE_BATCH: Final = "The batch as a whole"


@dataclass(frozen=True)
class _Text:
    """A string of the data, and whether a reason names it."""

    text: str | None
    is_bad: bool


def verdict_page(verdict: Verdict, gate: Gate, context: Context, findings: Sequence[Finding], sections: str) -> str:
    """Lays out a verdict for people.

    Args:
        verdict: what was found; its own page is not looked at.
        gate: what was decided.
        context: what the bars were validated against, and where the run stands.
        findings: what each rule found, in the order of the suite.
        sections: the validator's own rendering, HTML (``tasks.quality.great_expectations.sections``).

    Returns:
        A complete HTML document. Whatever comes from the data is escaped.
    """
    noun = "bar" if verdict.suite.endswith("_prices") else "row"
    wholly = set(verdict.wholly_quarantined)
    # Symbols of which no bar passed are what somebody must look at, so none of the first ones is cut off by a symbol with more bars.
    symbols = sorted(verdict.quarantined_by_symbol.items(), key=lambda entry: entry[0] not in wholly)
    failed = [finding for finding in findings if not finding.holds]
    return render_page(
        "verdict",
        verdict=verdict,
        gate=gate,
        origin=context.origin,
        noun=noun,
        percent=percent,
        headline=headline(verdict, gate, noun),
        consequence=_consequence(gate, noun),
        links=_links(verdict, context),
        facts=_facts(verdict, context),
        tiles=_tiles(verdict, context, noun),
        warnings=[*gate.warnings, *verdict.warnings],
        failed=sorted(failed, key=lambda finding: finding.rule.severity != "critical"),
        passed=_by_column(findings),
        passed_count=len(findings) - len(failed),
        symbols=[(symbol or NO_SYMBOL, rows, symbol in wholly) for symbol, rows in symbols[:_SYMBOLS]],
        symbols_more=len(symbols) - _SYMBOLS,
        bars=[_example(bar) for bar in verdict.examples],
        value_heads=[(name, True) for name in (verdict.examples[0].values if verdict.examples else ())],
        newest_session=context.market.newest_session,
        # Their headings come below ours, so that their levels follow on.
        sections=Markup(re.sub(r"(</?h)[56]\b", r"\g<1>3", sections)),  # noqa: S704 - the validator escapes; hostile strings are a test's
    )


def headline(verdict: Verdict, gate: Gate, noun: str) -> str:
    """The outcome in words, as ``Passed: 591 of 594 bars; 3 quarantined``."""
    quarantined = verdict.quarantined.num_rows
    if not gate.is_open:
        return f"Gate closed: {quarantined:,} of {counted(verdict.rows, noun)} quarantined, none loaded"
    passed = f"{verdict.accepted_rows:,} of {counted(verdict.rows, noun)}" if quarantined else f"all {counted(verdict.accepted_rows, noun)}"
    return f"Passed: {passed}" + (f"; {quarantined:,} quarantined" if quarantined else "")


def _consequence(gate: Gate, noun: str) -> str:
    if gate.is_open:
        return f"The {noun}s that passed go on to the warehouse."
    return f"Nothing of this run goes on to the warehouse. Captures and quarantined {noun}s are kept, with their reasons."


def _links(verdict: Verdict, context: Context) -> list[tuple[str, str]]:
    links = [("All runs", "../index.html"), ("Report of this run", f"../../reports/{verdict.run_id}/index.html")]
    return [*links, ("Prefect", context.origin.flow_run_url)] if context.origin.flow_run_url else links


def _facts(verdict: Verdict, context: Context) -> list[tuple[str, str]]:
    dates: Any = pc.min_max(verdict.table.column("session_date")) if "session_date" in verdict.table.column_names else None
    first, last = (dates["min"].as_py(), dates["max"].as_py()) if dates is not None else (None, None)
    symbols = len(verdict.table.column("symbol").unique())
    sessions = f"{first} to {last}" if first and first != last else str(first or "")
    return [
        ("environment", context.origin.environment),
        ("source", context.origin.source),
        ("sessions", sessions),
        ("symbols", f"{symbols:,} of {len(set(context.requested)):,} requested"),
        ("run", verdict.run_id),
    ]


def _tiles(verdict: Verdict, context: Context, noun: str) -> list[tuple[str, str]]:
    return [
        (f"{noun}s validated", f"{verdict.rows:,}"),
        ("accepted", f"{verdict.accepted_rows:,}"),
        ("quarantined", f"{verdict.quarantined.num_rows:,}"),
        (f"rate; the gate closes above {percent(context.limit)}", percent(verdict.rate)),
        ("duplicates, skipped", f"{verdict.duplicates:,}"),
        ("not final yet, deferred", f"{verdict.deferred:,}"),
    ]


def _by_column(findings: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    """The rules that hold, by the columns they look at, those of the whole batch first."""
    grouped: dict[str, list[Finding]] = {_WHOLE_BATCH: []}
    for finding in findings:
        if finding.holds:
            grouped.setdefault(", ".join(finding.rule.columns) or _WHOLE_BATCH, []).append(finding)
    return [(columns, held) for columns, held in grouped.items() if held]


def _example(bar: QuarantinedBar) -> dict[str, Any]:
    named = {word for reason in bar.reasons for word in reason.replace(",", " ").split()}
    texts = {name: _Text(text, _is_named(name, named)) for name, text in bar.values.items()}
    return {
        "symbol": _Text(bar.symbol, _is_named("symbol", named)),
        "session": _Text(bar.session_text, _is_named("session", named)),
        "reasons": bar.reasons,
        "capture_key": bar.capture_key,
        "texts": list(texts.items()),
    }


def _is_named(name: str, named: set[str]) -> bool:
    # A reason says "adjusted close" where the column is called adjusted_close.
    return set(name.split("_")) <= named
