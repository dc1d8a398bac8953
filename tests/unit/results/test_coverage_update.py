"""What is remembered of the source's adjusted series: whole, until an event restates it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import boto3
import pyarrow as pa
import pytest
from moto import mock_aws

from tasks.bring_in import Brought
from tasks.lake.client import s3_client
from tasks.lake.coverage import read_coverage, write_coverage
from tasks.lake.keys import raw_key
from tasks.lake.store import LakeStore
from tasks.quality.gate import Gate
from tasks.quality.verdict import Verdict
from tasks.records import Call, Capture, Extraction, Observation, RefusedCall, Scope, SymbolCoverage
from tasks.reference import KINDS
from tasks.results.coverage_update import remember_read
from tasks.results.run_results import Story
from tasks.schema import PARSED_DAILY_ADJUSTED

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
WHOLE = NOW - timedelta(days=7)
HELD = SymbolCoverage(date(2000, 1, 3), date(2026, 11, 17), WHOLE, WHOLE)
ADJUSTED = "adjusted_prices"


@pytest.fixture
def lake() -> Iterator[LakeStore]:
    with mock_aws():
        client = s3_client(boto3.Session("key", "secret"), "us-east-1")
        client.create_bucket(Bucket="lake")
        yield LakeStore(client, "lake")


def answer(call: Call) -> Observation:
    key = raw_key(call.function, call.symbol, "0" * 64, NOW, "json")
    return Observation(call, Capture(key, "0" * 64, 10, 5, is_new=True), NOW, 200, "application/json", 1, "r")


def brought(size: str, dividend: str, session: date, *, is_open: bool = True) -> Story:
    blank = dict.fromkeys(PARSED_DAILY_ADJUSTED.names, None)
    bar = {**blank, "symbol": "A", "session_text": "x", "observed_at": NOW, "capture_key": "raw/x", "split_coefficient": Decimal(1)}
    bars = [{**bar, "session_date": date(2026, 11, 19), "dividend_amount": Decimal(0)}]
    bars += [{**bar, "session_date": session, "dividend_amount": Decimal(dividend)}]
    table = pa.Table.from_pylist(bars, PARSED_DAILY_ADJUSTED)
    empty = KINDS[ADJUSTED].judged.quarantined.empty_table()
    verdict = Verdict("r", ADJUSTED, 2, 0, 0, table, None, empty, (), (), {}, {}, (), ())
    own = (answer(Call("TIME_SERIES_DAILY_ADJUSTED", "A", {"outputsize": size})),)
    return Story(brought=[Brought(KINDS[ADJUSTED], own, 2, verdict=verdict, gate=Gate(is_open))])


@pytest.mark.parametrize(
    ("size", "dividend", "session", "whole_at"),
    [
        ("compact", "0.0", date(2026, 11, 18), WHOLE),
        ("compact", "0.27", date(2026, 11, 18), None),
        ("compact", "0.27", date(2026, 11, 17), WHOLE),
        ("full", "0.27", date(2026, 11, 18), NOW),
    ],
)
def test_a_dividend_among_bars_not_held_makes_the_series_due_again(
    lake: LakeStore, size: str, dividend: str, session: date, whole_at: datetime | None
) -> None:
    """A dividend among bars that were not held makes the whole series due again."""
    write_coverage(lake, ADJUSTED, {"A": HELD, "B": HELD})
    remember_read(lake, brought(size, dividend, session))
    after = read_coverage(lake, ADJUSTED)
    assert (after["A"].last_session, after["A"].full_history_at) == (date(2026, 11, 19), whole_at)
    assert after["B"] == HELD


def test_what_a_gate_kept_out_is_not_remembered_and_so_asked_for_again(lake: LakeStore) -> None:
    remember_read(lake, brought("full", "0.0", date(2026, 11, 18), is_open=False))
    assert read_coverage(lake, ADJUSTED) == {}


def test_a_fund_that_has_no_overview_is_not_asked_for_one_twice_a_day(lake: LakeStore) -> None:
    listed = answer(Call("LISTING_STATUS"))
    empty = RefusedCall(Call("OVERVIEW", "SPY"), "EmptyAnswer", Scope.SYMBOL, "", "", 1)
    unknown = RefusedCall(Call("OVERVIEW", "NOPE"), "InvalidCall", Scope.SYMBOL, "", "", 1)
    story = Story(extraction=Extraction((listed, answer(Call("OVERVIEW", "IBM"))), (empty, unknown)))
    story.brought = [Brought(KINDS["listings"], (listed,))]
    remember_read(lake, story)
    assert set(read_coverage(lake, "overviews")) == {"IBM", "SPY"}
    assert set(read_coverage(lake, "listings")) == {""}
