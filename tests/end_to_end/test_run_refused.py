"""Every way the API says no, beside a healthy symbol: the typed refusal, and the outcome that its scope demands.

Refusals that cost only themselves share one run, a symbol each; one that makes the others wait or stops the asking has a run of its own.
Of those that end alike, ``make test`` runs the first and ``make test-all`` each; unit tests read them all.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from infra.local.alpha_vantage.history import SyntheticHistory
from infra.local.stack_constants import STAND_IN_KEY
from tests.depth import IS_DEEP
from tests.end_to_end.conftest import PAST, RECORDED, Home

pytestmark = pytest.mark.server

REFUSALS: Final = RECORDED / "refusals"
HEALTHY = "MSFT"

Ending = tuple[str, str, int]
"""The refused symbol's outcome, the run's status, its exit code."""

COSTS_ITSELF: Final = ("refused", "CompletedWithWarnings", 3)
STOPS_FOR_TODAY: Final = ("refused", "QuotaExhausted", 4)
STOPS: Final = ("refused", "Failed", 1)

RECORDED_CASES: Final[Mapping[str, tuple[str, str, Ending]]] = {
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

SCRIPTED_CASES: Final[Mapping[str, tuple[str, str, Ending]]] = {
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

WITHOUT_A_BODY: Final = {"ConnectionLost", "TimedOut"}

LONGEST_DELAY: Final = 20.0
"""What refusals may cost a run on the embedded stack, in seconds."""

FAST_PLAN: Final = {"TICKERHOUSE_PLAN": "premium_1200"}
"""So that what is measured is the waiting for a refusal and not for a turn."""

# The others stop the asking at once, and are asked for before the healthy symbol.
STOPS_WHEN_REPEATED: Final = {"LegacyThrottle", "NoticeInCsv"}
HOLDS_OTHERS_UP: Final = {"second", "minute"}

NOTHING_LANDS: Final = {"TICKERHOUSE_DATABASE": "dev"}
"""A database that is there already: making one costs seconds, and a run without a bar needs none of its own."""


def _own_runs() -> tuple[list[str], list[str]]:
    """The recorded and the scripted cases that have a run of their own."""
    recorded = [name for name, expected in RECORDED_CASES.items() if REFUSALS.is_dir() and _needs_a_run(expected)]
    scripted = [name for name, expected in SCRIPTED_CASES.items() if _needs_a_run(expected)]
    if IS_DEEP:
        return recorded, scripted
    first: dict[tuple[Ending, bool], str] = {}
    for name in (*recorded, *scripted):
        kind, _, ending = {**RECORDED_CASES, **SCRIPTED_CASES}[name]
        first.setdefault((ending, kind in STOPS_WHEN_REPEATED), name)
    kept = set(first.values())
    return [name for name in recorded if name in kept], [name for name in scripted if name in kept]


@pytest.fixture(scope="module")
def answers(shared: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The summary of every run of this file by the run's name."""
    recorded, scripted = _own_runs()
    together = [name for name in SCRIPTED_CASES if not _needs_a_run(SCRIPTED_CASES[name])]
    cases = [_scripted(shared, "together", together), _quota_in_between(shared), _fallback(shared)]
    cases += [_scripted(shared, name, [name]) for name in scripted]
    if REFUSALS.is_dir():
        entries = {entry["file"]: entry for entry in json.loads((REFUSALS / "catalog.json").read_text())}
        together = [name for name in RECORDED_CASES if not _needs_a_run(RECORDED_CASES[name])]
        folder = tmp_path_factory.mktemp("recorded")
        cases.append(_recorded(folder / "together", "recorded together", [entries[name] for name in together]))
        cases += [_recorded(folder / name, f"recorded {name}", [entries[name]]) for name in recorded]
    return {case["name"]: _run(shared, case) for case in cases}


@pytest.mark.skipif(not REFUSALS.is_dir(), reason="recorded answers are not beside this checkout")
def test_each_recorded_refusal_ends_as_its_scope_demands(shared: Home, answers: Mapping[str, dict[str, Any]]) -> None:
    """Each recorded refusal ends as its scope demands and spares the other symbol."""
    catalog = json.loads((REFUSALS / "catalog.json").read_text())
    assert {entry["file"] for entry in catalog} == set(RECORDED_CASES)
    for name, expected in RECORDED_CASES.items():
        if not _needs_a_run(expected) or name in _own_runs()[0]:
            _check(shared, name, answers[f"recorded {name if _needs_a_run(expected) else 'together'}"], expected)


def test_each_refusal_of_the_stand_in_ends_as_its_scope_demands(shared: Home, answers: Mapping[str, dict[str, Any]]) -> None:
    """Each refusal of the stand-in ends as its scope demands and spares the other symbol."""
    for name, expected in SCRIPTED_CASES.items():
        if not _needs_a_run(expected) or name in _own_runs()[1]:
            _check(shared, name, answers[f"scripted {name if _needs_a_run(expected) else 'together'}"], expected)


def test_no_refusal_holds_a_run_up_for_long(answers: Mapping[str, dict[str, Any]]) -> None:
    assert {name: seconds for name, each in answers.items() if (seconds := each["seconds_per_step"]["extract"]) > LONGEST_DELAY} == {}


def test_what_came_before_a_refusal_stopped_the_calls_is_loaded(answers: Mapping[str, dict[str, Any]]) -> None:
    stopped = answers["scripted quota in between"]
    symbols = {symbol["symbol"]: symbol for symbol in stopped["symbols"]}
    assert (symbols["AAPL"]["outcome"], symbols["AAPL"]["bars_loaded"]) == ("loaded", 100)
    assert symbols[HEALTHY]["outcome"] == "skipped"
    assert symbols[HEALTHY]["reason"] == "QuotaExhausted stopped the calls"
    assert "Run again after the later of midnight UTC" in symbols[HEALTHY]["next_step"]


def test_a_history_the_key_may_not_ask_for_becomes_the_latest_sessions(answers: Mapping[str, dict[str, Any]]) -> None:
    """A whole history that the key may not ask for becomes the latest sessions."""
    fallen = answers["scripted fallback"]
    assert (fallen["status"], fallen["refusals"], fallen["calls"]["sent"]) == ("Completed", [], 3)
    loaded = {symbol["symbol"]: symbol["bars_loaded"] for symbol in fallen["symbols"]}
    assert loaded["IBM"] == 100
    assert loaded[HEALTHY] > 5000


def _recorded(folder: Path, name: str, entries: list[Mapping[str, Any]]) -> dict[str, Any]:
    """A replay folder with the recorded bodies, a symbol each, and a healthy body for one more."""
    folder.mkdir()
    instant = datetime.fromisoformat(PAST).astimezone(UTC)
    asked = {"function": "TIME_SERIES_DAILY", "symbol": HEALTHY, "outputsize": "compact"}
    healthy = SyntheticHistory(is_free=False).answer("TIME_SERIES_DAILY", asked, instant)
    (folder / f"time_series_daily-{HEALTHY.lower()}-compact.json").write_bytes(healthy.body)
    for entry in entries:
        body: Path = REFUSALS / entry["file"]
        stem = f"time_series_daily-{_symbol(entry['file']).lower()}"
        # The published notice has a row of X where the caller's key was; the stand-in's own key takes their place.
        (folder / f"{stem}{body.suffix}").write_bytes(body.read_bytes().replace(b"XXXXXXXXXXXXXXXX", STAND_IN_KEY.encode()))
        response = {"status": entry["http_status"], "content_type": entry["content_type"]}
        (folder / f"{stem}.response.json").write_text(json.dumps(response))
    names = [entry["file"] for entry in entries]
    return {"name": name, "symbols": _in_order(RECORDED_CASES, names), "replay": str(folder)} | _settings(RECORDED_CASES, names)


def _needs_a_run(expected: tuple[str, str, Ending]) -> bool:
    _, scope, ending = expected
    return ending != COSTS_ITSELF or scope in HOLDS_OTHERS_UP


def _symbol(name: str) -> str:
    # One of the stand-in's many listings, so that a fault that spoils an answer has an answer to spoil.
    return f"ZZR{sorted({*RECORDED_CASES, *SCRIPTED_CASES}).index(name):03}"


def _in_order(cases: Mapping[str, tuple[str, str, Ending]], names: list[str]) -> list[str]:
    refused = [_symbol(name) for name in names]
    return [HEALTHY, *refused] if cases[names[0]][0] in STOPS_WHEN_REPEATED else [*refused, HEALTHY]


def _settings(cases: Mapping[str, tuple[str, str, Ending]], names: list[str]) -> dict[str, dict[str, str]]:
    kind, _, ending = cases[names[0]]
    stops_at_once = ending != COSTS_ITSELF and kind not in STOPS_WHEN_REPEATED
    return {"settings": dict(NOTHING_LANDS) if stops_at_once else dict(FAST_PLAN)}


def _scripted(shared: Home, name: str, names: list[str]) -> dict[str, Any]:
    rules = [{"symbol": _symbol(each), "answer": each} for each in names]
    case = _scripted_case(shared, name, _in_order(SCRIPTED_CASES, names), rules)
    case["settings"] |= _settings(SCRIPTED_CASES, names)["settings"]
    return case


def _quota_in_between(shared: Home) -> dict[str, Any]:
    case = _scripted_case(shared, "quota in between", ["AAPL", "IBM", HEALTHY], [{"symbol": "IBM", "answer": "daily_quota_2024_now"}])
    # A second between two calls, so that the refusal is there before the last one, however busy the machine is.
    case["settings"]["TICKERHOUSE_PLAN"] = "free"
    return case


def _fallback(shared: Home) -> dict[str, Any]:
    rules = [{"symbol": "IBM", "nth": [1], "answer": "premium_outputsize_full"}]
    # The healthy symbol first: what is sent after the refusal is a call for the latest sessions, too.
    case = _scripted_case(shared, "fallback", [HEALTHY, "IBM"], rules)
    case["settings"]["TICKERHOUSE_OUTPUT_SIZE"] = "full"
    return case


def _scripted_case(shared: Home, name: str, symbols: list[str], rules: list[dict[str, Any]]) -> dict[str, Any]:
    source = {"kind": "synthetic", "as_of": PAST, "plan": "premium_1200", "label": name, "scenario": {"rules": rules}}
    settings = {
        "TICKERHOUSE_API_URL": shared.stand_in("/sources", source)["url"],
        "TICKERHOUSE_ENVIRONMENT": "".join(letter for letter in name if letter.isalpha())[:16],
    }
    return {"name": f"scripted {name}", "symbols": symbols, "settings": settings}


def _run(shared: Home, case: Mapping[str, Any]) -> dict[str, Any]:
    replay = ["--replay", case["replay"]] if "replay" in case else []
    ended = shared.call("run", "--symbols", ",".join(case["symbols"]), "--as-of", PAST, *replay, **case["settings"])
    summary = shared.last_run()
    assert ended.exit_status == summary["exit_code"], ended.out + ended.err
    return summary


def _check(shared: Home, name: str, summary: Mapping[str, Any], expected: tuple[str, str, Ending]) -> None:
    kind, scope, (outcome, status, exit_code) = expected
    symbol = _symbol(name)
    (refusal,) = [refusal for refusal in summary["refusals"] if refusal["symbol"] == symbol]
    assert (refusal["name"], refusal["scope"]) == (kind, scope), name
    symbols = {each["symbol"]: each for each in summary["symbols"]}
    assert symbols[symbol]["outcome"] == outcome, name
    assert symbols[symbol]["reason"].startswith(kind), name
    assert symbols[symbol]["next_step"], name
    assert (summary["status"], summary["exit_code"], summary["error"]) == (status, exit_code, None), name
    if (outcome, status, exit_code) == COSTS_ITSELF or kind in STOPS_WHEN_REPEATED:
        assert (symbols[HEALTHY]["outcome"], symbols[HEALTHY]["bars_loaded"]) == ("loaded", 100), name

    bucket = shared.folder / "s3" / summary["places"]["summary"].removeprefix("s3://").partition("/")[0]
    raw = {path.name.partition("-")[0] for path in (bucket / "raw").rglob("*.gz")}
    assert raw == {each["symbol"] for each in summary["symbols"] if each["outcome"] == "loaded"}, name
    kept = [path for path in (bucket / "rejected").rglob(f"*{symbol}*") if path.is_file()]
    if kind in WITHOUT_A_BODY:
        assert (kept, refusal["rejected_uri"]) == ([], ""), name
    else:
        assert kept == [shared.folder / "s3" / refusal["rejected_uri"].removeprefix("s3://")], name
        assert STAND_IN_KEY.encode() not in kept[0].read_bytes(), name
