"""An independent reference decides row by row, from the strings alone, which bars are bad and why; the gate must agree exactly."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa

from tasks.datasets.daily_prices import CHECKS as DAILY_PRICES
from tasks.quality.context import Context, Market
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.schema import PARSED_DAILY_PRICES

ROWS = 50_000
ASKED = [f"S{number:02}" for number in range(40)]
NEWEST = date(2026, 6, 1)
SESSIONS = np.array([day for day in np.arange("1999-11-01", "2027-01-01", dtype="datetime64[D]") if np.is_busday(day)])
TRADED = set(SESSIONS.astype(object))
PRICES = ("open", "high", "low", "close")
TEXTS = ("symbol", "session_text", "open_text", "high_text", "low_text", "close_text", "volume_text")

Texts = tuple[str, str, str | None, str | None, str | None, str | None, str | None]


def delivered() -> list[Texts]:
    """Sound bars, about a quarter of them damaged in one or two strings, a few delivered twice or told differently."""
    random = np.random.default_rng(20261120)
    prices = ["0", "0.000000", "-3.5", "abc", "", None, "12.3456789", "1234567890123", "1.000001", "999999999999.999999", "100"]
    symbols = ["", "aapl", "GOOGL", "TOO LONG FOR ANY LISTING TO CARRY", "S00", "S01"]
    sessions = ["2026-06-02", "2026-06-06", "2020-02-30", "1999-10-31", "20200101", "", "2020-01-04", "2020-01-03"]
    volumes = ["0", "-1", "1.5", "7.0", "9223372036854775808.0", None, "", "9223372036854775807", "9223372036854775808"]
    strange: list[list[str | None]] = [[*symbols], [*sessions], prices, prices, prices, prices, [*volumes]]
    bars: list[Texts] = []
    for number in range(ROWS):
        if bars and random.random() < 0.02:
            bars.append(bars[int(random.integers(max(0, len(bars) - 50), len(bars)))])
            if random.random() < 0.5:
                bars[-1] = (*bars[-1][:6], str(random.integers(1, 10**6)))
            continue
        low, step = int(random.integers(1, 5 * 10**8)), int(random.integers(0, 10**6))
        values = [low + step // 2, low + step, low, low + step // 3]
        session = str(SESSIONS[number // len(ASKED)])
        bar: list[str | None] = [
            ASKED[number % len(ASKED)],
            session,
            *(f"{value / 10**4:.4f}" for value in values),
            str(random.integers(1, 10**9)),
        ]
        if random.random() < 0.25:
            for place in random.integers(0, len(TEXTS), size=int(random.integers(1, 3))):
                bar[place] = strange[place][int(random.integers(0, len(strange[place])))]
        bars.append((str(bar[0]), str(bar[1]), *bar[2:]))  # type: ignore[arg-type]  # the tail is as long as the type says
    return bars


def as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def as_price(text: str | None) -> Decimal | None:
    if text is None or not re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text):
        return None
    return Decimal(text)


def as_volume(text: str | None) -> int | None:
    whole = re.fullmatch(r"(-?\d+)(?:\.0+)?", text or "")
    return int(whole[1]) if whole and -(2**63) <= int(whole[1]) < 2**63 else None


def why(bar: Texts) -> set[str]:
    """The reasons that one bar gives by itself."""
    symbol, session, *prices, volume = bar
    return {*why_symbol(symbol), *why_session(as_date(session)), *why_prices(dict(zip(PRICES, prices, strict=True))), *why_volume(volume)}


def why_symbol(symbol: str) -> Iterator[str]:
    if not re.fullmatch(r"[A-Z0-9.:^=-]{1,32}", symbol):
        yield "symbol has no form that listings use"
    elif symbol not in ASKED:
        yield "symbol was not asked for"


def why_session(session: date | None) -> Iterator[str]:
    if session is None:
        yield "session is no date"
    elif session > NEWEST:
        yield "session lies in the future"
    elif session not in TRADED:
        yield "session is none of its exchange"


def why_prices(texts: dict[str, str | None]) -> Iterator[str]:
    prices = {name: as_price(text) for name, text in texts.items()}
    sound = {name: price for name, price in prices.items() if price is not None and price > 0}
    for name in texts.keys() - sound.keys():
        if texts[name] is None:
            yield f"{name} is missing"
        else:
            is_number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", texts[name] or "")
            misfit = f"{name} does not fit DECIMAL(18,6)" if is_number else f"{name} is not a number"
            yield misfit if prices[name] is None else f"{name} is not above zero"
    low, high = sound.get("low", Decimal(0)), sound.get("high", Decimal("Infinity"))
    if high < low:
        yield "high is below low"
    else:
        yield from (f"{name} is outside low to high" for name in ("open", "close") if name in sound and not low <= sound[name] <= high)


def why_volume(text: str | None) -> Iterator[str]:
    volume = as_volume(text)
    if text is None:
        yield "volume is missing"
    elif volume is None or volume > 10**17:
        yield "volume does not fit BIGINT" if re.fullmatch(r"-?[0-9]+(\.0+)?", text) else "volume is not a whole number"
    elif volume < 0:
        yield "volume is below zero"


def test_the_gate_agrees_with_the_reference_on_fifty_thousand_bars() -> None:
    """The gate agrees with the reference on every one of fifty thousand damaged bars."""
    bars = delivered()
    once = list(dict.fromkeys(bars))
    told = Counter((bar[0], as_date(bar[1])) for bar in once if as_date(bar[1]))
    twice = {"session told twice, differently"}
    expected = [(bar, why(bar) | (twice if told[bar[0], as_date(bar[1])] > 1 else set())) for bar in once]

    columns: dict[str, list[object]] = {name: [bar[place] for bar in bars] for place, name in enumerate(TEXTS)}
    columns["session_date"] = [as_date(bar[1]) for bar in bars]
    for place, name in enumerate(PRICES, start=2):
        columns[name] = [as_price(bar[place]) for bar in bars]
    columns["volume"] = [as_volume(bar[6]) for bar in bars]
    columns["observed_at"] = [datetime(2026, 7, 1, tzinfo=UTC)] * len(bars)
    columns["capture_key"] = ["raw/x.json.gz"] * len(bars)
    suite = load_suite(Path(__file__).resolve().parents[3] / "expectations" / "daily_prices.json", DAILY_PRICES)
    table = pa.table(columns, schema=PARSED_DAILY_PRICES)
    verdict = validate(table, DAILY_PRICES, suite, run_id="run-1", context=Context(Market(SESSIONS, NEWEST), ASKED))

    def texts(judged: pa.Table) -> list[tuple[object, ...]]:
        return list(zip(*(judged.column(name).to_pylist() for name in TEXTS), strict=True))

    assert texts(verdict.accepted) == [bar for bar, reasons in expected if not reasons]
    held_back = list(
        zip(texts(verdict.quarantined), (set(each or ()) for each in verdict.quarantined.column("reasons").to_pylist()), strict=True)
    )
    assert held_back == [(bar, reasons) for bar, reasons in expected if reasons]
    assert verdict.duplicates == len(bars) - len(once)

    given = {reason for _, reasons in expected for reason in reasons}
    assert given == {rule.reason for rule in suite.rules if rule.severity == "critical" and rule.columns} - {"symbol is missing"}
    assert verdict.duplicates > 300
    assert 5_000 < verdict.quarantined.num_rows < 20_000
