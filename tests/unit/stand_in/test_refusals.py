import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.alpha_vantage.limits import PLANS
from infra.local.alpha_vantage.refusals import REFUSALS, limit_refusal, refusal

CATALOG = Path(__file__).resolve().parents[3] / ".." / "shared" / "recorded" / "refusals" / "catalog.json"
KEY = "CANARY0123456789"


def recorded_refusals() -> list[dict[str, Any]]:
    if not CATALOG.exists():
        pytest.skip("recorded answers are not beside this checkout")
    catalog: list[dict[str, Any]] = json.loads(CATALOG.read_text())
    return catalog


def test_every_recorded_refusal_can_be_given_with_its_status_and_type() -> None:
    for entry in recorded_refusals():
        answer = refusal(Path(entry["file"]).stem)
        assert (answer.status, answer.content_type) == (entry["http_status"], entry["content_type"])


def test_the_words_are_those_on_record() -> None:
    for entry in recorded_refusals():
        given, recorded = (
            refusal(Path(entry["file"]).stem, function="TIME_SERIES_DAILY").body,
            (CATALOG.parent / entry["file"]).read_bytes(),
        )
        match Path(entry["file"]).stem:
            case "unknown_function":
                assert json.loads(refusal("unknown_function", function="INVALID").body) == json.loads(recorded)
            case "recorded-bulk-quotes-artificial":
                ours, theirs = json.loads(given), json.loads(recorded)
                assert ours["message"] == theirs["message"]
                assert [list(row) for row in ours["data"]] == [list(row) for row in theirs["data"]]
            case "csv_notice_earnings_calendar":
                assert given.split() == recorded.split()
            case "heroku_503":
                assert b"Application Error" in given
            case "truncated":
                assert given == recorded
            case _:
                assert json.loads(given) == json.loads(recorded)


def test_the_notice_of_the_day_echoes_the_key() -> None:
    assert KEY.encode() in limit_refusal("day", PLANS["free"], key=KEY).body


def test_no_other_refusal_holds_the_key() -> None:
    assert {name for name in REFUSALS if KEY.encode() in refusal(name, key=KEY).body} == {"daily_quota_2024_now"}


def test_the_notice_of_the_second_depends_on_the_kind_of_key() -> None:
    """The notice of the second mentions the day on a free key, and the ceiling on a premium one."""
    assert b"25 requests per day" in limit_refusal("second", PLANS["free"], key=KEY).body
    assert b"no more than 30 requests per second" in limit_refusal("second", PLANS["premium_1200"], key=KEY).body
    assert b"Minute-level" in limit_refusal("minute", PLANS["premium_75"], key=KEY).body
