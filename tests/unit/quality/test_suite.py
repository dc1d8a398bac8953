import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.datasets.adjusted_prices import CHECKS as ADJUSTED_PRICES
from tasks.datasets.daily_prices import CHECKS as DAILY_PRICES
from tasks.datasets.dividends import CHECKS as DIVIDENDS
from tasks.datasets.listings import CHECKS as LISTINGS
from tasks.datasets.quotes import CHECKS as QUOTES
from tasks.datasets.splits import CHECKS as SPLITS
from tasks.quality.context import Context, Market, Thresholds
from tasks.quality.errors import SuiteBroken
from tasks.quality.suite import load_suite, load_thresholds
from tasks.quality.validation_target import ValidationTarget

SUITES = Path(__file__).resolve().parents[3] / "expectations"
ALL = (DAILY_PRICES, ADJUSTED_PRICES, DIVIDENDS, SPLITS, LISTINGS, QUOTES)

every_suite = pytest.mark.parametrize("judged", ALL, ids=lambda judged: judged.name)

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
        path.write_text(json.dumps({"name": "daily_prices", "expectations": entries}), encoding="utf-8")
        return path

    return write


def test_there_is_a_suite_for_every_dataset_and_no_other() -> None:
    assert {path.stem for path in SUITES.glob("*.json")} - {"exchanges"} == {judged.name for judged in ALL}


@every_suite
def test_a_suite_is_read_in_full(judged: ValidationTarget) -> None:
    path = SUITES / f"{judged.name}.json"
    suite = load_suite(path, judged)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert suite.name == judged.name
    assert [(rule.type, rule.kwargs, rule.severity) for rule in suite.rules] == [
        (entry["type"], entry["kwargs"], entry["severity"]) for entry in document["expectations"]
    ]
    assert [rule.reason for rule in suite.rules] == [entry["meta"]["reason"] for entry in document["expectations"]]


@every_suite
def test_every_rule_says_in_a_sentence_what_must_hold(judged: ValidationTarget) -> None:
    for rule in load_suite(SUITES / f"{judged.name}.json", judged).rules:
        assert rule.sentence.endswith(".")
        assert rule.sentence[0].isupper()
        assert "$" not in rule.sentence, "the renderer would take it for a parameter"
        assert not rule.reason.endswith(".")


@every_suite
def test_every_boolean_column_is_checked_by_the_suite(judged: ValidationTarget) -> None:
    frame = judged.lay_out(judged.parsed.empty_table(), Context(Market(np.array([], dtype="datetime64[D]"), date(2026, 1, 2)), []))
    assert tuple(frame.columns) == judged.columns
    checked = {column for rule in load_suite(SUITES / f"{judged.name}.json", judged).rules for column in rule.columns}
    assert {name for name in frame.columns if frame[name].dtype == bool} <= checked


def test_the_suites_of_raw_and_adjusted_prices_agree_in_what_they_share() -> None:
    """The suites of raw and adjusted prices say the same of what they share."""
    raw, adjusted = (load_suite(SUITES / f"{judged.name}.json", judged).rules for judged in (DAILY_PRICES, ADJUSTED_PRICES))
    shared = [rule for rule in raw if rule.columns not in {(f"{name}_fits_column",) for name in ("open", "high", "low")}]
    assert list(adjusted[: len(shared)]) == shared


def test_thresholds_are_those_of_the_exchange_or_of_all_others(tmp_path: Path) -> None:
    assert load_thresholds(SUITES / "exchanges.json", "XNYS").smallest_volume == 1
    assert load_thresholds(SUITES / "exchanges.json", "XLON") == Thresholds(smallest_volume=0, largest_change=40.0, largest_spike=10.0)
    broken = tmp_path / "exchanges.json"
    broken.write_text('{"other": {"smallest_volum": 0}}')
    with pytest.raises(SuiteBroken, match="smallest_volum"):
        load_thresholds(broken, "XLON")


def test_a_sound_expectation_is_taken(written: Callable[..., Path]) -> None:
    (rule,) = load_suite(written(positive()), DAILY_PRICES).rules
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
def test_an_expectation_that_would_not_check_is_refused_by_name(written: Callable[..., Path], entry: Any, fact: str) -> None:
    """An expectation that would not check what it says is refused by name."""
    path = written(positive(meta={"reason": "another"}), entry)
    with pytest.raises(SuiteBroken, match=rf"Expectation 2 in {path}.*{fact}"):
        load_suite(path, DAILY_PRICES)


def test_two_rules_with_one_reason_are_refused(written: Callable[..., Path]) -> None:
    with pytest.raises(SuiteBroken, match="several expectations give the reason 'open is not above zero'"):
        load_suite(written(positive(), positive()), DAILY_PRICES)


def test_a_suite_without_expectations_is_refused(written: Callable[..., Path]) -> None:
    with pytest.raises(SuiteBroken, match="every bar would pass"):
        load_suite(written(), DAILY_PRICES)


@pytest.mark.parametrize("text", ["", "[]", '{"name": "trial"}', '{"name": "trial", "expectations": 3}'])
def test_a_file_that_is_no_suite_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "suite.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SuiteBroken, match=str(path)):
        load_suite(path, DAILY_PRICES)
    with pytest.raises(SuiteBroken, match="cannot be read"):
        load_suite(tmp_path / "absent.json", DAILY_PRICES)


def test_a_suite_about_something_else_is_refused(written: Callable[..., Path]) -> None:
    with pytest.raises(SuiteBroken, match="is named 'daily_prices' but validates 'splits'"):
        load_suite(written(positive()), SPLITS)
