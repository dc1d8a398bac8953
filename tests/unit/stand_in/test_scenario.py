import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.local.alpha_vantage import SourceSettings
from infra.local.alpha_vantage.answers import Answer
from infra.local.alpha_vantage.errors import BadScenario
from infra.local.alpha_vantage.scenario import Scenario
from infra.local.alpha_vantage.source import Source

AS_OF = "2026-11-20T22:00:00Z"


def source_with(*rules: dict[str, object], plan: str = "premium_1200") -> Source:
    settings = SourceSettings(as_of=AS_OF, plan=plan, scenario={"rules": list(rules)})
    return Source(settings, lambda: datetime(2026, 11, 20, 22, tzinfo=UTC), lambda: 0.0)


def ask(source: Source, symbol: str = "AAPL", function: str = "TIME_SERIES_DAILY") -> Answer:
    return source.answer({"function": function, "symbol": symbol, "apikey": "CANARY"})


def names(answers: Iterable[Answer]) -> list[str]:
    return [answer.name for answer in answers]


def rows_of(answer: Answer) -> list[tuple[str, dict[str, str]]]:
    pairs = json.loads(answer.body, object_pairs_hook=list)
    return [(day, dict(row)) for day, row in dict(pairs)["Time Series (Daily)"]]


def test_a_rule_holds_for_the_requests_it_counts() -> None:
    source = source_with({"symbol": "AAPL", "function": "TIME_SERIES_DAILY", "nth": [1, 3], "answer": "burst_free_2025_12"})
    assert names(ask(source) for _ in range(4)) == ["burst_free_2025_12", "data", "burst_free_2025_12", "data"]


def test_a_rule_is_about_its_symbol_and_its_function() -> None:
    source = source_with({"symbol": "AAPL", "function": "TIME_SERIES_DAILY", "answer": "empty_object"})
    assert names([ask(source, "MSFT"), ask(source, function="TIME_SERIES_WEEKLY"), ask(source)]) == ["data", "data", "empty_object"]


def test_the_first_rule_that_holds_wins_and_the_others_count_on() -> None:
    source = source_with({"nth": [1], "answer": "http_503"}, {"nth": [2], "answer": "html_200"})
    assert names(ask(source) for _ in range(3)) == ["http_503", "html_200", "data"]


def test_the_notice_of_the_day_can_be_had_on_any_plan_and_echoes_the_key() -> None:
    answer = ask(source_with({"answer": "daily_quota_2024_now"}))
    assert b"API key as CANARY and our standard API rate limit is 25" in answer.body


def test_faults_on_the_wire_leave_the_body_whole() -> None:
    plain = ask(source_with())
    for fault, delivery in {"hang": "hang", "latency": "whole", "reset": "reset", "slow": "slow", "truncate": "short"}.items():
        answer = ask(source_with({"answer": fault, "seconds": 0.5}))
        assert (answer.delivery, answer.seconds, answer.body) == (delivery, 0.5, plain.body)


def test_the_wrong_symbol_is_in_the_meta_data() -> None:
    assert json.loads(ask(source_with({"answer": "wrong_symbol"})).body)["Meta Data"]["2. Symbol"] == "WRNG"
    quote = ask(source_with({"answer": "wrong_symbol"}), function="GLOBAL_QUOTE")
    assert json.loads(quote.body)["Global Quote"]["01. symbol"] == "WRNG"


def test_duplicate_days_stand_in_one_object_with_other_volumes() -> None:
    plain, spoiled = rows_of(ask(source_with())), rows_of(ask(source_with({"answer": "duplicate_days"})))
    assert spoiled[:100] == plain
    assert [day for day, _ in spoiled[100:]] == [plain[5][0], plain[6][0]]
    assert spoiled[100][1]["5. volume"] == "1" + plain[5][1]["5. volume"]


def test_days_out_of_order_are_all_there() -> None:
    plain, spoiled = rows_of(ask(source_with())), rows_of(ask(source_with({"answer": "out_of_order"})))
    assert spoiled != plain
    assert sorted(spoiled, key=lambda row: row[0], reverse=True) == plain


def test_a_column_can_be_new_or_gone() -> None:
    plain = rows_of(ask(source_with()))
    drifted = rows_of(ask(source_with({"answer": "new_column"})))
    assert drifted == [(day, {**row, "9. vwap": "1.0000"}) for day, row in plain]
    gone = rows_of(ask(source_with({"answer": "missing_column"})))
    assert gone == [(day, {name: value for name, value in row.items() if name != "5. volume"}) for day, row in plain]


def test_a_body_can_be_empty_or_cut() -> None:
    assert rows_of(ask(source_with({"answer": "empty_series"}))) == []
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(ask(source_with({"answer": "cut_body"})).body)


def test_requests_beyond_the_limits_are_not_counted_by_the_rules() -> None:
    source = source_with({"nth": [2], "answer": "html_200"}, plan="free")
    assert names(ask(source) for _ in range(3)) == ["data", "burst_free_2025_12", "burst_free_2025_12"]


def test_a_scenario_can_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps({"rules": [{"symbol": "AAPL", "answer": "empty_object"}]}))
    rule = Scenario.read(path).fault_for("TIME_SERIES_DAILY", "AAPL")
    assert rule is not None
    assert rule.answer_name == "empty_object"


@pytest.mark.parametrize(
    ("scenario", "fact"),
    [
        ({}, "list named rules"),
        ({"rules": {}}, "list named rules"),
        ({"rules": [{"answer": "trouble"}]}, "Rule 1 has the answer 'trouble'"),
        ({"rules": [{"answer": "hang"}, {"answer": "hang", "after": 1}]}, "Rule 2 is invalid"),
        ({"rules": [{"answer": "hang", "nth": [0]}]}, "nth"),
        ({"rules": [{"answer": "hang", "seconds": -1}]}, "seconds"),
        ("nowhere.json", "cannot be read"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused(scenario: dict[str, object] | str, fact: str) -> None:
    with pytest.raises(BadScenario, match=fact):
        Scenario.read(scenario)


def test_the_journal_counts_and_never_holds_the_key() -> None:
    source = source_with(plan="free")
    for symbol in ("AAPL", "AAPL", "NOPE"):
        ask(source, symbol)
    journal = source.journal.as_json()
    assert journal["total"] == 3
    assert journal["counts"] == {"TIME_SERIES_DAILY": {"AAPL": 2, "NOPE": 1}}
    assert journal["rejected"] == {"second": 2, "minute": 0, "day": 0}
    assert journal["answers"] == {"data": 1, "burst_free_2025_12": 2}
    assert "CANARY" not in json.dumps(journal)


def test_a_free_key_may_not_ask_for_everything() -> None:
    def asked(**parameters: str) -> str:
        return source_with(plan="free").answer({"symbol": "AAPL", "apikey": "k", **parameters}).name

    assert asked(function="TIME_SERIES_DAILY") == "data"
    assert asked(function="TIME_SERIES_DAILY", outputsize="full") == "premium_outputsize_full"
    assert asked(function="TIME_SERIES_DAILY_ADJUSTED") == "premium_endpoint"
    assert asked(function="TIME_SERIES_WEEKLY_ADJUSTED") == "data"
    assert asked(function="REALTIME_BULK_QUOTES") == "recorded-bulk-quotes-artificial"


def test_requests_that_cannot_be_are_answered_as_the_api_answers_them() -> None:
    def asked(**parameters: str) -> str:
        return source_with().answer({"function": "TIME_SERIES_DAILY", "symbol": "AAPL", "apikey": "k"} | parameters).name

    assert asked(apikey="") == "apikey_missing"
    assert asked(function="TIME_SERIES_YEARLY") == "unknown_function"
    assert asked(symbol="NOPE") == "invalid_call"
    assert asked(symbol="") == "invalid_call"
    assert asked(outputsize="huge") == "invalid_call"
    assert asked(entitlement="realtime") == "entitlement_realtime"
    assert asked(function="GLOBAL_QUOTE", symbol="NOPE") == "empty_global_quote"
    assert asked(function="OVERVIEW", symbol="NOPE") == "empty_object"
    assert asked(apikey="demo") == "demo_key_current"
    assert asked(apikey="demo", symbol="IBM") == "data"
