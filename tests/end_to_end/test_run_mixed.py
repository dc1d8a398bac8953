"""Everything at once: one run in which nearly every call meets another trouble, and none is lost track of."""

from typing import Any, Final

import pytest

from tests.end_to_end.conftest import PAST, Home

pytestmark = pytest.mark.server

ONCE: Final = {
    "ZZM001": "burst_premium",
    "ZZM002": "too_many_requests",
    "ZZM003": "truncate",
    "ZZM004": "hang",
    "ZZM005": "reset",
    "ZZM006": "html_200",
    "ZZM007": "heroku_503",
    "ZZM008": "cut_body",
}
"""Trouble that passes: what it met at first, it brings in the end."""

ALWAYS: Final = {"ZZM010": "duplicate_days", "ZZM011": "out_of_order", "ZZM012": "new_column", "ZZM013": "latency"}
"""Oddities that are data all the same."""

REFUSED: Final = {
    "ZZM020": ("wrong_symbol", "WrongSymbol"),
    "ZZM021": ("missing_column", "WrongShape"),
    "ZZM022": ("invalid_call", "InvalidCall"),
    "ZZM023": ("empty_series", "EmptyAnswer"),
}


def test_a_run_that_meets_every_trouble_keeps_track_of_every_symbol(shared: Home) -> None:
    """A run that meets every trouble at once keeps track of every symbol."""
    rules: list[dict[str, Any]] = [{"symbol": symbol, "nth": [1], "answer": trouble} for symbol, trouble in ONCE.items()]
    rules += [{"symbol": symbol, "answer": oddity} for symbol, oddity in ALWAYS.items()]
    rules += [{"symbol": symbol, "answer": trouble} for symbol, (trouble, _) in REFUSED.items()]
    # The stand-in takes five calls a second; the run believes that it may send twenty, and learns better.
    source = shared.stand_in(
        "/sources", {"kind": "synthetic", "as_of": PAST, "plan": "premium_75", "label": "mixed", "scenario": {"rules": rules}}
    )
    healthy = [f"ZZM{number:03d}" for number in range(30, 40)]
    symbols = [*ONCE, *ALWAYS, *REFUSED, *healthy]
    ended = shared.call(
        "run",
        "--symbols",
        ",".join(symbols),
        "--as-of",
        PAST,
        TICKERHOUSE_API_URL=source["url"],
        TICKERHOUSE_ENVIRONMENT="mixed",
        TICKERHOUSE_PLAN="premium_1200",
        TICKERHOUSE_REQUEST_TIMEOUT="3",
        TICKERHOUSE_RETRY_TOTAL="40",
    )
    assert ended.exit_status == 3, ended.out + ended.err
    summary = shared.last_run()
    outcomes = {symbol["symbol"]: symbol["outcome"] for symbol in summary["symbols"]}
    assert outcomes == {symbol: "refused" if symbol in REFUSED else "loaded" for symbol in symbols}
    assert {each["symbol"]: each["name"] for each in summary["refusals"]} == {symbol: name for symbol, (_, name) in REFUSED.items()}
    assert all(each["next_step"] for each in summary["symbols"] if each["outcome"] == "refused")
    assert any("vwap" in warning for warning in summary["warnings"])

    met = shared.stand_in(f"/sources/{source['id']}/requests")["answers"]
    assert set(ONCE.values()) <= set(met)
    assert sum(met.values()) == summary["calls"]["sent"]
    rows, bars = summary["rows"], shared.bars(TICKERHOUSE_ENVIRONMENT="mixed")
    assert rows["parsed"] == rows["deferred"] + rows["accepted"] + rows["quarantined"]
    # A session that is there twice with two volumes is held back; which one is right, nobody can tell.
    assert {example["symbol"] for example in summary["quarantine"]["examples"]} == {"ZZM010"}
    assert len(bars) == rows["new"] == rows["accepted"] == 100 * (len(symbols) - len(REFUSED)) - 2
    assert len({tuple(bar.split(",")[:2]) for bar in bars}) == len(bars)
