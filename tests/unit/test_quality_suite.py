import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.quality.derived import DERIVED_COLUMNS, FRAME_COLUMNS
from tasks.quality.errors import SuiteBroken
from tasks.quality.suite import load_suite
from tasks.schema import PARSED_DAILY_PRICES

PATH = Path(__file__).resolve().parents[2] / "expectations" / "daily_prices.json"

Entry = dict[str, Any]


def positive(**changes: Any) -> Entry:
    return {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "open", "min_value": 0, "strict_min": True},
        "severity": "critical",
        "description": "Open is above zero.",
        "meta": {"reason": "open is not above zero"},
        **changes,
    }


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(*entries: Any) -> Path:
        path = tmp_path / "suite.json"
        path.write_text(json.dumps({"name": "trial", "expectations": entries}), encoding="utf-8")
        return path

    return write


def test_the_suite_of_daily_prices_is_read_in_full() -> None:
    suite = load_suite(PATH)
    document = json.loads(PATH.read_text(encoding="utf-8"))
    assert suite.name == "daily_prices"
    assert [(rule.type, rule.kwargs, rule.severity) for rule in suite.rules] == [
        (entry["type"], entry["kwargs"], entry["severity"]) for entry in document["expectations"]
    ]
    assert [rule.reason for rule in suite.rules] == [entry["meta"]["reason"] for entry in document["expectations"]]


def test_every_rule_says_in_a_sentence_what_must_hold() -> None:
    for rule in load_suite(PATH).rules:
        assert rule.sentence.endswith(".")
        assert rule.sentence[0].isupper()
        assert "$" not in rule.sentence, "the renderer would take it for a parameter"
        assert not rule.reason.endswith(".")


def test_every_column_a_suite_may_name_is_the_parsers_or_derived() -> None:
    assert set(FRAME_COLUMNS) <= set(PARSED_DAILY_PRICES.names) | set(DERIVED_COLUMNS)


def test_every_derived_column_is_checked_by_the_suite() -> None:
    checked = {column for rule in load_suite(PATH).rules for column in rule.columns}
    assert set(DERIVED_COLUMNS) <= checked


def test_a_sound_expectation_is_taken(written: Callable[..., Path]) -> None:
    (rule,) = load_suite(written(positive())).rules
    assert (rule.reason, rule.severity, rule.columns) == ("open is not above zero", "critical", ("open",))


@pytest.mark.parametrize(
    ("entry", "fact"),
    [
        (positive(type="expect_column_values_to_be_betwen"), "is not known to Great Expectations"),
        (positive(kwargs={"column": "open", "min_valu": 0}), "is refused by Great Expectations.*min_valu"),
        (positive(kwargs={"column": "open"}), "is refused by Great Expectations.*min_value and max_value cannot both be None"),
        (positive(severity="critcal"), "has the severity 'critcal', not one of critical, warning"),
        (positive(kwargs={"column": "opne", "min_value": 0}), "names the column 'opne', which does not exist"),
        (positive(kwargs={"column": "open", "min_value": 0, "mostly": 0.95}), "uses mostly, which lets bad rows pass"),
        (positive(description=""), "has no reason or no sentence"),
        (positive(meta={}), "has no reason or no sentence"),
        (
            positive(
                type="expect_column_quantile_values_to_be_between",
                kwargs={"column": "open", "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 1]]}},
            ),
            "cannot be used",
        ),
        ({"type": "expect_table_row_count_to_be_between"}, "must have exactly the fields"),
        ("expect_table_row_count_to_be_between", "must have exactly the fields"),
    ],
)
def test_an_expectation_that_would_not_check_what_it_says_is_refused_by_name(written: Callable[..., Path], entry: Any, fact: str) -> None:
    path = written(positive(meta={"reason": "another"}), entry)
    with pytest.raises(SuiteBroken, match=rf"Expectation 2 in {path}.*{fact}"):
        load_suite(path)


def test_two_rules_with_one_reason_are_refused(written: Callable[..., Path]) -> None:
    with pytest.raises(SuiteBroken, match="several expectations give the reason 'open is not above zero'"):
        load_suite(written(positive(), positive()))


def test_a_suite_without_expectations_is_refused(written: Callable[..., Path]) -> None:
    with pytest.raises(SuiteBroken, match="every bar would pass"):
        load_suite(written())


@pytest.mark.parametrize("text", ["", "[]", '{"name": "trial"}', '{"name": "trial", "expectations": 3}'])
def test_a_file_that_is_no_suite_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "suite.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SuiteBroken, match=str(path)):
        load_suite(path)
    with pytest.raises(SuiteBroken, match="cannot be read"):
        load_suite(tmp_path / "absent.json")
