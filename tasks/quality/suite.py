"""Loads and checks the suites: the validation rules of a dataset as JSON.

Great Expectations drops an expectation of unknown type with no more than a log line, takes one that lets a share of the rows pass, and
accepts a column that does not exist until it runs. This loader refuses all of that by name, before anything is validated.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tasks.quality import great_expectations
from tasks.quality.context import Thresholds
from tasks.quality.errors import SuiteBroken
from tasks.quality.rules import Rule, Suite
from tasks.quality.validation_target import ValidationTarget

_FIELDS: Final = {"type", "kwargs", "severity", "description", "meta"}
_SEVERITIES: Final = ("critical", "warning")

# What storing or rendering their results breaks on (numpy booleans), whatever the data.
_UNUSABLE_TYPES: Final = ("expect_column_quantile_values_to_be_between", "expect_column_kl_divergence_to_be_less_than")

# A share of bad rows is what the gate allows; a rule that allows one as well would pass rows it holds to be bad.
_UNUSABLE_ARGUMENTS: Final = ("mostly", "row_condition", "condition_parser")


def load_suite(path: Path, target: ValidationTarget) -> Suite:
    """Reads a suite and refuses one that would not check what it says. Imports Great Expectations, which takes seconds once.

    Args:
        path: a JSON file of ``name`` and ``expectations``, each of ``type``, ``kwargs``, ``severity``, ``description`` (the sentence) and
            ``meta.reason``.
        target: the rows it is about, whose columns its rules may name.

    Raises:
        SuiteBroken: the file cannot be read, or an expectation is incomplete, unknown, misspelt, ambiguous or names no such column; the
            text names file and expectation.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        name, entries = str(document["name"]), list(document["expectations"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SuiteBroken(f"The suite {path} cannot be read: {error!r}.", "Restore it from the repository.") from error
    if name != target.name:
        raise SuiteBroken(f"The suite {path} is named {name!r} but validates {target.name!r}.", "Give it the dataset's name.")
    rules = tuple(_rule(path, number, entry, target.columns) for number, entry in enumerate(entries, start=1))
    if not rules:
        raise SuiteBroken(f"The suite {path} has no expectation, so that every bar would pass.", "Restore it from the repository.")
    twice = [reason for reason, count in Counter(rule.reason for rule in rules).items() if count > 1]
    if twice:
        raise SuiteBroken(f"In {path} several expectations give the reason {twice[0]!r}.", "Give each its own meta.reason.")
    return Suite(name, rules)


def _rule(path: Path, number: int, entry: Mapping[str, Any], columns: Sequence[str]) -> Rule:
    if not isinstance(entry, dict) or set(entry) != _FIELDS or not isinstance(entry["kwargs"], dict) or not isinstance(entry["meta"], dict):
        raise SuiteBroken(f"Expectation {number} in {path} must have exactly the fields {', '.join(sorted(_FIELDS))}.", "Complete it.")
    rule = Rule(
        str(entry["meta"].get("reason", "")),
        str(entry["description"]),
        str(entry["severity"]),
        str(entry["type"]),
        entry["kwargs"],
        entry["meta"].get("is_harmless") is True,
    )
    fault = _fault(rule, columns)
    if fault:
        raise SuiteBroken(
            f"Expectation {number} in {path}, {rule.type}({', '.join(rule.columns)}), {fault}.",
            "Correct it after the example of the other entries.",
            {"expectation": entry},
        )
    return rule


def _fault(rule: Rule, columns: Sequence[str]) -> str:
    unknown = [column for column in rule.columns if column not in columns]
    shares = [argument for argument in _UNUSABLE_ARGUMENTS if argument in rule.kwargs]
    if not rule.reason or not rule.sentence:
        return "has no reason or no sentence"
    if rule.severity not in _SEVERITIES:
        return f"has the severity {rule.severity!r}, not one of {', '.join(_SEVERITIES)}"
    if rule.type in _UNUSABLE_TYPES:
        return "cannot be used: its result cannot be stored"
    if shares:
        return f"uses {shares[0]}, which lets bad rows pass"
    if unknown:
        return f"names the column {unknown[0]!r}, which does not exist"
    return great_expectations.fault(rule)


def load_thresholds(path: Path, exchange: str) -> Thresholds:
    """Reads what is usual on an exchange; an exchange that is not named has the thresholds of ``other``.

    Raises:
        SuiteBroken: the file cannot be read, or says something that is no threshold.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Thresholds(**document.get(exchange, document["other"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SuiteBroken(f"The thresholds {path} cannot be read: {error!r}.", "Restore them from the repository.") from error
