"""The report of a run as values in and HTML out."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pyarrow as pa
import pytest

from tasks.records import Outcome, Status, SymbolCoverage
from tasks.summary.charts import coverage_map, price_chart, quality_chart
from tasks.summary.report_facts import (
    CHARTED,
    PastQuality,
    PriceMark,
    PriceSeries,
    ReportFacts,
    coverage_lines,
    event_marks,
    latest_quality,
    price_series,
    quarantined_marks,
    remarkable,
)
from tasks.summary.report_page import report_page
from tasks.summary.run_summary import (
    CallSummary,
    DatasetSummary,
    ErrorSummary,
    LayerSummary,
    PlaceSummary,
    QuarantineSummary,
    RowSummary,
    RunSummary,
    SymbolSummary,
)

RUN = "20261120T013000Z-1a2b3c4d"
DAY = date(2026, 11, 19)
AT = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script>"
SESSIONS = [DAY - timedelta(days=number) for number in range(100)]


def summary(symbols: int = 5, **changes: Any) -> RunSummary:
    rows = RowSummary(parsed=100 * symbols, accepted=max(0, 100 * symbols - 3), quarantined=3, curated=97, staged=97, new=symbols)
    fields: dict[str, Any] = {
        "run_id": RUN,
        "flow": "daily_prices",
        "environment": "dev",
        "source": "synthetic",
        "plan": "free",
        "status": Status.COMPLETED,
        "exit_code": 0,
        "as_of": AT,
        "started_at": AT,
        "finished_at": AT,
        "due_session": DAY,
        "symbols": tuple(SymbolSummary(symbol=f"S{number}", outcome=Outcome.LOADED, bars_loaded=1) for number in range(symbols)),
        "calls": CallSummary(planned=symbols, answered=symbols, sent=5, left_today=20),
        "rows": rows,
        "quarantine": QuarantineSummary(limit=0.05),
        "datasets": (
            DatasetSummary(name="daily_prices", table="market.fact_daily_price", rows=rows, page=f"s3://lake/quality/{RUN}/index.html"),
        ),
        "layers": (LayerSummary(claim="parsed rows are all accounted for", left=5, right=5, holds=True),),
        "seconds_per_step": {"extract": 3.0, "load": 1.0},
        "places": PlaceSummary(page=f"s3://lake/quality/{RUN}/index.html", table="market.fact_daily_price"),
    }
    return RunSummary(**{**fields, **changes})


def facts(symbols: int = 5, **changes: Any) -> ReportFacts:
    whole = summary(symbols, **changes)
    names = [symbol.symbol for symbol in whole.symbols]
    held = {name: SymbolCoverage(SESSIONS[-1], DAY, AT) for name in names}
    marks = [PriceMark(name, DAY - timedelta(days=1), "quarantined", "high is below low") for name in names[::20]]
    bars = pa.table(
        {
            "symbol": [name for name in names for _ in SESSIONS],
            "session_date": [session for _ in names for session in SESSIONS],
            "close": [float(10 + number % 7) for _ in names for number, _ in enumerate(SESSIONS)],
        }
    )
    quality = (PastQuality("11-18 20:15", 500, 0.0), PastQuality("11-19 20:15", 500, 0.006, {"high is below low": 3}))
    return ReportFacts(whole, coverage_lines(held, marks), price_series(bars, remarkable(whole, marks), marks), quality)


@cache
def usual_page() -> str:
    return report_page(facts())


def test_a_report_of_500_symbols_is_under_two_megabytes() -> None:
    page = report_page(facts(500))
    assert len(page.encode()) < 2_000_000
    assert "S499" in page


def test_a_report_runs_no_script_and_loads_nothing() -> None:
    page = usual_page()
    assert not re.search(r"<(script|link|img|iframe|object|embed|form)\b", page)
    assert not re.search(r'\s(src|srcset|data|action|on\w+)="', page)
    assert "url(" not in page
    links = set(re.findall(r'href="([^"]+)"', page))
    assert links == {"#content", "../../quality/index.html", f"../../quality/{RUN}/index.html"}


def test_whatever_comes_from_the_data_is_escaped() -> None:
    symbols = (SymbolSummary(symbol=HOSTILE, outcome=Outcome.REFUSED, reason=HOSTILE, next_step=HOSTILE),)
    error = ErrorSummary(name="Failed", fact=HOSTILE, way_out=HOSTILE, step=HOSTILE)
    page = report_page(facts_of(symbols, error))
    assert "<script" not in page
    assert page.count("&lt;script&gt;") > 5


def facts_of(symbols: tuple[SymbolSummary, ...], error: ErrorSummary) -> ReportFacts:
    whole = summary(symbols=0, error=error, warnings=(HOSTILE,), status=Status.FAILED).model_copy(update={"symbols": symbols})
    marks = (PriceMark(HOSTILE, DAY, "quarantined", HOSTILE),)
    lines = coverage_lines({HOSTILE: SymbolCoverage(DAY, DAY, AT)}, marks)
    return ReportFacts(whole, lines, (PriceSeries(HOSTILE, ((DAY, 1.0),), marks),), (PastQuality(HOSTILE, 1, 0.5, {HOSTILE: 1}),))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.COMPLETED, "Completed: 5 symbols loaded; session 2026-11-19"),
        (Status.COMPLETED_WITH_WARNINGS, "Completed with warnings: 5 symbols loaded; session 2026-11-19"),
        (Status.GATE_CLOSED, "Gate closed: 5 symbols loaded; session 2026-11-19"),
        (Status.FAILED, "Failed: 5 symbols loaded; session 2026-11-19"),
    ],
)
def test_the_headline_says_the_outcome_in_words(status: Status, words: str) -> None:
    assert f"<h1>{words}</h1>" in report_page(ReportFacts(summary(status=status)))


def test_rows_seconds_and_budget_are_bars_in_proportion() -> None:
    page = usual_page()
    widths = dict(re.findall(r'class="lead">(\w+)</td>.*?width:([\d.]+)%', page))
    assert (widths["quarantined"], widths["accepted"]) == ("0.60", "99.40")
    assert (widths["extract"], widths["load"]) == ("75.00", "25.00")
    assert "This run sent 5 calls of the 25 that the day had left; 20 remain." in page


def test_steps_stand_in_the_order_of_a_run_though_stored_by_name() -> None:
    page = report_page(facts(seconds_per_step={"curate": 1.0, "load": 1.0, "of tomorrow": 1.0, "plan": 1.0}))
    assert re.findall(r'class="lead">(plan|curate|load|of tomorrow)</td>', page) == ["plan", "curate", "load", "of tomorrow"]


def test_every_chart_has_a_title_a_description_and_a_table() -> None:
    page = usual_page()
    charts = re.findall(r'<svg role="img" aria-labelledby="(\S+) (\S+)" viewBox', page)
    assert len(charts) == CHARTED + 2
    for title, words in charts:
        assert re.search(rf'<title id="{title}">[^<]+</title><desc id="{words}">[^<]+</desc>', page)
    for table in ("Closes of S0", "Coverage by symbol", "Quality of the latest runs"):
        assert f'<caption class="unseen">{table}</caption>' in page


def test_a_price_chart_marks_what_happened_and_describes_it() -> None:
    marks = (
        PriceMark("IBM", SESSIONS[5], "dividend", "1.66"),
        PriceMark("IBM", SESSIONS[9], "split", "2"),
        PriceMark("IBM", SESSIONS[12], "restated", "restated once"),
        PriceMark("IBM", SESSIONS[20], "quarantined", "high is below low", 14.0),
    )
    drawn = price_chart(PriceSeries("IBM", tuple((session, 10.0 + number % 3) for number, session in enumerate(reversed(SESSIONS))), marks))
    assert "<title" in drawn
    assert "; 1 dividend; 1 split; 1 restated; 1 quarantined</desc>" in drawn
    for colour in ("--series", "--good", "--event", "--care", "--bad"):
        assert f"var({colour})" in drawn
    plain = price_chart(PriceSeries("IBM", ((DAY, 10.0),)))
    assert "--bad" not in plain


def test_colours_of_charts_are_those_of_the_page_only() -> None:
    drawn = price_chart(facts().series[0]) + coverage_map(facts().coverage) + quality_chart(facts().quality)
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawn)) - {"none", "transparent"} <= set(re.findall(r"var\(--\w+\)", drawn))


def test_symbols_with_a_gap_or_a_quarantined_bar_come_first() -> None:
    held = {
        "AAA": SymbolCoverage(SESSIONS[-1], DAY, AT),
        "BBB": SymbolCoverage(SESSIONS[-1], DAY, AT, gaps=((SESSIONS[50], SESSIONS[40]),)),
        "CCC": SymbolCoverage(SESSIONS[-1], DAY, AT),
        "DDD": SymbolCoverage(SESSIONS[-1], SESSIONS[3], AT),
    }
    lines = coverage_lines(held, [PriceMark("CCC", DAY, "quarantined"), PriceMark("AAA", DAY, "dividend")])
    assert [line.symbol for line in lines] == ["BBB", "CCC", "DDD", "AAA"]
    assert len(lines[0].held) == 2
    assert lines[1].quarantined == (DAY,)


def test_coverage_of_many_years_is_drawn_for_the_last_one() -> None:
    (line,) = coverage_lines({"IBM": SymbolCoverage(date(1999, 11, 1), DAY, AT)}, ())
    assert line.first_session == date(1999, 11, 1)
    assert line.held == ((DAY - timedelta(days=365), DAY),)


def test_quarantined_rows_of_any_form_become_marks_or_nothing() -> None:
    rows = pa.table(
        {
            "symbol": ["A", "B", None, "C"],
            "session_text": ["2026-11-19", "soon", "2026-11-19", "2026-11-18 "],
            "close_text": ["1O", "1", "1", "12.5"],
            "reasons": [["close is not a number"], ["x"], ["y"], ["z", "w"]],
        }
    )
    assert list(quarantined_marks(rows, "session_text")) == [
        PriceMark("A", DAY, "quarantined", "close is not a number", None),
        PriceMark("C", date(2026, 11, 18), "quarantined", "z; w", 12.5),
    ]


def test_events_of_other_symbols_are_left_out() -> None:
    events = pa.table(
        {"symbol": ["A", "B"], "ex_dividend_date": [DAY, DAY], "amount": pa.array(["0.2400", "1"]).cast(pa.decimal128(28, 13))}
    )
    assert list(event_marks(events, "dividend", "ex_dividend_date", "amount", {"A"})) == [PriceMark("A", DAY, "dividend", "0.24")]


def test_the_most_eventful_symbols_are_charted() -> None:
    marks = [PriceMark("S4", DAY, "split"), PriceMark("S4", DAY, "restated"), PriceMark("S7", DAY, "split"), PriceMark("XX", DAY, "split")]
    assert remarkable(summary(9), marks) == ("S4", "S7", "S0", "S1", "S2")


def test_runs_of_the_quality_chart_go_from_old_to_new() -> None:
    runs = [PastQuality(str(number), 1, 0.0) for number in range(30)]
    assert [run.label for run in latest_quality(runs)] == [str(number) for number in range(19, -1, -1)]
    assert quality_chart(latest_quality(runs)) == ""
