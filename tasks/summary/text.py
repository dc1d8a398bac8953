"""Renders the summary as the text printed at the end of a command."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from tasks.records import Status
from tasks.summary.run_summary import PlaceSummary, QuarantinedExample, RunSummary
from tasks.wording import all_of, counted, percent

_SYMBOLS_NAMED = 10
_WARNINGS_SHOWN = 10
_EXAMPLES_SHOWN = 3
_ADDRESS = re.compile(r"s3://\S+\w")
_OF_BARS = frozenset({"daily_prices", "backfill"})


def render_text(summary: RunSummary, place: Callable[[str], str], color: Callable[[str, Status], str] = lambda text, _: text) -> str:
    """The summary as lines of text, about a screenful.

    Args:
        summary: the summary.
        place: turns an ``s3://`` address or a table's name into what the reader can open.
        color: marks the status word, where the reader's terminal can.
    """
    if summary.status is Status.UP_TO_DATE:
        return _one_line(summary, color)
    return "\n".join(
        [color(render_headline(summary), summary.status), "", *_body(summary, place), "", *_places(summary, place), *_next(summary)]
    )


def _one_line(summary: RunSummary, color: Callable[[str, Status], str]) -> str:
    took = sum(summary.seconds_per_step.values())
    return f"{color(render_headline(summary), summary.status)}; no call was made and nothing loaded ({took:.1f} s)."


def render_headline(summary: RunSummary) -> str:
    """The run in one sentence: how it ended, for how many symbols and which session."""
    if summary.status is Status.UP_TO_DATE and summary.flow == "backfill":
        lack = all_of(summary.symbol_count, "symbol", "lacks", "lack")
        return f"{summary.status}: {lack} no session of the range that the source can give"
    if summary.status is Status.UP_TO_DATE and summary.due_session is None:
        return f"{summary.status}: {all_of(summary.symbol_count, 'symbol', 'was', 'were')} read today"
    if summary.status is Status.UP_TO_DATE:
        hold = all_of(summary.symbol_count, "symbol", "holds", "hold")
        return f"{summary.status}: {hold} session {summary.due_session}, the latest final session"
    if summary.error and not summary.symbols:
        return f"{summary.status} in step {summary.error.step or 'start'}"
    if summary.datasets and not summary.symbols:
        names = ", ".join(dataset.name.replace("_", " ") for dataset in summary.datasets)
        hold = all_of(summary.symbol_count, "symbol", "holds", "hold")
        held = f"; {hold} session {summary.due_session}" if summary.due_session else ""
        return f"{summary.status}: {names} loaded{held}"
    subject = summary.symbols[0].symbol if len(summary.symbols) == 1 else counted(len(summary.symbols), "symbol")
    due = f", session {summary.due_session} was due" if summary.due_session else ""
    held = f"; {summary.held} more up to date" if summary.held else ""
    return f"{summary.status}: {subject}{due}{held}"


def _body(summary: RunSummary, place: Callable[[str], str]) -> Iterator[str]:
    if summary.error:
        yield _row("why", f"{summary.error.name}: {summary.error.fact}")
        if summary.error.way_out:
            yield _row("", _ADDRESS.sub(lambda found: place(found[0]), summary.error.way_out))
    if summary.symbols:
        yield _row("symbols", " · ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in summary.outcome_counts().items()))
    yield from _symbols_to_name(summary)
    if summary.first_session and summary.last_session:
        yield _row("sessions", f"{summary.first_session} to {summary.last_session}")
    rows = summary.rows
    if rows.parsed:
        again = f" · {rows.duplicates} duplicate" if rows.duplicates else ""
        yield _row(
            "rows",
            f"{rows.parsed:,} parsed · {rows.deferred:,} deferred{again} · {rows.quarantined:,} quarantined · {rows.curated:,} curated",
        )
        kept_out = f" · {rows.kept_out:,} kept out" if rows.kept_out else ""
        yield _row("loaded", f"{rows.new:,} new · {rows.changed:,} changed · {rows.unchanged:,} unchanged{kept_out}")
    for dataset in summary.datasets if len(summary.datasets) > 1 or not rows.parsed else ():
        own = dataset.rows
        held = f" · {own.quarantined:,} quarantined" if own.quarantined else ""
        stopped = "" if dataset.is_gate_open else " · the gate closed, nothing loaded"
        yield _row("", f"{dataset.table}: {own.new:,} new · {own.changed:,} changed · {own.unchanged:,} unchanged{held}{stopped}")
    yield from (
        _row("rows", f"do not add up: {layer.claim}: {layer.left:,} is not {layer.right:,}") for layer in summary.layers if not layer.holds
    )
    yield from _quarantine(summary)
    if summary.bytes.raw:
        ratio = f" ({summary.bytes.ratio:.1f} : 1)" if summary.bytes.ratio else ""
        yield _row("bytes", f"{_size(summary.bytes.raw)} raw, {_size(summary.bytes.curated)} curated{ratio}")
    if summary.calls.planned:
        left = "" if summary.calls.left_today is None else f" · {summary.calls.left_today} left today"
        yield _row("calls", f"{summary.calls.sent} sent · {summary.calls.answered} answered · {summary.calls.refused} refused{left}")
    yield _row("seconds", " · ".join(f"{step} {seconds:.1f}" for step, seconds in summary.seconds_per_step.items()))
    yield from _warnings(summary)


def _warnings(summary: RunSummary) -> Iterator[str]:
    for warning in summary.warnings[:_WARNINGS_SHOWN]:
        yield _row("warning", warning)
    if len(summary.warnings) > _WARNINGS_SHOWN:
        yield _row("", f"and {counted(len(summary.warnings) - _WARNINGS_SHOWN, 'more warning')}; all are in the summary file")


def _symbols_to_name(summary: RunSummary) -> Iterator[str]:
    named = [symbol for symbol in summary.symbols if symbol.reason]
    for symbol in named[:_SYMBOLS_NAMED]:
        yield _row("", f"{symbol.symbol} {symbol.outcome.replace('_', ' ')}: {symbol.reason.rstrip('.')}. {symbol.next_step}".rstrip())
    if len(named) > _SYMBOLS_NAMED:
        yield _row("", f"and {len(named) - _SYMBOLS_NAMED} more; all are in the summary file")
        for name, count in Counter(refusal.name for refusal in summary.refusals).most_common():
            yield _row("refused", f"{name}: {counted(count, 'call')}")


def _quarantine(summary: RunSummary) -> Iterator[str]:
    quarantine = summary.quarantine
    if not summary.rows.quarantined:
        return
    known = f"; {quarantine.known:,} known from before" if quarantine.known else ""
    noun = "bar" if summary.flow in _OF_BARS else "row"
    yield _row("quarantined", f"{_share(summary, noun)}{known}")
    if quarantine.known and not quarantine.new:
        # Bars that were reported before are not listed again.
        return
    for example in quarantine.examples[:_EXAMPLES_SHOWN]:
        yield _row("", _example(example))
    if summary.rows.quarantined > _EXAMPLES_SHOWN:
        yield _row("", "; ".join(f"{counted(count, noun)}: {reason}" for reason, count in quarantine.reasons.items()))


def _share(summary: RunSummary, noun: str) -> str:
    quarantine = summary.quarantine
    if not quarantine.rate:
        return f"{counted(summary.rows.quarantined, noun)}, which the gate does not count"
    # A few rows of a small set are a large share, and leave the gate open.
    least = f" and from {counted(quarantine.least_rows, noun)} on" if quarantine.rate > quarantine.limit and quarantine.least_rows else ""
    return f"{percent(quarantine.rate)} of the {noun}s (the gate closes above {percent(quarantine.limit)}{least})"


def _example(example: QuarantinedExample) -> str:
    values = ", ".join(f"{name} {value if value is not None else 'absent'}" for name, value in example.values.items())
    return f"{example.symbol} {example.session}: {'; '.join(example.reasons)} ({values})"


def _places(summary: RunSummary, place: Callable[[str], str]) -> Iterator[str]:
    titles = {"raw": "raw", "quarantine": "quarantine", "page": "verdict", "curated": "curated", "table": "table", "flow_run": "Prefect"}
    shown = {title: address for field, title in titles.items() if (address := _address(summary.places, field))}
    for title, address in shown.items():
        yield _row(title, place(address))


def _address(places: PlaceSummary, field: str) -> str:
    return str(getattr(places, field))


def _next(summary: RunSummary) -> Iterator[str]:
    if summary.next_commands:
        yield ""
        yield "Next"
        yield from (f"  {command}" for command in summary.next_commands)


def _row(title: str, text: str) -> str:
    return f"  {title:<11} {text}"


def _size(count: int) -> str:
    for unit, step in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= step:
            return f"{count / step:,.1f} {unit}"
    return f"{count} B"
