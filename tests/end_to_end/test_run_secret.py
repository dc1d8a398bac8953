"""A key that the API echoes is found nowhere: not in what is printed, not in a file that the run or a server wrote."""

import gzip
import logging
from pathlib import Path

import pytest

from tests.end_to_end.conftest import PAST, Home

pytestmark = pytest.mark.server

CANARY = "CANARY7QJ3ZX0KEY"

LOGS_TELL_ALL = {
    "PREFECT_LOGGING_LEVEL": "DEBUG",
    "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "tickerhouse,botocore",
}
"""Everything at DEBUG, into Prefect's own store where that store's own client does not log it."""


def test_a_key_that_the_api_echoes_is_neither_printed_nor_written_anywhere(shared: Home) -> None:
    rules = {
        "rules": [
            {"symbol": "AAPL", "answer": "reset"},
            {"symbol": "NVDA", "answer": "daily_quota_2024_now"},
        ],
    }
    made = shared.stand_in("/sources", {"kind": "synthetic", "as_of": PAST, "label": "canary", "scenario": rules})
    ended = shared.run(
        "run",
        "--symbols",
        "MSFT,AAPL,NVDA",
        "--as-of",
        PAST,
        ALPHAVANTAGE_API_KEY=CANARY,
        TICKERHOUSE_API_URL=made["url"],
        TICKERHOUSE_PLAN="premium_75",
        TICKERHOUSE_RETRY_WAIT="0.3",
        TICKERHOUSE_RETRY_TOTAL="6",
        TICKERHOUSE_BATCH_RETRIES="0",
        **LOGS_TELL_ALL,
    )
    assert ended.lines[0].startswith("Tickerhouse dev · source alpha_vantage (the real API) · plan premium_75")
    summary = shared.last_run()
    assert (ended.exit_status, summary["status"], summary["source"]) == (4, "QuotaExhausted", "alpha_vantage")
    assert "QuotaExhausted" in {refusal["name"] for refusal in summary["refusals"]}
    (source,) = (source["id"] for source in shared.stand_in("/sources") if source["settings"]["label"] == "canary")
    assert set(shared.stand_in(f"/sources/{source}/requests")["answers"]) == {"data", "reset", "daily_quota_2024_now"}
    (rejected,) = (shared.folder / "s3" / "tickerhouse-dev-alpha-vantage" / "rejected").rglob("*NVDA*")
    assert b"We have detected your API key as" in rejected.read_bytes()

    crashed = shared.run(
        "run",
        "--symbols",
        "IBM",
        "--as-of",
        PAST,
        ALPHAVANTAGE_API_KEY=CANARY,
        TICKERHOUSE_API_URL=made["url"].replace("http://", "htp://"),
        TICKERHOUSE_BATCH_RETRIES="0",
        **LOGS_TELL_ALL,
    )
    assert crashed.exit_status != 0
    logged = shared.prefect("/logs/filter", {"sort": "TIMESTAMP_DESC", "limit": 200})
    assert {entry["name"].partition(".")[0] for entry in logged if entry["level"] == logging.DEBUG} >= {"botocore"}

    assert CANARY not in ended.out + ended.err + crashed.out + crashed.err
    files = [path for path in shared.folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"last_run.json", "prefect.db", "services.log", "prefect.log", "dev_alpha_vantage.duckdb"}
    assert [path for path in files if CANARY.encode() in _content(path)] == []


def _content(path: Path) -> bytes:
    raw = path.read_bytes()
    return raw + gzip.decompress(raw) if path.suffix == ".gz" else raw
