"""A batch that Prefect takes again: for what may get better, for that alone, and without multiplying the requests of a call."""

from typing import Any

import pytest

from tests.end_to_end.conftest import PAST, Ended, Home

pytestmark = pytest.mark.server

ONE_REQUEST_AN_ATTEMPT = {"TICKERHOUSE_RETRY_WAIT": "30", "TICKERHOUSE_RETRY_WAIT_LIMIT": "30", "TICKERHOUSE_RETRY_TOTAL": "6"}


def run(shared: Home, label: str, nth: list[int], retries: int) -> tuple[Ended, dict[str, Any], dict[str, int]]:
    rule: dict[str, Any] = {"symbol": "MSFT", "nth": nth, "answer": "html_200"}
    source = shared.stand_in(
        "/sources", {"kind": "synthetic", "as_of": PAST, "plan": "premium_1200", "label": label, "scenario": {"rules": [rule]}}
    )
    settings = {
        "TICKERHOUSE_API_URL": source["url"],
        "TICKERHOUSE_ENVIRONMENT": label,
        "TICKERHOUSE_BATCH_RETRIES": str(retries),
        "TICKERHOUSE_BATCH_RETRY_WAIT": "0.2",
    }
    ended = shared.call("run", "--symbols", "AAPL,MSFT", "--as-of", PAST, **ONE_REQUEST_AN_ATTEMPT, **settings)
    asked: dict[str, Any] = shared.stand_in(f"/sources/{source['id']}/requests")
    return ended, shared.last_run(), asked["counts"]["TIME_SERIES_DAILY"]


def test_what_passes_is_asked_again_and_nothing_else_is(shared: Home) -> None:
    ended, summary, asked = run(shared, "again", [1], 2)
    assert ended.exit_status == 0, ended.out + ended.err
    assert {symbol["symbol"]: symbol["outcome"] for symbol in summary["symbols"]} == {"AAPL": "loaded", "MSFT": "loaded"}
    assert asked == {"AAPL": 1, "MSFT": 2}
    assert summary["calls"]["sent"] == 3
    assert summary["refusals"] == []


def test_what_does_not_pass_costs_a_request_an_attempt_and_is_refused(shared: Home) -> None:
    """What does not pass costs one request an attempt and ends as a refusal."""
    ended, summary, asked = run(shared, "never", list(range(1, 20)), 2)
    assert ended.exit_status == 3, ended.out + ended.err
    assert {symbol["symbol"]: symbol["outcome"] for symbol in summary["symbols"]} == {"AAPL": "loaded", "MSFT": "refused"}
    assert asked == {"AAPL": 1, "MSFT": 3}
    assert [(refusal["symbol"], refusal["name"]) for refusal in summary["refusals"]] == [("MSFT", "HtmlPage")]
