"""The suites of adjusted prices, dividends, splits, listings and quotes: every rule is violated by some row here, and real data by none."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks.alpha_vantage.daily_adjusted import read_daily_adjusted
from tasks.alpha_vantage.dividends import read_dividends
from tasks.alpha_vantage.global_quote import read_quotes
from tasks.alpha_vantage.listing_status import read_listing_status
from tasks.alpha_vantage.splits import read_splits
from tasks.datasets.adjusted_prices import CHECKS as ADJUSTED_PRICES
from tasks.datasets.dividends import CHECKS as DIVIDENDS
from tasks.datasets.listings import CHECKS as LISTINGS
from tasks.datasets.quotes import CHECKS as QUOTES
from tasks.datasets.splits import CHECKS as SPLITS
from tasks.quality.context import Context, Market
from tasks.quality.rules import Suite
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.quality.validation_target import ValidationTarget
from tasks.quality.verdict import Verdict
from tasks.records import CapturedBody
from tasks.sessions import session_days

ROOT = Path(__file__).resolve().parents[3]
RECORDED = ROOT / ".." / "shared" / "recorded"
OBSERVED = datetime(2026, 5, 17, 12, tzinfo=UTC)
SUITES = {
    judged.name: load_suite(ROOT / "expectations" / f"{judged.name}.json", judged)
    for judged in (ADJUSTED_PRICES, DIVIDENDS, SPLITS, LISTINGS, QUOTES)
}

Texts = dict[str, str]
Reader = Callable[[Iterable[CapturedBody]], Any]


def judge(judged: ValidationTarget, rows: pa.Table, asked: Sequence[str], suite: Suite | None = None) -> Verdict:
    context = Context(Market(session_days(), date(2026, 5, 15)), asked, limit=1.0)
    return validate(rows, judged, suite or SUITES[judged.name], run_id="run-1", context=context)


def parsed(read: Reader, body: bytes, symbol: str = "IBM") -> pa.Table:
    table: pa.Table = read([CapturedBody(symbol, "raw/x", OBSERVED, body)]).table
    return table


def adjusted(rows: Sequence[Texts], symbol: str = "IBM") -> pa.Table:
    names = ("open", "high", "low", "close", "adjusted close", "volume", "dividend amount", "split coefficient")
    series = [(row["session"], {f"{place}. {name}": row[name] for place, name in enumerate(names, 1)}) for row in rows]
    # By hand, because a session may be told twice.
    members = ", ".join(f"{json.dumps(session)}: {json.dumps(values)}" for session, values in series)
    body = f'{{"Meta Data": {{"2. Symbol": "{symbol}"}}, "Time Series (Daily)": {{{members}}}}}'.encode()
    return parsed(read_daily_adjusted, body, symbol)


def events(read: Reader, rows: Sequence[Texts], symbol: str = "IBM") -> pa.Table:
    return parsed(read, json.dumps({"symbol": symbol, "data": rows}).encode(), symbol)


def listings(rows: Sequence[Texts], symbol: str = "IBM") -> pa.Table:
    header = "symbol,name,exchange,assetType,ipoDate,delistingDate,status"
    lines = [",".join({**row, "symbol": symbol if row["symbol"].isupper() else symbol.lower()}.values()) for row in rows]
    return parsed(read_listing_status, "\n".join([header, *lines]).encode(), "")


def quotes(rows: Sequence[Texts], symbol: str = "IBM") -> pa.Table:
    bodies = []
    for number, row in enumerate(rows):
        texts = {f"{place:02}. {name}": text for place, (name, text) in enumerate(row.items(), 1) if name != "minute"}
        observed_at = OBSERVED + timedelta(minutes=int(row.get("minute", "0")))
        body = json.dumps({"Global Quote": {**texts, "01. symbol": symbol}}).encode()
        bodies.append(CapturedBody(symbol, f"raw/{number}", observed_at, body))
    table: pa.Table = read_quotes(bodies).table
    return table


def quote(minute: str = "1", **changes: str) -> Texts:
    return QUOTE | {"minute": minute, **{name.replace("_", " "): text for name, text in changes.items()}}


def bar(session: str = "2026-05-14", price: str = "100", **changes: str) -> Texts:
    sound = {"session": session, **dict.fromkeys(("open", "high", "low", "close", "adjusted close"), price)}
    return {
        **sound,
        "volume": "5",
        "dividend amount": "0.0000",
        "split coefficient": "1.0",
        **{k.replace("_", " "): v for k, v in changes.items()},
    }


DIVIDEND = {
    "ex_dividend_date": "2026-05-08",
    "declaration_date": "2026-04-22",
    "record_date": "2026-05-08",
    "payment_date": "2026-06-10",
    "amount": "1.69",
}
SPLIT = {"effective_date": "1999-05-27", "split_factor": "2.0000"}
LISTING = {
    "symbol": "IBM",
    "name": "International Business Machines Corp",
    "exchange": "NYSE",
    "asset_type": "Stock",
    "ipo_date": "1962-01-02",
    "delisting_date": "null",
    "status": "Active",
}

QUOTE = {
    "symbol": "IBM",
    "open": "100",
    "high": "103",
    "low": "99",
    "price": "102",
    "volume": "5000",
    "latest trading day": "2026-05-15",
    "previous close": "101",
    "change": "1",
    "change percent": "0.9901%",
}

# Per suite and reason the rows beside a sound one; reasons that raw daily prices have as well are proved there.
VIOLATIONS: Mapping[str, Mapping[str, Sequence[Texts]]] = {
    "adjusted_prices": {
        "adjusted close is not a number": [bar(adjusted_close="n/a")],
        "adjusted close does not fit DECIMAL(38,20)": [bar(adjusted_close="0.123456789012345678901")],
        "adjusted close is not above zero": [bar(adjusted_close="0")],
        "dividend amount is not a number": [bar(dividend_amount="None")],
        "dividend amount does not fit DECIMAL(28,13)": [bar(dividend_amount="0.12345678901234")],
        "dividend amount is below zero": [bar(dividend_amount="-0.5")],
        "split coefficient is not a number": [bar(split_coefficient="2:1")],
        "split coefficient does not fit DECIMAL(28,13)": [bar(split_coefficient="1.12345678901234")],
        "split coefficient is not above zero": [bar(split_coefficient="0.0")],
        "adjusted close does not follow from its parts": [bar(adjusted_close="99")],
        "move that no split explains": [bar(price="49")],
    },
    "dividends": {
        "ex dividend date is no date": [{**DIVIDEND, "ex_dividend_date": "None"}],
        **{
            f"{name} date is no date": [{**DIVIDEND, "amount": "1", f"{name}_date": "soon"}]
            for name in ("declaration", "record", "payment")
        },
        "amount is not a number": [{**DIVIDEND, "amount": "a lot"}],
        "amount does not fit DECIMAL(28,13)": [{**DIVIDEND, "amount": "0.12345678901234"}],
        "amount is zero": [{**DIVIDEND, "amount": "0.00"}],
        "amount is below zero": [{**DIVIDEND, "amount": "-0.5"}],
        "dividend told twice, differently": [{**DIVIDEND, "payment_date": "2026-06-11"}],
        "dates are out of order": [{**DIVIDEND, "amount": "1", "payment_date": "2026-05-07"}],
        "amount is unusually large": [{**DIVIDEND, "amount": "100.01"}],
    },
    "splits": {
        "effective date is no date": [{**SPLIT, "effective_date": "1999-02-30"}],
        "split factor is not a number": [{**SPLIT, "effective_date": "2001-01-02", "split_factor": "2:1"}],
        "split factor does not fit DECIMAL(28,13)": [{**SPLIT, "effective_date": "2001-01-02", "split_factor": "0.12345678901234"}],
        "split factor is not above zero": [{**SPLIT, "effective_date": "2001-01-02", "split_factor": "-2"}],
        "split told twice, differently": [{**SPLIT, "split_factor": "3"}],
        "split factor is one": [{**SPLIT, "effective_date": "2001-01-02", "split_factor": "1.0000"}],
        "split factor is unusual": [{**SPLIT, "effective_date": "2001-01-02", "split_factor": "1001"}],
    },
    "listings": {
        "symbol has no form that listings use": [{**LISTING, "symbol": "ibm"}],
        "ipo date is no date": [{**LISTING, "ipo_date": "1962-13-01"}],
        "delisting date is no date": [{**LISTING, "status": "Delisted", "delisting_date": "2020-13-01"}],
        "a text does not fit its column": [
            {**LISTING, "name": "\u00e9" * 257},
            {**LISTING, "symbol": "A" * 33},
            {**LISTING, "symbol": " "},
        ],
        "status is unknown": [{**LISTING, "status": "Sleeping"}],
        "status contradicts delisting date": [{**LISTING, "delisting_date": "2020-01-02"}],
        "delisting date is before ipo date": [{**LISTING, "status": "Delisted", "delisting_date": "1961-01-03"}],
        "ipo date lies in the future": [{**LISTING, "ipo_date": "2027-01-04"}],
        "delisting date lies in the future": [{**LISTING, "status": "Delisted", "delisting_date": "2027-01-04"}],
        "exchange is unknown": [{**LISTING, "exchange": "MOON"}],
        "asset type is unknown": [{**LISTING, "asset_type": "Bond"}],
    },
    "quotes": {
        "latest trading day is no date": [quote(latest_trading_day="soon")],
        "price is not a number": [quote(price="n/a")],
        "price does not fit DECIMAL(18,6)": [quote(price="102.0000001")],
        "price is not above zero": [quote(price="0", change="-101")],
        "previous close is not a number": [quote(previous_close="None")],
        "previous close does not fit DECIMAL(18,6)": [quote(previous_close="101.0000001")],
        "previous close is not above zero": [quote(previous_close="0", change="102")],
        "change is not a number": [quote(change="up")],
        "change does not fit DECIMAL(18,6)": [quote(change="1.0000001")],
        "price is outside low to high": [quote(price="104", change="3")],
        "quote told twice, differently": [quote(minute="0", volume="5001")],
        "change does not follow from price and previous close": [quote(change="2")],
    },
}
MADE: Mapping[str, tuple[ValidationTarget, Callable[[Sequence[Texts], str], pa.Table], Texts]] = {
    "adjusted_prices": (ADJUSTED_PRICES, adjusted, bar("2026-05-13")),
    "dividends": (DIVIDENDS, lambda rows, symbol: events(read_dividends, rows, symbol), DIVIDEND),
    "splits": (SPLITS, lambda rows, symbol: events(read_splits, rows, symbol), SPLIT),
    "listings": (LISTINGS, listings, LISTING),
    "quotes": (QUOTES, quotes, QUOTE),
}
CASES = [(suite, reason) for suite, reasons in VIOLATIONS.items() for reason in reasons]

# The parser never gives rows like these, or they are missing members; every suite shares the rule with daily prices, which prove it.
SHARED = {
    "symbol is missing",
    "symbol has no form that listings use",
    "symbol was not asked for",
    "too few listings",
    "amount is missing",
    "split factor is missing",
    "adjusted close is missing",
    "dividend amount is missing",
    "split coefficient is missing",
    "price is missing",
    "previous close is missing",
    "change is missing",
}


SYMBOLS = {case: f"V{number:03}" for number, case in enumerate(CASES)}
"""A symbol for each violation, by which what is said of it can be told apart."""


@cache
def every_violation(suite: str, severity: str, kept: int | None = None) -> Verdict:
    """The verdict of one batch: beside a sound row every violation of a severity, each in a symbol of its own.

    Judged by all rules, or by every second one from ``kept`` on.
    """
    judged, make, sound = MADE[suite]
    rules = Suite(suite, SUITES[suite].rules if kept is None else SUITES[suite].rules[kept::2])
    severities = {rule.reason: rule.severity for rule in SUITES[suite].rules}
    violations = {
        SYMBOLS[suite, reason]: [sound, *rows] for reason, rows in VIOLATIONS[suite].items() if severities.get(reason) == severity
    }
    tables = [make([sound], "IBM"), *(make(rows, symbol) for symbol, rows in violations.items())]
    return judge(judged, pa.concat_tables(tables), ["IBM", *violations], rules)


def held_back(verdict: Verdict, symbol: str) -> set[str]:
    """The reasons given for a symbol's rows."""
    return {reason for row in verdict.quarantined.to_pylist() if row["symbol"].upper() == symbol for reason in row["reasons"]}


@pytest.mark.parametrize(("suite", "reason"), CASES)
def test_a_damaged_row_is_held_back_or_told_by_its_reason(suite: str, reason: str) -> None:
    rule = next(rule for rule in SUITES[suite].rules if rule.reason == reason)
    verdict, symbol = every_violation(suite, rule.severity), SYMBOLS[suite, reason]
    if rule.severity == "critical":
        assert reason in held_back(verdict, symbol)
        # Nothing else is said of the row, but where two rows contradict one another or a date contradicts another.
        assert held_back(verdict, symbol) <= {reason, "status contradicts delisting date"}
    else:
        (told,) = [re.match(r"(.+): (\d+) [a-z ]+ \((.+)\)\. ", each) for each in verdict.warnings if each.startswith(f"{reason}: ")]
        assert told is not None
        symbols = told[3].upper().split(", ")
        assert symbol in symbols
        assert int(told[2]) == len(symbols)
        assert verdict.reason_counts == {}


def daily_reasons() -> set[str]:
    return {entry["meta"]["reason"] for entry in json.loads((ROOT / "expectations" / "daily_prices.json").read_text())["expectations"]}


@pytest.mark.parametrize("suite", VIOLATIONS)
def test_every_rule_that_is_not_shared_with_daily_prices_is_violated_above(suite: str) -> None:
    assert {rule.reason for rule in SUITES[suite].rules} - daily_reasons() - SHARED == set(VIOLATIONS[suite]) - SHARED


_OF_SYMBOL = {"symbol is missing", "symbol has no form that listings use", "symbol was not asked for"}
_GIVEN = {"adjusted close is missing", "dividend amount is missing", "split coefficient is missing"}

# What is only looked at and not kept may have any number of digits.
_NOT_KEPT = {f"{name} does not fit DECIMAL(18,6)" for name in ("open", "high", "low")}


@pytest.mark.parametrize(
    ("suite", "shared"),
    [
        ("adjusted_prices", (daily_reasons() - _NOT_KEPT) | _GIVEN),
        ("dividends", _OF_SYMBOL | {"amount is missing"}),
        ("splits", _OF_SYMBOL | {"split factor is missing"}),
        ("listings", {"symbol is missing", "too few listings"}),
        (
            "quotes",
            {reason for reason in daily_reasons() if reason.split()[0] in {"symbol", "open", "high", "low", "volume"}}
            - {"symbol without a bar", "volume is unusually small"}
            | {"session is none of its exchange", "session lies in the future"}
            | {"price is missing", "previous close is missing", "change is missing"},
        ),
    ],
)
def test_no_rule_that_a_suite_shares_can_be_taken_out_unnoticed(suite: str, shared: set[str]) -> None:
    assert {rule.reason for rule in SUITES[suite].rules} == set(VIOLATIONS[suite]) | shared


@pytest.mark.parametrize("suite", VIOLATIONS)
@pytest.mark.parametrize("kept", [0, 1])
def test_what_a_rule_finds_is_not_found_without_it(suite: str, kept: int) -> None:
    known = {rule.reason for rule in SUITES[suite].rules[kept::2]}
    for severity in ("critical", "warning"):
        verdict = every_violation(suite, severity, kept)
        found = {*verdict.reason_counts, *(each.split(":")[0] for each in verdict.warnings)}
        assert found & VIOLATIONS[suite].keys() <= known
        assert found >= {rule.reason for rule in SUITES[suite].rules if rule.severity == severity} & known & VIOLATIONS[suite].keys()


@pytest.mark.parametrize("suite", MADE)
def test_a_sound_row_raises_no_word(suite: str) -> None:
    judged, make, sound = MADE[suite]
    verdict = judge(judged, make([sound], "IBM"), ["IBM"])
    assert (verdict.reason_counts, verdict.warnings, verdict.hard_failures, verdict.accepted_rows) == ({}, (), (), 1)


def test_a_split_and_a_dividend_explain_the_adjusted_close() -> None:
    before = bar("2026-05-13", "100", adjusted_close="49.0")
    after = bar("2026-05-14", "49", adjusted_close="50", dividend_amount="4.0408163265306", split_coefficient="2")
    verdict = judge(ADJUSTED_PRICES, adjusted([after, before]), ["IBM"])
    assert verdict.warnings == ()
    wrong = judge(ADJUSTED_PRICES, adjusted([{**after, "split coefficient": "1"}, before]), ["IBM"])
    assert [each.split(":")[0] for each in wrong.warnings] == [
        "adjusted close does not follow from its parts",
        "move that no split explains",
    ]


def test_a_close_of_zero_is_held_back_and_no_neighbour_is_blamed_for_it() -> None:
    bars = [bar("2026-05-14"), bar("2026-05-13", close="0"), bar("2026-05-12", adjusted_close="0"), bar("2026-05-11")]
    verdict = judge(ADJUSTED_PRICES, adjusted(bars), ["IBM"])
    assert verdict.reason_counts == {"close is not above zero": 1, "adjusted close is not above zero": 1}
    assert verdict.warnings == ()
    both = judge(ADJUSTED_PRICES, adjusted([bar("2026-05-14"), bar("2026-05-13", close="0", adjusted_close="0")]), ["IBM"])
    assert (both.accepted_rows, both.warnings) == (1, ())


def test_the_quarantine_keeps_the_strings_of_any_dataset() -> None:
    verdict = judge(SPLITS, events(read_splits, [SPLIT, {**SPLIT, "effective_date": "soon"}]), ["IBM"])
    (kept,) = verdict.quarantined.to_pylist()
    assert (kept["effective_date_text"], kept["split_factor_text"]) == ("soon", "2.0000")
    assert (verdict.examples[0].session_text, verdict.examples[0].values) == ("soon", {"split_factor": "2.0000"})


def recorded(folder: str, name: str) -> bytes:
    path = RECORDED / folder / name
    if not path.is_file():
        pytest.skip("recorded answers are not beside this checkout")
    return path.read_bytes()


def csv_rows(text: bytes) -> list[Texts]:
    header, *lines = [line.split(",") for line in text.decode().splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


@pytest.mark.parametrize("name", ["time_series_daily_adjusted-ibm-2025-11-08.csv", "time_series_daily_adjusted-ibm-2026-05-17.csv"])
def test_recorded_adjusted_prices_raise_no_false_alarm(name: str) -> None:
    rows = [
        {**{column.replace("_", " "): text for column, text in row.items()}, "session": row["timestamp"]}
        for row in csv_rows(recorded("prices", name))
    ]
    verdict = judge(ADJUSTED_PRICES, adjusted(rows), ["IBM"])
    assert (verdict.accepted_rows, verdict.reason_counts, verdict.warnings) == (100, {}, ())


def test_the_recorded_history_of_adjusted_prices_raises_no_false_alarm() -> None:
    table = parsed(read_daily_adjusted, recorded("prices", "time_series_daily_adjusted-msft-2019-11-30.json"), "MSFT")
    verdict = judge(ADJUSTED_PRICES, table, ["MSFT"])
    assert verdict.reason_counts == {}
    assert verdict.warnings == ()
    assert verdict.accepted_rows == table.num_rows > 5_000


@pytest.mark.parametrize("moment", ["2025-11-08", "2026-05-17"])
def test_recorded_events_and_listings_raise_no_false_alarm(moment: str) -> None:
    dividends = events(read_dividends, csv_rows(recorded("events", f"dividends-ibm-{moment}.csv")))
    splits = events(read_splits, csv_rows(recorded("events", f"splits-ibm-{moment}.csv")))
    listed = parsed(read_listing_status, recorded("listings", f"listing_status-active-{moment}.csv"), "")
    for judged, rows in ((DIVIDENDS, dividends), (SPLITS, splits), (LISTINGS, listed)):
        verdict = judge(judged, rows, ["IBM"] if judged is not LISTINGS else [])
        assert (verdict.reason_counts, verdict.hard_failures) == ({}, ()), judged.name
        # Four symbols of twelve thousand are spelt as nothing can be asked: BC/PB, NXT(EXP20091224) and their like.
        assert [each.split(" (")[0] for each in verdict.warnings] == ["symbol has no form that listings use: 4 listings"] * (
            judged is LISTINGS
        )
        assert verdict.accepted_rows == rows.num_rows > 0
    assert np.all(np.array(listed.column("status").to_pylist()) == "Active")
