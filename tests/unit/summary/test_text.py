import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import jsonschema

from tasks.records import Outcome, Status
from tasks.summary import RunSummary, SymbolSummary
from tasks.summary.markdown import render_markdown, render_steps, render_table
from tasks.summary.run_summary import (
    ByteSummary,
    CallSummary,
    DatasetSummary,
    ErrorSummary,
    PlaceSummary,
    QuarantinedExample,
    QuarantineSummary,
    RowSummary,
)
from tasks.summary.text import render_headline, render_text

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "run_summary.schema.json"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

COMPLETED = RunSummary(
    run_id="20261120T120000Z-1a2b3c4d",
    flow="daily_prices",
    environment="dev",
    source="synthetic",
    plan="premium_75",
    status=Status.COMPLETED,
    exit_code=0,
    as_of=NOW,
    started_at=NOW,
    finished_at=NOW,
    due_session=date(2026, 11, 19),
    first_session=date(2026, 7, 1),
    last_session=date(2026, 11, 19),
    symbol_count=2,
    symbols=(
        SymbolSummary(symbol="AAPL", outcome=Outcome.LOADED, bars_loaded=100),
        SymbolSummary(symbol="DMGD", outcome=Outcome.LOADED, bars_loaded=99, bars_quarantined=1),
    ),
    calls=CallSummary(planned=2, answered=2, sent=2),
    rows=RowSummary(parsed=200, accepted=199, quarantined=1, curated=199, staged=199, new=199),
    quarantine=QuarantineSummary(
        rate=0.005,
        limit=0.05,
        reasons={"high is below low": 1},
        examples=(
            QuarantinedExample(
                symbol="DMGD",
                session="2026-09-02",
                reasons=("high is below low",),
                values={"high": "51.76", "low": "53.52", "volume": None},
                capture_key="raw/x.json.gz",
            ),
        ),
    ),
    bytes=ByteSummary(raw=42_000, raw_stored=5_000, curated=7_000),
    seconds_per_step={"plan": 0.1, "extract": 1.5},
    places=PlaceSummary(page="s3://lake/quality/x/index.html", table="market.fact_daily_price"),
    next_commands=("tickerhouse open last",),
)


def test_the_summary_says_what_happened_in_words_and_numbers() -> None:
    text = render_text(COMPLETED, lambda address: address.replace("s3://lake", "/files"))
    for line in (
        "Completed: 2 symbols, session 2026-11-19 was due",
        "2 loaded",
        "2026-07-01 to 2026-11-19",
        "200 parsed · 0 deferred · 1 quarantined · 199 curated",
        "199 new · 0 changed · 0 unchanged",
        "0.5 % of the bars (the gate closes above 5 %)",
        "DMGD 2026-09-02: high is below low (high 51.76, low 53.52, volume absent)",
        "42.0 kB raw, 7.0 kB curated (6.0 : 1)",
        "plan 0.1 · extract 1.5",
        "/files/quality/x/index.html",
        "tickerhouse open last",
    ):
        assert line in text


def test_an_open_gate_says_from_how_many_rows_its_share_closes_it() -> None:
    few = COMPLETED.quarantine.model_copy(update={"rate": 0.2, "least_rows": 5})
    assert "20 % of the bars (the gate closes above 5 % and from 5 bars on)" in render_text(
        COMPLETED.model_copy(update={"quarantine": few}), str
    )


def test_rows_that_the_gate_does_not_count_are_no_share_of_zero() -> None:
    """A dividend of 0 moves nothing."""
    harmless = COMPLETED.quarantine.model_copy(update={"rate": 0.0})
    text = render_text(COMPLETED.model_copy(update={"quarantine": harmless, "flow": "corporate_actions"}), str)
    assert "quarantined 1 row, which the gate does not count" in text
    assert "0 %" not in text


def test_a_run_that_was_up_to_date_is_said_in_one_line() -> None:
    summary = COMPLETED.model_copy(update={"status": Status.UP_TO_DATE, "symbols": (), "held": 2})
    text = render_text(summary, str)
    assert "\n" not in text
    assert text.startswith("UpToDate: all 2 symbols hold session 2026-11-19")


def test_a_backfill_without_a_call_speaks_of_its_range() -> None:
    changes = {"status": Status.UP_TO_DATE, "symbols": (), "flow": "backfill", "due_session": None, "symbol_count": 2}
    headline = render_headline(COMPLETED.model_copy(update=changes))
    assert headline == "UpToDate: all 2 symbols lack no session of the range that the source can give"


def test_what_broke_a_run_is_said_with_the_way_out() -> None:
    error = ErrorSummary(name="BucketMissing", fact="Bucket x is not there.", way_out="See TICKERHOUSE_BUCKET.", step="plan")
    text = render_text(COMPLETED.model_copy(update={"status": Status.FAILED, "error": error}), str)
    assert "BucketMissing: Bucket x is not there." in text
    assert "See TICKERHOUSE_BUCKET." in text


def test_addresses_of_a_way_out_are_what_the_reader_can_open() -> None:
    error = ErrorSummary(name="GateClosed", fact="3 of 6 bars are quarantined.", way_out="See s3://lake/quality/x/index.html.", step="gate")
    text = render_text(
        COMPLETED.model_copy(update={"status": Status.GATE_CLOSED, "error": error}), lambda text: text.replace("s3://lake", "lake")
    )
    assert "              See lake/quality/x/index.html.\n" in text


def test_the_summary_is_what_its_schema_says() -> None:
    schema = json.loads(SCHEMA.read_text())
    assert schema == RunSummary.model_json_schema(mode="serialization")
    jsonschema.validate(json.loads(COMPLETED.model_dump_json()), schema)


def test_the_summary_survives_a_round_trip() -> None:
    assert RunSummary.model_validate_json(COMPLETED.model_dump_json()) == COMPLETED


def test_a_summary_of_version_1_is_read_with_the_words_of_today() -> None:
    stored = json.loads(COMPLETED.model_dump_json()) | {"schema_version": 1}
    stored["symbols"][0]["outcome"], stored["symbols"][1]["outcome"] = "landed", "not_asked"
    read = RunSummary.model_validate(stored)
    assert (read.schema_version, [symbol.outcome for symbol in read.symbols]) == (2, ["loaded", "skipped"])


def test_the_artifacts_say_the_same() -> None:
    assert [row["symbol"] for row in render_table(COMPLETED, {})] == ["AAPL", "DMGD"]
    markdown = render_markdown(COMPLETED)
    assert markdown.startswith("### Completed: 2 symbols")
    assert "s3://lake/quality/x/index.html" in markdown
    assert "```" not in markdown


def test_every_table_of_the_report_has_as_many_cells_as_heads() -> None:
    hostile = COMPLETED.model_copy(update={"warnings": ("a | b\n<script>",), "symbols": (DAMAGED,)})
    for block in re.findall(r"(?:^\|.*\n?)+", render_markdown(hostile), re.MULTILINE):
        lines = [re.sub(r"\\\|", "", line).count("|") for line in block.splitlines()]
        assert len(lines) >= 3
        assert len(set(lines)) == 1, block
    assert "<script>" not in render_markdown(hostile)
    assert "a \\| b &lt;script\\>" in render_markdown(hostile)


DAMAGED = SymbolSummary(symbol="A|B", outcome=Outcome.REFUSED, reason="x | y\nz", next_step="<b>")


def test_the_tables_are_never_empty() -> None:
    nothing = COMPLETED.model_copy(update={"status": Status.UP_TO_DATE, "symbols": (), "seconds_per_step": {}})
    assert render_table(nothing, {"IBM": date(2026, 11, 19), "AAPL": date(2026, 11, 18)}) == [
        {"symbol": name, "outcome": "up to date", "bars loaded": 0, "bars quarantined": 0, "why": f"newest session {last}", "next step": ""}
        for name, last in (("AAPL", "2026-11-18"), ("IBM", "2026-11-19"))
    ]
    assert render_table(nothing, {})[0]["outcome"] == render_headline(nothing)
    assert render_steps(nothing) == [{"step": "none", "seconds": 0.0, "share": ""}]
    assert [row["share"] for row in render_steps(COMPLETED.model_copy(update={"seconds_per_step": {"plan": 1.0, "load": 3.0}}))] == [
        "25 %",
        "75 %",
    ]


def test_a_headline_names_datasets_where_no_symbol_was_due() -> None:
    events = (DatasetSummary(name="splits", table="market.fact_split", rows=RowSummary(staged=2, new=1, unchanged=1)),)
    alone = COMPLETED.model_copy(update={"symbols": (), "datasets": events, "rows": RowSummary()})
    assert render_headline(alone) == "Completed: splits loaded; all 2 symbols hold session 2026-11-19"
    assert "market.fact_split: 1 new · 0 changed · 1 unchanged" in render_text(alone, str)
    nothing = COMPLETED.model_copy(update={"status": Status.UP_TO_DATE, "symbols": (), "due_session": None})
    assert render_headline(nothing) == "UpToDate: all 2 symbols were read today"
