"""Every way the API says no, beside a healthy symbol: the typed refusal, and the outcome that its scope demands."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from infra.local.alpha_vantage.history import SyntheticHistory
from tests.end_to_end.conftest import PAST, RECORDED, ROOT, Home

pytestmark = pytest.mark.server

REFUSALS: Final = RECORDED / "refusals"
HEALTHY, REFUSED = "MSFT", "IBM"

COSTS_ITSELF: Final = ("refused", "CompletedWithWarnings", 3)
STOPS_FOR_TODAY: Final = ("not_asked", "QuotaExhausted", 4)
STOPS: Final = ("not_asked", "Failed", 1)

RECORDED_CASES: Final[Mapping[str, tuple[str, str, tuple[str, str, int]]]] = {
    "burst_free_2025_12.json": ("SecondThrottle", "second", COSTS_ITSELF),
    "burst_free_2025_12_early.json": ("SecondThrottle", "second", COSTS_ITSELF),
    "daily_quota_2024_now.json": ("QuotaExhausted", "day", STOPS_FOR_TODAY),
    "legacy_minute_day_note.json": ("LegacyThrottle", "day", STOPS_FOR_TODAY),
    "legacy_info_premium_volume.json": ("LegacyThrottle", "day", STOPS_FOR_TODAY),
    "premium_key_contact.json": ("LegacyThrottle", "day", STOPS_FOR_TODAY),
    "premium_minute.json": ("MinuteThrottle", "minute", COSTS_ITSELF),
    "premium_endpoint.json": ("PremiumEndpoint", "function", STOPS),
    "premium_outputsize_full.json": ("PremiumOutputSize", "function", STOPS),
    "entitlement_realtime.json": ("LicenceMissing", "function", STOPS),
    "demo_key_current.json": ("DemoKey", "key", STOPS),
    "demo_key_2020.json": ("DemoKey", "key", STOPS),
    "apikey_missing.json": ("KeyMissing", "key", STOPS),
    "apikey_missing_2018.json": ("KeyMissing", "key", STOPS),
    "invalid_call.json": ("InvalidCall", "symbol", COSTS_ITSELF),
    "invalid_call_2017.json": ("InvalidCall", "symbol", COSTS_ITSELF),
    "unknown_function.json": ("UnknownFunction", "function", STOPS),
    "intraday_internal_error_2017.json": ("UpstreamTrouble", "request", COSTS_ITSELF),
    "empty_object.json": ("EmptyAnswer", "symbol", COSTS_ITSELF),
    "empty_global_quote.json": ("EmptyAnswer", "symbol", COSTS_ITSELF),
    "empty_best_matches.json": ("EmptyAnswer", "symbol", COSTS_ITSELF),
    "drf_accept.json": ("AnswerForOtherClient", "request", COSTS_ITSELF),
    "csv_notice_earnings_calendar.csv": ("NoticeInCsv", "function", STOPS),
    "heroku_503.html": ("ServerTrouble", "transport", COSTS_ITSELF),
    "truncated.json": ("Truncated", "transport", COSTS_ITSELF),
    "recorded-bulk-quotes-artificial.json": ("ArtificialRows", "function", STOPS),
}

SCRIPTED_CASES: Final[Mapping[str, tuple[str, str, tuple[str, str, int]]]] = {
    "burst_premium": ("SecondThrottle", "second", COSTS_ITSELF),
    "daily_quota_2024_now": ("QuotaExhausted", "day", STOPS_FOR_TODAY),
    "premium_endpoint": ("PremiumEndpoint", "function", STOPS),
    "apikey_missing": ("KeyMissing", "key", STOPS),
    "invalid_call": ("InvalidCall", "symbol", COSTS_ITSELF),
    "method_not_allowed": ("HttpStatus", "request", COSTS_ITSELF),
    "too_many_requests": ("TooManyRequests", "minute", COSTS_ITSELF),
    "html_200": ("HtmlPage", "transport", COSTS_ITSELF),
    "reset": ("ConnectionLost", "transport", COSTS_ITSELF),
    "hang": ("TimedOut", "transport", COSTS_ITSELF),
    "wrong_symbol": ("WrongSymbol", "symbol", COSTS_ITSELF),
    "missing_column": ("WrongShape", "symbol", COSTS_ITSELF),
}

LONGEST_DELAY: Final = 20.0
"""What a refusal may cost a run on the embedded stack, in seconds."""


@pytest.mark.skipif(not REFUSALS.is_dir(), reason="recorded answers are not beside this checkout")
def test_each_recorded_refusal_ends_as_its_scope_demands_and_spares_the_other_symbol(shared: Home, tmp_path: Path) -> None:
    catalog = json.loads((REFUSALS / "catalog.json").read_text())
    assert {entry["file"] for entry in catalog} == set(RECORDED_CASES)
    cases = [
        {"name": entry["file"], "symbols": [HEALTHY, REFUSED], "as_of": PAST, "replay": str(_replay_folder(tmp_path, entry))}
        for entry in catalog
    ]
    answers = _run_all(shared, cases)
    assert set(answers) == set(RECORDED_CASES)
    for name, expected in RECORDED_CASES.items():
        _check(shared, name, answers[name], expected)


def test_each_refusal_of_the_stand_in_ends_as_its_scope_demands_and_spares_the_other_symbol(shared: Home) -> None:
    cases = [_scripted(shared, name, number) for number, name in enumerate(SCRIPTED_CASES)]
    answers = _run_all(shared, cases)
    for name, expected in SCRIPTED_CASES.items():
        _check(shared, name, answers[name], expected)


def test_a_refusal_that_stops_the_asking_leaves_the_rest_unasked_and_a_plan_without_whole_histories_falls_back(shared: Home) -> None:
    stopped = _scripted(shared, "apikey_missing", 90) | {"symbols": [REFUSED, HEALTHY], "name": "first"}
    rules = {"rules": [{"symbol": REFUSED, "nth": [1], "answer": "premium_outputsize_full"}]}
    fallen = _scripted(shared, "fallback", 91, rules) | {"name": "fallback"}
    fallen["settings"]["TICKERHOUSE_OUTPUT_SIZE"] = "full"
    answers = _run_all(shared, [stopped, fallen])

    first = answers["first"]["summary"]
    assert (first["status"], first["exit_code"], first["calls"]["sent"]) == ("Failed", 1, 1)
    outcomes = {symbol["symbol"]: symbol for symbol in first["symbols"]}
    assert outcomes[HEALTHY]["outcome"] == outcomes[REFUSED]["outcome"] == "not_asked"
    assert outcomes[HEALTHY]["reason"] == "KeyMissing stopped the asking"
    assert "ALPHAVANTAGE_API_KEY" in outcomes[HEALTHY]["next_step"]

    fallback = answers["fallback"]["summary"]
    assert (fallback["status"], fallback["refusals"]) == ("Completed", [])
    loaded = {symbol["symbol"]: symbol["bars_loaded"] for symbol in fallback["symbols"]}
    assert loaded[REFUSED] == 100
    assert loaded[HEALTHY] > 5000
    assert fallback["calls"]["sent"] == 3


def _replay_folder(parent: Path, entry: Mapping[str, Any]) -> Path:
    body: Path = REFUSALS / entry["file"]
    folder = parent / body.stem
    folder.mkdir()
    instant = datetime.fromisoformat(PAST).astimezone(UTC)
    healthy = SyntheticHistory(is_free=False).answer(
        "TIME_SERIES_DAILY", {"function": "TIME_SERIES_DAILY", "symbol": HEALTHY, "outputsize": "compact"}, instant
    )
    (folder / f"time_series_daily-{HEALTHY.lower()}-compact.json").write_bytes(healthy.body)
    name = f"time_series_daily-{REFUSED.lower()}"
    # The published notice has a row of X where the caller's key was; the stand-in's own key takes their place.
    (folder / f"{name}{body.suffix}").write_bytes(body.read_bytes().replace(b"XXXXXXXXXXXXXXXX", b"stand-in"))
    response = {"status": entry["http_status"], "content_type": entry["content_type"]}
    (folder / f"{name}.response.json").write_text(json.dumps(response))
    return folder


def _scripted(shared: Home, name: str, number: int, scenario: Mapping[str, Any] | None = None) -> dict[str, Any]:
    rules = scenario or {"rules": [{"symbol": REFUSED, "answer": name}]}
    made = shared.stand_in("/sources", {"kind": "synthetic", "as_of": PAST, "label": str(number), "scenario": rules})
    settings = {"TICKERHOUSE_API_URL": made["url"], "TICKERHOUSE_ENVIRONMENT": f"refused{number}"}
    return {"name": name, "symbols": [HEALTHY, REFUSED], "as_of": PAST, "settings": settings}


def _run_all(shared: Home, cases: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.end_to_end.many_runs"],
        cwd=ROOT,
        env=shared.environment(),
        input=json.dumps(list(cases)),
        capture_output=True,
        text=True,
        timeout=420,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {answer["name"]: answer for answer in answers}


def _check(shared: Home, name: str, answer: Mapping[str, Any], expected: tuple[str, str, tuple[str, str, int]]) -> None:
    kind, scope, (outcome, status, exit_code) = expected
    summary = answer["summary"]
    (refusal,) = summary["refusals"]
    assert (refusal["name"], refusal["scope"], refusal["symbol"]) == (kind, scope, REFUSED), name
    symbols = {symbol["symbol"]: symbol for symbol in summary["symbols"]}
    assert symbols[REFUSED]["outcome"] == outcome, name
    assert symbols[REFUSED]["reason"].startswith(kind), name
    assert symbols[REFUSED]["next_step"], name
    assert (symbols[HEALTHY]["outcome"], symbols[HEALTHY]["bars_loaded"]) == ("landed", 100), name
    assert (summary["status"], summary["exit_code"], summary["error"]) == (status, exit_code, None), name
    assert summary["seconds_per_step"]["extract"] < LONGEST_DELAY, name

    bucket = shared.folder / "s3" / urlsplit(summary["places"]["summary"]).netloc
    assert {path.name.split("-")[0] for path in (bucket / "raw").rglob("*.gz")} == {HEALTHY}, name
    kept = [path for path in (bucket / "rejected").rglob("*") if path.is_file()]
    if refusal["rejected_uri"]:
        assert kept == [shared.folder / "s3" / refusal["rejected_uri"].removeprefix("s3://")], name
        body = kept[0].read_bytes()
        assert b"stand-in" not in (gzip.decompress(body) if kept[0].suffix == ".gz" else body), name
    else:
        assert kind in {"ConnectionLost", "TimedOut"}, name
        assert not kept, name
