"""The verdict page: one self-contained HTML file.

It is made from one verdict alone, so it takes the same time however many bars or runs there were. Great Expectations' own sections follow
below ours; its page around them is not used, because that loads styles, scripts and images from seven hosts.
"""

from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources
from typing import Final

from tasks.quality.context import Context
from tasks.quality.gate import NO_SYMBOL, Gate, percent
from tasks.quality.great_expectations import Finding
from tasks.quality.verdict import QuarantinedBar, Verdict

_SYMBOLS: Final = 15
_SENTENCES: Final = 20
_CHARACTERS: Final = 80
_UNBROKEN: Final = 20
_OWN_RESULT: Final = "It counts as failed as soon as one bar violates one rule, a warning included; the gate decides by the rate."
_ABSENT: Final = '<span class="absent">absent</span>'


def verdict_page(verdict: Verdict, gate: Gate, context: Context, findings: Sequence[Finding], sections: str) -> str:
    """Lays out a verdict for people.

    Args:
        verdict: what was found; its own page is not looked at.
        gate: what was decided.
        context: what the bars were validated against.
        findings: what each rule found, in the order of the suite.
        sections: the validator's own rendering, HTML (``tasks.quality.great_expectations.sections``).

    Returns:
        A complete HTML document. Whatever comes from the data is escaped.
    """
    parts = [
        _head(verdict, gate),
        _numbers(verdict, context),
        _list("Warnings", "warning", [*gate.warnings, *verdict.warnings]),
        _reasons(verdict),
        _symbols(verdict),
        _examples(verdict),
        _rules(findings),
        f"<details><summary>Great Expectations' own result</summary><p class='note'>{_OWN_RESULT}</p>",
        f"<div class='ge'>{sections}</div></details>",
        f"<footer>Run {escape(verdict.run_id)}, suite {escape(verdict.suite)}, newest session allowed {context.newest_session}.</footer>",
    ]
    style = resources.files("tasks.quality").joinpath("report_page.css").read_text(encoding="utf-8")
    title = f"{'Open' if gate.is_open else 'Closed'}: {verdict.suite}, run {verdict.run_id}"
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main>\n" + "\n".join(parts) + "\n</main></body></html>\n"
    )


def _head(verdict: Verdict, gate: Gate) -> str:
    decision = "Passed" if gate.is_open else "The gate is closed"
    headline = (
        f"{verdict.accepted_rows:,} bars go on to the warehouse."
        if gate.is_open
        else "Nothing of this run goes on to the warehouse. The quarantined bars are kept with their reasons."
    )
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in gate.reasons)
    return (
        f"<header class='{'open' if gate.is_open else 'closed'}'>"
        f"<p class='of'>Verdict on {escape(verdict.suite)} · run {escape(verdict.run_id)}</p>"
        f"<h1>{decision}</h1><p>{headline}</p>{f'<ul>{reasons}</ul>' if reasons else ''}</header>"
    )


def _numbers(verdict: Verdict, context: Context) -> str:
    tiles = [
        ("bars validated", f"{verdict.rows:,}"),
        ("accepted", f"{verdict.accepted_rows:,}"),
        ("quarantined", f"{verdict.quarantined.num_rows:,}"),
        (f"rate; the limit is {percent(context.limit)}", percent(verdict.rate)),
        ("duplicates, skipped", f"{verdict.duplicates:,}"),
        ("not final yet, deferred", f"{verdict.deferred:,}"),
    ]
    return "<dl class='numbers'>" + "".join(f"<div><dd>{value}</dd><dt>{name}</dt></div>" for name, value in tiles) + "</dl>"


def _list(title: str, css_class: str, sentences: Sequence[str]) -> str:
    if not sentences:
        return ""
    items = [f"<li>{escape(each)}</li>" for each in sentences[:_SENTENCES]]
    if len(sentences) > _SENTENCES:
        items.append(f"<li>and {len(sentences) - _SENTENCES:,} more</li>")
    return f"<section class='{css_class}'><h2>{title}</h2><ul>{''.join(items)}</ul></section>"


def _reasons(verdict: Verdict) -> str:
    if not verdict.reason_counts:
        return "<section><h2>Reasons</h2><p>No bar was quarantined.</p></section>"
    most = max(verdict.reason_counts.values())
    rows = [
        f"<tr><td class='whole'>{escape(reason)}</td><td class='number'>{count:,}</td>"
        f"<td class='wide'><span class='bar' style='width:{100 * count / most:.1f}%'></span></td></tr>"
        for reason, count in verdict.reason_counts.items()
    ]
    return _table("Reasons", ["reason", "bars", ""], rows, "A bar with two reasons counts under both.")


def _symbols(verdict: Verdict) -> str:
    if not verdict.quarantined_by_symbol:
        return ""
    wholly = set(verdict.wholly_quarantined)
    # Symbols of which no bar passed are what somebody must look at, so none of the first ones is cut off by a symbol with more bars.
    ordered = sorted(verdict.quarantined_by_symbol.items(), key=lambda entry: entry[0] not in wholly)
    rows = [
        f"<tr>{_cell(symbol or NO_SYMBOL, is_bad=False)}<td class='number'>{count:,}</td>"
        f"<td class='wide'>{'no bar of it passed' if symbol in wholly else ''}</td></tr>"
        for symbol, count in ordered[:_SYMBOLS]
    ]
    more = len(ordered) - len(rows)
    return _table("Symbols", ["symbol", "quarantined", ""], rows, f"and {more:,} more" if more > 0 else "")


def _examples(verdict: Verdict) -> str:
    if not verdict.examples:
        return ""
    rows = [_example(bar) for bar in verdict.examples]
    note = "The strings exactly as they were received; the values a reason speaks of are marked."
    return _table("Examples", ["symbol", "session", *map(escape, verdict.examples[0].values), "reasons and capture"], rows, note)


def _example(bar: QuarantinedBar) -> str:
    texts = {"symbol": bar.symbol, "session": bar.session_text, **bar.values}
    named = {word for reason in bar.reasons for word in reason.replace(",", " ").split()}
    cells = "".join(_cell(text, is_bad=_is_named(name, named)) for name, text in texts.items())
    return f"<tr>{cells}<td class='wide'>{escape('; '.join(bar.reasons))}<br><small>{escape(bar.capture_key)}</small></td></tr>"


def _is_named(name: str, named: set[str]) -> bool:
    # A reason says "adjusted close" where the column is called adjusted_close.
    return set(name.split("_")) <= named


def _cell(text: str | None, *, is_bad: bool) -> str:
    css_classes = ["bad"] * is_bad + ["whole"] * (text is None or len(text) <= _UNBROKEN)
    return f"<td class='{' '.join(css_classes)}'>{_ABSENT if text is None else f'<code>{_shown(text)}</code>'}</td>"


def _rules(findings: Iterable[Finding]) -> str:
    rows = [
        f"<tr class='{_state(finding)}'><td class='mark'></td>"
        f"<td class='wide'>{escape(finding.rule.sentence)} <small>{escape(finding.rule.type)}</small></td>"
        f"<td>{escape(finding.rule.severity)}</td><td class='number'>{'batch' if finding.rows is None else f'{finding.rows:,}'}</td></tr>"
        for finding in sorted(findings, key=lambda finding: finding.holds)
    ]
    return _table("Rules", ["", "what must hold", "severity", "violated by"], rows, "")


def _shown(text: str) -> str:
    """A string of the data, cut where it is longer than a person reads; the whole one is in the quarantine."""
    return escape(text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]}… ({len(text):,} characters)")


def _state(finding: Finding) -> str:
    if finding.holds:
        return "holds"
    return "violated" if finding.rule.severity == "critical" else "told"


def _table(title: str, names: Sequence[str], rows: Sequence[str], note: str) -> str:
    head = "".join(f"<th>{name}</th>" for name in names)
    below = f"<p class='note'>{note}</p>" if note else ""
    return (
        f"<section><h2>{title}</h2><div class='scrolls'><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>{below}</section>"
    )
