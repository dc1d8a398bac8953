import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks.datasets.daily_prices import CHECKS as DAILY_PRICES
from tasks.quality import great_expectations
from tasks.quality.context import Context, Market
from tasks.quality.errors import SuiteBroken, UnexpectedColumns, ValidatorBroke
from tasks.quality.rules import Rule, Suite
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.quality.verdict import Verdict
from tasks.schema import PARSED_DAILY_PRICES

ROOT = Path(__file__).resolve().parents[3]
SUITE = load_suite(ROOT / "expectations" / "daily_prices.json", DAILY_PRICES)

# January 2024: the 1st and the 15th are holidays, the 6th and the 13th Saturdays.
NOT_TRADED = {date(2024, 1, 1), date(2024, 1, 15)}
SESSIONS = np.array(
    [day for day in np.arange("2023-12-01", "2024-03-01", dtype="datetime64[D]") if np.is_busday(day) and day.item() not in NOT_TRADED]
)
CONTEXT = Context(Market(SESSIONS, date(2024, 1, 31)), ["MSFT", "AMZN"], limit=1.0)

Bar = dict[str, Any]


def bar(**changes: Any) -> Bar:
    """A sound bar with some of its strings changed, typed as the parser does; what is no string names a typed column."""
    texts: Bar = {
        "symbol": "MSFT",
        "session_text": "2024-01-03",
        "open_text": "369.0100",
        "high_text": "373.2600",
        "low_text": "368.5100",
        "close_text": "370.6000",
        "volume_text": "23083465",
        **changes,
    }
    typed: Bar = {
        "session_date": _date(texts["session_text"]),
        **{name: _decimal(texts[f"{name}_text"]) for name in ("open", "high", "low", "close")},
        "volume": _integer(texts["volume_text"]),
        "observed_at": datetime(2024, 1, 31, 22, tzinfo=UTC),
        "capture_key": "raw/alpha_vantage/TIME_SERIES_DAILY/year=2024/month=01/day=31/MSFT-00.json.gz",
    }
    return {**typed, **texts}


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _integer(text: str | None) -> int | None:
    value = int(text) if text and text.lstrip("-").isdigit() else 2**63
    return value if -(2**63) <= value < 2**63 else None


def _decimal(text: str | None) -> Decimal | None:
    if not re.fullmatch(r"-?\d+(\.\d+)?", text or ""):
        return None
    value = Decimal(text or "")
    return value if value == round(value, 6) and abs(value) < 10**12 else None


def judge(*bars: Bar, suite: Suite = SUITE, context: Context = CONTEXT) -> Verdict:
    return validate(pa.Table.from_pylist(list(bars), schema=PARSED_DAILY_PRICES), DAILY_PRICES, suite, run_id="run-1", context=context)


def reasons(verdict: Verdict) -> list[list[str]]:
    return [list(each or ()) for each in verdict.quarantined.column("reasons").to_pylist()]


SOUND = bar(session_text="2024-01-02")
AMZN = bar(symbol="AMZN")

# Every damage that holds a bar back, with the one reason it gives.
DAMAGES = {
    "symbol is missing": [bar(symbol=None)],
    "symbol has no form that listings use": [bar(symbol="msft")],
    "symbol was not asked for": [bar(symbol="GOOGL")],
    "session is no date": [bar(session_text="2024-01-0x")],
    "session is none of its exchange": [bar(session_text="2024-01-15")],
    "session lies in the future": [bar(session_text="2024-02-01")],
    **{f"{name} is missing": [bar(**{f"{name}_text": None})] for name in ("open", "high", "low", "close", "volume")},
    **{
        f"{name} is not a number": [bar(**{f"{name}_text": text}) for text in ("abc", "", "1e3", "N/A", "370,60")]
        for name in ("open", "high", "low", "close")
    },
    **{
        f"{name} does not fit DECIMAL(18,6)": [bar(**{f"{name}_text": text}) for text in ("370.1234567", "1000000000000")]
        for name in ("open", "high", "low", "close")
    },
    "volume is not a whole number": [bar(volume_text=text) for text in ("12.5", "", "N/A", "many")],
    "volume does not fit BIGINT": [bar(volume_text="9223372036854775808")],
    **{
        f"{name} is not above zero": [bar(**{f"{name}_text": text}) for text in ("0", "-368.5")]
        for name in ("open", "high", "low", "close")
    },
    "volume is below zero": [bar(volume_text="-1")],
    "high is below low": [bar(high_text="368.5099"), bar(low_text="999"), bar(high_text="1")],
    "open is outside low to high": [bar(open_text="368.509999"), bar(open_text="373.260001")],
    "close is outside low to high": [bar(close_text="368.509999"), bar(close_text="373.260001")],
    "session told twice, differently": [],
}


def test_a_sound_bar_passes_without_a_word() -> None:
    verdict = judge(SOUND, AMZN)
    assert (verdict.rows, verdict.accepted.num_rows, verdict.quarantined.num_rows, verdict.duplicates) == (2, 2, 0, 0)
    assert (verdict.hard_failures, verdict.warnings, verdict.examples, verdict.rate) == ((), (), (), 0.0)


def damaged_bars() -> list[tuple[str, Bar]]:
    """Every damage above, each in an observation of its own, and two bars that conflict with one another."""
    damaged = [(reason, each) for reason, bars in DAMAGES.items() for each in bars]
    moments = [datetime(2024, 1, 31, 23, 0, number, tzinfo=UTC) for number in range(len(damaged))]
    apart = [(reason, {**each, "observed_at": moment}) for (reason, each), moment in zip(damaged, moments, strict=True)]
    told_twice = "session told twice, differently"
    return [*apart, (told_twice, bar(symbol="AMZN")), (told_twice, bar(symbol="AMZN", close_text="370.6001"))]


def test_one_damaged_value_gives_its_own_reason_and_no_other() -> None:
    expected = damaged_bars()
    verdict = judge(SOUND, *(each for _, each in expected))
    assert reasons(verdict) == [[reason] for reason, _ in expected]
    assert verdict.accepted.num_rows == 1


def test_every_rule_of_the_suite_is_violated_by_some_bar_above() -> None:
    held_back_by = {rule.reason for rule in SUITE.rules if rule.severity == "critical" and rule.columns}
    assert held_back_by == set(DAMAGES)
    others = {rule.reason for rule in SUITE.rules} - held_back_by
    # What is told of neighbours is proved in test_quality_neighbours.py.
    assert others == {
        "too few bars",
        "symbol without a bar",
        "volume is unusually small",
        "session before is missing",
        "due session is missing",
        "fewer bars than the capture before",
        "close leaps from the session before",
        "close is a spike",
        "close is frozen",
    }


@pytest.mark.parametrize("kept", [0, 1])
def test_what_a_rule_holds_back_passes_without_it(kept: int) -> None:
    half = Suite(SUITE.name, SUITE.rules[kept::2])
    known = {rule.reason for rule in half.rules}
    expected = damaged_bars()
    context = replace(CONTEXT, requested=["MSFT", "AMZN", "GONE"])
    verdict = judge(bar(volume_text="0"), *(each for _, each in expected), suite=half, context=context)
    assert reasons(verdict) == [[reason] for reason, _ in expected if reason in known]
    told = {"symbol without a bar", "volume is unusually small", "session before is missing"}
    assert {sentence.split(".")[0].split(":")[0] for sentence in verdict.warnings} == known & told


# Bars of one observation each, by what is to be proved of them.
TOGETHER: dict[str, list[Bar]] = {
    # 18 digits: the neighbouring float64 is 128 millionths away.
    "order": [
        bar(
            low_text="999999999999.999998",
            open_text="999999999999.999998",
            close_text="999999999999.999998",
            high_text="999999999999.999997",
        ),
        bar(session_text="2024-01-04", **dict.fromkeys(("open_text", "high_text", "low_text", "close_text"), "999999999999.999999")),
    ],
    "two damages": [bar(close_text="abc", session_text="2024-01-06", volume_text="-7")],
    "far dates": [bar(session_text="9999-12-31"), bar(session_text="0001-01-01"), bar(session_text="1969-12-31")],
    "told twice": [bar(), bar(close_text="370.6001"), bar()],
    "no dates": [bar(session_text="x"), bar(session_text="y")],
}


@cache
def judged_together() -> Verdict:
    """The verdict of one batch of all of them."""
    moments = {name: datetime(2024, 1, 31, 22, number, tzinfo=UTC) for number, name in enumerate(TOGETHER)}
    return judge(AMZN, *({**one, "observed_at": moments[name]} for name, bars in TOGETHER.items() for one in bars))


def given(name: str) -> list[list[str]]:
    """The reasons given for each of the bars of a name that is held back."""
    minute = list(TOGETHER).index(name)
    rows = judged_together().quarantined.to_pylist()
    return [list(row["reasons"]) for row in rows if row["observed_at"].minute == minute]


def test_order_is_judged_exactly_where_floats_would_be_equal() -> None:
    assert given("order") == [["high is below low"]]


def test_two_damages_of_one_bar_give_both_reasons_in_the_suites_order() -> None:
    """Two damages of one bar give both reasons in the order of the suite."""
    reasons_of_the_bar = ["session is none of its exchange", "close is not a number", "volume is below zero"]
    assert given("two damages") == [reasons_of_the_bar]
    counts = judged_together().reason_counts
    assert [counts[reason] for reason in reasons_of_the_bar] == [3, 1, 1]


def test_a_far_date_is_only_in_the_future_and_an_old_one_only_no_session() -> None:
    assert given("far dates") == [
        ["session lies in the future"],
        ["session is none of its exchange"],
        ["session is none of its exchange"],
    ]


def test_a_session_told_twice_differently_at_once_is_held_back_twice() -> None:
    """A session told twice differently by one observation is held back both times."""
    assert given("told twice") == [["session told twice, differently"]] * 2
    assert judged_together().duplicates == 1


def test_bars_without_a_date_do_not_conflict_with_one_another() -> None:
    assert given("no dates") == [["session is no date"], ["session is no date"]]


def test_a_bar_told_again_letter_for_letter_is_counted_and_left_out() -> None:
    verdict = judge(SOUND, AMZN, SOUND, SOUND)
    assert (verdict.rows, verdict.accepted.num_rows, verdict.duplicates, verdict.quarantined.num_rows) == (4, 2, 2, 0)


def test_of_equal_bars_the_newest_observation_stays() -> None:
    older, newer = ({**SOUND, "observed_at": datetime(2024, 1, day, tzinfo=UTC), "capture_key": f"raw/{day}"} for day in (29, 30))
    assert judge(older, newer, AMZN).accepted.column("capture_key").to_pylist()[0] == "raw/30"
    assert judge(newer, older, AMZN).accepted.column("capture_key").to_pylist()[0] == "raw/30"


def test_a_restated_bar_of_a_newer_observation_is_no_conflict() -> None:
    restated = bar(close_text="370.6001", observed_at=datetime(2024, 1, 31, 23, tzinfo=UTC))
    assert judge(bar(), restated, AMZN).accepted.num_rows == 2 + 1


def test_quarantine_keeps_the_strings_as_received_and_where_they_came_from() -> None:
    damaged = bar(open_text=None, close_text=" 370,60 ")
    (kept,) = judge(SOUND, damaged).quarantined.to_pylist()
    assert kept == {
        **{name: damaged[name] for name in damaged if name.endswith("_text") or name in {"symbol", "observed_at", "capture_key"}},
        "reasons": ["open is missing", "close is not a number"],
        "run_id": "run-1",
    }


def test_a_missing_symbol_is_kept_as_an_empty_one() -> None:
    assert judge(SOUND, bar(symbol=None)).quarantined.column("symbol").to_pylist() == [""]


def test_accepted_bars_keep_every_column_and_their_order() -> None:
    bars = [bar(session_text=f"2024-01-{day:02}") for day in (9, 5, 8, 4)]
    verdict = judge(bars[0], bars[1], bar(session_text="2024-01-06"), bars[2], bars[3])
    assert verdict.accepted.schema == PARSED_DAILY_PRICES
    assert verdict.accepted.equals(pa.Table.from_pylist(bars, schema=PARSED_DAILY_PRICES))


def test_chunked_and_sliced_tables_are_judged_like_whole_ones() -> None:
    damaged = [bar(session_text="2024-01-03", close_text=None), bar(session_text="2024-01-05", open_text="0")]
    bars = [SOUND, damaged[0], bar(session_text="2024-01-04"), damaged[1]]
    whole = pa.Table.from_pylist([SOUND, *bars, SOUND], schema=PARSED_DAILY_PRICES)
    pieces = pa.concat_tables([whole.slice(1, 1), whole.slice(2, 2), whole.slice(4, 1)])
    verdict = validate(pieces, DAILY_PRICES, SUITE, run_id="run-1", context=CONTEXT)
    assert reasons(verdict) == [["close is missing"], ["open is not above zero"]]
    assert verdict.accepted.column("session_text").to_pylist() == ["2024-01-02", "2024-01-04"]


def test_a_symbol_without_a_bar_is_named_and_a_session_without_volume_told() -> None:
    verdict = judge(bar(volume_text="0"))
    assert [sentence.split(". ")[0] for sentence in verdict.warnings] == [
        "symbol without a bar: AMZN",
        "volume is unusually small: 1 bar (MSFT)",
    ]
    assert verdict.quarantined.num_rows == 0


def test_symbols_of_which_no_bar_passed_are_named() -> None:
    verdict = judge(SOUND, bar(symbol="AMZN", open_text="0"), bar(symbol="AMZN", session_text="2024-01-04", open_text="0"))
    assert verdict.wholly_quarantined == ("AMZN",)
    assert verdict.quarantined_by_symbol == {"AMZN": 2}


def test_no_bar_at_all_fails_the_batch_unless_some_were_deferred() -> None:
    assert [sentence.split(".")[0] for sentence in judge().hard_failures] == ["too few bars"]
    assert judge(context=replace(CONTEXT, deferred=1)).hard_failures == ()
    assert judge(context=replace(CONTEXT, requested=[])).hard_failures == ()


def test_every_reason_has_an_example() -> None:
    many = [bar(session_text=f"2024-01-{day:02}", open_text="0") for day in (2, 3, 4, 5, 8, 9, 10, 11, 12, 16, 17, 18, 19, 22)]
    verdict = judge(*many, bar(session_text="2024-01-23", volume_text="x"), AMZN)
    assert len(verdict.examples) == 12
    assert {reason for example in verdict.examples for reason in example.reasons} == set(verdict.reason_counts)


def test_the_result_is_json_with_the_gates_numbers_and_no_row_positions() -> None:
    """The result is JSON without row positions and with the gate's numbers."""
    verdict = judge(SOUND, bar(session_text="2024-01-06"), SOUND)
    text = json.dumps(verdict.result, allow_nan=False)
    json.dumps(judge().result, allow_nan=False)
    assert "unexpected_index_list" not in text.replace("partial_unexpected_index_list", "")
    numbers = verdict.result["meta"]["gate"]
    assert (numbers["rows"], numbers["accepted"], numbers["quarantined"], numbers["duplicates"]) == (3, 1, 1, 1)
    assert numbers["rate"] == pytest.approx(1 / 3)
    assert verdict.result["meta"]["run_id"]["run_name"] == "run-1"
    assert {each["expectation_config"]["meta"]["reason"] for each in verdict.result["results"]} == {rule.reason for rule in SUITE.rules}


def test_a_configuration_made_once_changes_nothing_of_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Great Expectations makes the configuration of an expectation anew each time it looks up an argument."""
    bars = [*(each[0] for each in DAMAGES.values() if each), SOUND, AMZN, SOUND]
    at_once = judge(*bars)
    monkeypatch.setattr(great_expectations, "computed_once", lambda *_: nullcontext())
    again = judge(*bars)
    assert at_once.result["results"] == again.result["results"]
    assert reasons(at_once) == reasons(again)


def test_the_result_stays_small_however_many_symbols_and_bad_bars() -> None:
    """The result stays small whatever the number of symbols and bad bars."""
    symbols = [f"S{number}" for number in range(2_000)]
    verdict = judge(*(bar(symbol=symbol, open_text="0") for symbol in symbols[:1_000]), context=replace(CONTEXT, requested=symbols))
    assert verdict.quarantined.num_rows == 1_000
    assert len(json.dumps(verdict.result)) < 60_000
    assert len(verdict.page) < 150_000


def test_a_table_of_another_shape_is_refused() -> None:
    with pytest.raises(UnexpectedColumns, match="does not have the parser's columns"):
        validate(pa.table({"symbol": ["MSFT"]}), DAILY_PRICES, SUITE, run_id="run-1", context=CONTEXT)
    with pytest.raises(UnexpectedColumns, match="1 bars have no capture_key"):
        judge({**SOUND, "capture_key": None})


def test_batches_judged_at_once_take_turns_and_find_what_each_finds() -> None:
    """Batches that are judged at once take turns and find what each finds alone."""
    pool = pa.default_memory_pool().backend_name
    batches: list[list[Bar]] = [[SOUND], [SOUND, bar(session_text="2024-01-06")]]
    alone = [judge(*batch) for batch in batches]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda batch: judge(*batch), batches * 2))
    assert [(each.rows, each.reason_counts, each.accepted) for each in together] == [
        (each.rows, each.reason_counts, each.accepted) for each in alone * 2
    ]
    assert pa.default_memory_pool().backend_name == pool


def test_a_rule_that_cannot_be_evaluated_is_a_fault_of_ours_and_no_verdict() -> None:
    broken = Rule("x", "X.", "critical", "expect_column_values_to_be_between", {"column": "symbol", "min_value": 3})
    with pytest.raises(ValidatorBroke, match=r"'x' \(expect_column_values_to_be_between\) could not be evaluated"):
        judge(SOUND, suite=Suite("daily_prices", (*SUITE.rules, broken)))


def test_whatever_the_library_raises_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Suite) -> None:
        message = "disk full"
        raise OSError(message)

    monkeypatch.setattr(great_expectations, "_expectations", refuse)
    with pytest.raises(ValidatorBroke, match="raised OSError: disk full"):
        judge(SOUND)


def test_an_expectation_that_the_library_drops_is_named() -> None:
    dropped = Rule("y", "Y.", "critical", "expect_what_is_not_there", {"column": "symbol"})
    with pytest.raises(SuiteBroken, match="silently dropped expect_what_is_not_there"):
        judge(SOUND, suite=Suite("daily_prices", (*SUITE.rules, dropped)))


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    judge(SOUND, bar(session_text="2024-01-06"))
    assert capfd.readouterr() == ("", "")


def test_great_expectations_is_only_imported_where_it_is_used() -> None:
    code = "import sys, tasks.quality.validation, tasks.quality.gate; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
