import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from flows.command_line.plan import BoundsUnfit, SizeUnfit, print_plan
from flows.plans import FlowName
from tasks.alpha_vantage.scrub import key_fingerprint
from tasks.lake.captures import store_capture
from tasks.lake.keys import make_run_id
from tasks.lake.observations import write_observations
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.planning.capabilities import NOTHING_KNOWN, learn
from tasks.planning.price_jumps import PriceJump
from tasks.records import Answer, Call, Observation, SymbolCoverage

KEY = "CANARY0123456789"
AS_OF = "2026-06-30T12:00:00Z"
SEEN = datetime(2026, 6, 29, 22, tzinfo=UTC)
FULL = "TIME_SERIES_DAILY outputsize=full"


@pytest.fixture
def lake(store: LakeStore, monkeypatch: pytest.MonkeyPatch) -> LakeStore:
    values = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "ALPHAVANTAGE_API_KEY": KEY,
        "TICKERHOUSE_STACK": "aws",
        "TICKERHOUSE_BUCKET": "lake",
        "TICKERHOUSE_PLAN": "free",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return store


def printed(
    capsys: pytest.CaptureFixture[str], symbols: str, *, as_json: bool = False, probe: bool = False, flow: FlowName = "daily_prices"
) -> str:
    print_plan(symbols, AS_OF, None, None, as_json=as_json, probe=probe, flow=flow)
    return capsys.readouterr().out


def test_a_plan_says_who_is_asked_what_and_why_and_what_it_costs(lake: LakeStore, capsys: pytest.CaptureFixture[str]) -> None:
    held = SymbolCoverage(date(2020, 1, 2), date(2026, 6, 29), SEEN)
    gap = (date(2025, 3, 3), date(2025, 3, 5))
    state.coverage("daily_prices").write(lake, {"HELD": held, "LATE": replace(held, last_session=date(2026, 6, 26), gaps=(gap,))})
    text = printed(capsys, "HELD,LATE,NEW")
    assert "Plan as of 2026-06-30 12:00 UTC · source alpha_vantage · plan free · session 2026-06-29 is due" in text
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[2:5] == [
        "to send 2 calls, 2 s at the plan's pace",
        "NEW TIME_SERIES_DAILY compact never seen",
        (
            "LATE TIME_SERIES_DAILY compact 1 session behind; compact reaches 100, so 2025-03-03 to 2025-03-05 stays open "
            "until the whole history is read"
        ),
    ]
    assert "up to date 1 symbol loaded up to the due session, not requested" in lines
    assert "gap LATE: 2025-03-03 to 2025-03-05 is missing; only the whole history fills it (--output-size full)" in lines
    assert "warehouse about 60 s awake, 0.03 USD at 4 RPUs (billed on AWS only; a minute at least)" in lines
    assert lines[-1] == "complete today, but the gaps of 1 symbol stay open"
    assert "25 of 25 calls left today" in text
    assert KEY not in text


def test_a_plan_that_does_not_fit_says_when_it_is_complete(lake: LakeStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert lake.exists("state/budget/none.json") is False
    text = printed(capsys, ",".join(f"S{number}" for number in range(60)))
    assert "35 calls do not fit today" in text
    assert "and 5 more" in text
    assert "1 call does not fit today" in printed(capsys, ",".join(f"S{number}" for number in range(26)))
    assert "in 3 days, after 60 calls in 118 s; then each symbol is requested once in 3 sessions, and no session is lost" in text


def test_answers_that_wait_are_counted_as_what_is_loaded(lake: LakeStore, capsys: pytest.CaptureFixture[str]) -> None:
    """They need no call, and wake the warehouse all the same."""
    now = datetime.now(UTC)
    state.coverage("daily_prices").write(lake, {"HELD": SymbolCoverage(date(2020, 1, 2), date(2026, 6, 29), SEEN)})
    call, run_id = Call("TIME_SERIES_DAILY", "HELD", {"outputsize": "compact"}), make_run_id(now, "1a2b3c4d")
    capture = store_capture(lake, Answer(call, b"{}", 200, "application/json", now), {})
    write_observations(lake, run_id, 0, [Observation(call, capture, now, 200, "application/json", 1, run_id)])
    lines = [" ".join(line.split()) for line in printed(capsys, "HELD").splitlines()]
    assert "to send 0 calls, 0 s at the plan's pace" in lines
    assert f"stored 1 answer costs no call (run {run_id}, which has no summary)" in lines
    assert "rows about 100 at most" in lines
    assert "warehouse about 60 s awake, 0.03 USD at 4 RPUs (billed on AWS only; a minute at least)" in lines


def test_a_plan_spends_nothing_and_writes_nothing(lake: LakeStore, capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "IBM")
    assert list(lake.keys("")) == []


def test_a_plan_for_machines_holds_the_same(lake: LakeStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(lake.keys("")) == []
    plan = json.loads(printed(capsys, "IBM,BRK-B", as_json=True))
    assert [call["symbol"] for call in plan["calls"]] == ["IBM", "BRK-B"]
    assert plan["calls"][0]["options"] == {"outputsize": "compact"}
    assert (plan["forecast"]["calls_today"], plan["forecast"]["days_until_complete"], plan["budget"]["left_today"]) == (2, 1, 25)
    assert plan["due_session"] == {"IBM": "2026-06-29", "BRK-B": "2026-06-29"}


def test_a_remembered_refusal_is_named_until_it_is_forgotten_on_demand(
    lake: LakeStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKERHOUSE_OUTPUT_SIZE", "full")
    monkeypatch.setenv("TICKERHOUSE_PLAN", "premium_75")
    fingerprint = key_fingerprint(KEY)
    assert "TIME_SERIES_DAILY full" in printed(capsys, "IBM")
    state.capabilities(fingerprint).write(lake, learn(NOTHING_KNOWN, {FULL: "PremiumOutputSize"}, datetime.now(UTC)))
    refused = printed(capsys, "IBM")
    assert "TIME_SERIES_DAILY compact" in refused
    assert "(PremiumOutputSize)" in refused
    assert "TIME_SERIES_DAILY full" in printed(capsys, "IBM", probe=True)
    assert state.capabilities(fingerprint).read(lake) == {}
    assert lake.exists(f"state/capabilities/{fingerprint}.json")


def said(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_events_of_an_unexplained_move_are_first_in_the_daily_plan(lake: LakeStore, capsys: pytest.CaptureFixture[str]) -> None:
    """The events of an unexplained move stand first in the daily plan with their reason."""
    state.coverage("daily_prices").write(lake, {"HELD": SymbolCoverage(date(2020, 1, 2), date(2026, 6, 29), SEEN)})
    jumps = {"HELD": PriceJump(date(2026, 6, 29), 0.1, SEEN), "GONE": PriceJump(date(2026, 6, 29), 9, SEEN)}
    state.price_jumps("daily_prices").write(lake, jumps)
    why = "its close moved to 0.10 times the one before on 2026-06-29, and no known event explains it"
    assert said(printed(capsys, "NEW,HELD"))[2:6] == [
        "to send 3 calls, 4 s at the plan's pace",
        f"HELD SPLITS {why}",
        f"HELD DIVIDENDS {why}",
        "NEW TIME_SERIES_DAILY compact never seen",
    ]
    later = SymbolCoverage(date(2026, 6, 30), date(2026, 6, 30), datetime(2026, 6, 30, 1, tzinfo=UTC))
    state.coverage("splits").write(lake, {"HELD": later})
    state.coverage("dividends").write(lake, {"HELD": later})
    assert said(printed(capsys, "NEW,HELD"))[3] == "NEW TIME_SERIES_DAILY compact never seen"


def test_the_plan_of_a_backfill_tells_that_a_free_key_has_no_histories(lake: LakeStore, capsys: pytest.CaptureFixture[str]) -> None:
    def notes(first: str) -> list[str]:
        print_plan("IBM", AS_OF, None, None, as_json=False, probe=False, flow="backfill", first=first)
        return [line for line in said(capsys.readouterr().out) if line.startswith("note ")]

    (note,) = notes("2015-01-02")
    assert note.startswith("note Whole histories are not in a free key's plan, as far as is known")
    assert notes("2026-06-01") == []
    refused = learn(NOTHING_KNOWN, {FULL: "PremiumOutputSize"}, datetime.now(UTC))
    state.capabilities(key_fingerprint(KEY)).write(lake, refused)
    (note,) = notes("2015-01-02")
    assert note == "note 1 symbol lacks sessions that only a whole history holds, and the key is refused those: IBM."


def test_every_flow_shows_its_own_plan(lake: LakeStore, capsys: pytest.CaptureFixture[str]) -> None:
    actions = said(printed(capsys, "IBM", flow="corporate_actions"))
    assert actions[0].startswith("Plan of corporate_actions as of 2026-06-30 12:00 UTC")
    assert actions[3:6] == [
        "IBM SPLITS never read",
        "IBM DIVIDENDS never read",
        "IBM TIME_SERIES_DAILY_ADJUSTED full never seen",
    ]
    assert any(line.startswith("note It is not known yet whether the key's plan includes TIME_SERIES_DAILY_ADJUSTED") for line in actions)
    assert said(printed(capsys, "IBM", flow="listings"))[3:5] == [
        "(all) LISTING_STATUS every listed symbol; never read",
        "IBM OVERVIEW sector and industry; never read",
    ]
    refused_before = learn(NOTHING_KNOWN, {"TIME_SERIES_DAILY_ADJUSTED": "PremiumEndpoint"}, datetime.now(UTC))
    state.capabilities(key_fingerprint(KEY)).write(lake, refused_before)
    refused = printed(capsys, "IBM", flow="corporate_actions")
    assert "TIME_SERIES_DAILY_ADJUSTED full" not in refused
    assert "TIME_SERIES_DAILY_ADJUSTED is not requested: the key was refused on" in refused


def test_quotes_are_planned_within_their_own_share_of_the_day(lake: LakeStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(lake.keys("")) == []
    plan = json.loads(printed(capsys, ",".join(f"S{number}" for number in range(12)), as_json=True, flow="quotes"))
    assert (plan["flow"], len(plan["calls"]), len(plan["skipped"])) == ("quotes", 5, 7)
    assert plan["skipped"][0]["reason"] == "GLOBAL_QUOTE (never quoted): the 5 calls left today go to others"
    assert plan["forecast"]["days_until_complete"] == 3


def test_an_output_size_is_refused_where_the_flow_chooses_for_itself(lake: LakeStore) -> None:
    assert lake.exists("state/budget/none.json") is False
    with pytest.raises(SizeUnfit, match="is for the plan of daily_prices"):
        print_plan("IBM", AS_OF, "full", None, as_json=False, probe=False, flow="quotes")


@pytest.mark.parametrize(("first", "last"), [("2020-01-02", ""), ("", "2024-12-31")])
def test_a_range_is_refused_with_a_plan_that_takes_none(first: str, last: str) -> None:
    with pytest.raises(BoundsUnfit, match="--from and --to are for the plan of backfill; daily_prices takes no range"):
        print_plan("IBM", AS_OF, None, None, as_json=False, probe=False, first=first, last=last)
