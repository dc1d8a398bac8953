"""Made-up bars, some of them damaged, and an independent reference that decides which: vectorised, from the strings alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from tasks.alpha_vantage.exact import decimals, integers, sessions
from tasks.schema import INSTANT, PARSED_DAILY_PRICES, PRICE

NEWEST = date(2026, 6, 1)
SESSIONS = np.array([day for day in np.arange("1999-11-01", "2027-01-01", dtype="datetime64[D]") if np.is_busday(day)])
PRICES = ("open", "high", "low", "close")
BARS_OF_A_SYMBOL = 2_000

_TEXTS = ("symbol", "session_text", "open_text", "high_text", "low_text", "close_text", "volume_text")
_PRICE_DAMAGE = ["0", "-3.5", "abc", "", None, "12.3456789", "1234567890123", "1e3", "1000000"]
_DAMAGE: dict[str, list[str | None]] = {
    "symbol": ["", "aapl", "NOBODY-ASKED", "TOO LONG FOR ANY LISTING TO CARRY"],
    "session_text": ["2026-06-02", "2026-05-31", "2020-02-30", "1999-10-29", "20200101", ""],
    **dict.fromkeys(("open_text", "high_text", "low_text", "close_text"), _PRICE_DAMAGE),
    "volume_text": ["-1", "1.5", None, "", "N/A", "9223372036854775808"],
}


def symbols_of(rows: int) -> list[str]:
    """The symbols that were asked for."""
    return [f"S{number}" for number in range(-(-rows // BARS_OF_A_SYMBOL))]


def delivered(rows: int, share: float, seed: int = 20261120) -> pd.DataFrame:
    """Bars as strings, symbol by symbol, newest first; about ``share`` of them with one or two damaged strings."""
    random = np.random.default_rng(seed)
    place = np.arange(rows)
    tail = SESSIONS[np.datetime64(NEWEST) >= SESSIONS][-BARS_OF_A_SYMBOL:][::-1].astype(str)
    low = random.integers(10_000, 9_000_000, rows)
    step = random.integers(0, 9_000, rows)
    strings = {name: _price_text(low + add) for name, add in zip(PRICES, (step // 2, step, 0 * step, step // 3), strict=True)}
    frame = pd.DataFrame(
        {
            "symbol": np.array(symbols_of(rows), dtype=object)[place // BARS_OF_A_SYMBOL],
            "session_text": tail.astype(object)[place % BARS_OF_A_SYMBOL],
            **{f"{name}_text": strings[name] for name in PRICES},
            "volume_text": random.integers(1, 10**9, rows).astype(str).astype(object),
        },
        dtype=object,
    )
    for _ in range(2):
        damaged = np.flatnonzero(random.random(rows) < share / 2)
        columns = random.integers(0, len(_TEXTS), len(damaged))
        for number, name in enumerate(_TEXTS):
            hit = damaged[columns == number]
            choices = np.array(_DAMAGE[name], dtype=object)
            frame.loc[hit, name] = choices[random.integers(0, len(choices), len(hit))]
    return frame


def _price_text(scaled: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    whole, rest = np.divmod(scaled, 10_000)
    return np.char.add(np.char.add(whole.astype(str), "."), np.char.zfill(rest.astype(str), 4)).astype(object)


def texts_of(frame: pd.DataFrame) -> dict[str, pa.Array[Any]]:
    """The strings as Arrow columns."""
    return {name: pa.array(frame[name].tolist(), pa.string()) for name in _TEXTS}


def typed(texts: dict[str, pa.Array[Any]]) -> pa.Table:
    """The table that the parser would give."""
    rows = len(texts["symbol"])
    columns: dict[str, Any] = dict(texts)
    columns["session_date"] = sessions(texts["session_text"])
    for name in PRICES:
        columns[name] = decimals(texts[f"{name}_text"], PRICE)
    columns["volume"] = integers(texts["volume_text"])
    columns["observed_at"] = pa.array(np.full(rows, np.datetime64("2026-07-01T00:00:00", "us")), INSTANT)
    columns["capture_key"] = pa.repeat("raw/x.json.gz", rows)
    return pa.table([columns[name] for name in PARSED_DAILY_PRICES.names], schema=PARSED_DAILY_PRICES)


def reference(frame: pd.DataFrame, asked: list[str]) -> dict[str, npt.NDArray[np.bool_]]:
    """Per reason which bars it holds back, decided from the strings without the gate, its types or its library."""
    reasons: dict[str, npt.NDArray[np.bool_]] = {}
    symbol = frame["symbol"].astype("string")
    has_form = _matches(symbol, r"[A-Z0-9.:^=-]{1,32}")
    reasons["symbol has no form that listings use"] = ~has_form
    reasons["symbol was not asked for"] = has_form & ~symbol.isin(asked).to_numpy()
    session = frame["session_text"].astype("string")
    day = pd.to_datetime(session.where(_matches(session, r"\d{4}-\d\d-\d\d")), format="%Y-%m-%d", errors="coerce")
    is_date, is_late = day.notna().to_numpy(), (day > pd.Timestamp(NEWEST)).to_numpy()
    reasons["session is no date"] = ~is_date
    reasons["session lies in the future"] = is_late
    reasons["session is none of its exchange"] = is_date & ~is_late & ~day.isin(pd.to_datetime(SESSIONS)).to_numpy()
    value: dict[str, npt.NDArray[np.int64]] = {}
    sound: dict[str, npt.NDArray[np.bool_]] = {}
    for name in PRICES:
        text = frame[f"{name}_text"].astype("string")
        parts = text.str.extract(r"^(-?)([0-9]{1,12})(?:\.([0-9]{1,6}))?$")
        fits = parts[1].notna().to_numpy()
        micro = (
            parts[1].fillna("0").astype("int64").to_numpy() * 10**6
            + parts[2].fillna("").str.pad(6, side="right", fillchar="0").astype("int64").to_numpy()
        )
        value[name] = np.where(parts[0].eq("-").fillna(value=False).to_numpy(bool), -micro, micro)
        is_number, is_given = _matches(text, r"-?[0-9]+(?:\.[0-9]+)?"), text.notna().to_numpy()
        sound[name] = fits & (value[name] > 0)
        reasons[f"{name} is missing"] = ~is_given
        reasons[f"{name} is not a number"] = is_given & ~is_number
        reasons[f"{name} does not fit DECIMAL(18,6)"] = is_number & ~fits
        reasons[f"{name} is not above zero"] = fits & ~sound[name]
    crossed = sound["low"] & sound["high"] & (value["low"] > value["high"])
    reasons["high is below low"] = crossed
    for name in ("open", "close"):
        below = sound["low"] & (value[name] < value["low"])
        above = sound["high"] & (value[name] > value["high"])
        reasons[f"{name} is outside low to high"] = sound[name] & (below | above) & ~crossed
    volume = frame["volume_text"].astype("string")
    whole = _matches(volume, r"-?[0-9]+")
    fits_bigint = whole & _matches(volume, r"-[0-9]{1,18}|[0-9]{1,17}|10{17}")
    reasons["volume is missing"] = volume.isna().to_numpy()
    reasons["volume is not a whole number"] = volume.notna().to_numpy() & ~whole
    reasons["volume does not fit BIGINT"] = whole & ~fits_bigint
    reasons["volume is below zero"] = fits_bigint & volume.str.startswith("-").fillna(value=False).to_numpy(bool)
    told = pd.DataFrame({"symbol": symbol, "day": day})[is_date & symbol.notna().to_numpy()]
    twice = np.zeros(len(frame), dtype=np.bool_)
    twice[told.index[told.duplicated(keep=False)]] = True
    reasons["session told twice, differently"] = twice
    return reasons


def _matches(text: Any, pattern: str) -> npt.NDArray[np.bool_]:
    return np.asarray(text.str.fullmatch(pattern).fillna(value=False), dtype=np.bool_)
