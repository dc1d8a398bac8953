"""A run whose gate closes loads nothing and loses nothing: what was held back is where people look for it."""

from typing import Any, Final

import pyarrow.parquet as pq
import pytest

from tests.end_to_end.conftest import PAST, Home

pytestmark = pytest.mark.server

ENVIRONMENT: Final = "gateclosed"
SYMBOL: Final = "ZZG001"


def test_what_closes_the_gate_is_kept_and_known_when_it_comes_again(shared: Home) -> None:
    """What closes the gate was kept before and is known when it comes again."""
    # Two sessions are told twice, with two volumes each: nobody can tell which is right.
    rules = [{"symbol": SYMBOL, "answer": "duplicate_days"}]
    source = shared.stand_in("/sources", {"kind": "synthetic", "as_of": PAST, "label": ENVIRONMENT, "scenario": {"rules": rules}})

    def run(limit: str) -> tuple[int, dict[str, Any]]:
        ended = shared.call(
            "run",
            "--symbols",
            SYMBOL,
            "--as-of",
            PAST,
            TICKERHOUSE_API_URL=source["url"],
            TICKERHOUSE_ENVIRONMENT=ENVIRONMENT,
            TICKERHOUSE_GATE_LIMIT=limit,
            TICKERHOUSE_GATE_ROWS="1",
        )
        assert ended.exit_status in {0, 5}, ended.out + ended.err
        return ended.exit_status, shared.last_run()

    exit_status, closed = run("0.01")
    assert (exit_status, closed["status"], closed["error"]["name"]) == (5, "GateClosed", "GateClosed")
    assert "4 of 102 bars (3.92 %)" in closed["error"]["fact"]
    assert shared.bars(TICKERHOUSE_ENVIRONMENT=ENVIRONMENT) == []
    kept = pq.read_table(shared.folder / "s3" / closed["places"]["quarantine"].removeprefix("s3://"))
    assert kept.column("symbol").to_pylist() == [SYMBOL] * 4
    assert (closed["quarantine"]["new"], closed["quarantine"]["known"]) == (4, 0)
    listed = shared.call("quarantine", "list", TICKERHOUSE_ENVIRONMENT=ENVIRONMENT)
    (line,) = [line for line in listed.lines if closed["run_id"] in line]
    assert line.split()[1:4] == ["daily_prices", "4", "1"]
    assert (shared.folder / "s3" / closed["places"]["page"].removeprefix("s3://")).is_file()

    exit_status, opened = run("0.05")
    assert (exit_status, opened["rows"]["new"]) == (0, 98)
    assert (opened["quarantine"]["new"], opened["quarantine"]["known"]) == (0, 4)
