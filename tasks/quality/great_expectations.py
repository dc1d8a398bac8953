"""Runs Great Expectations; no other module imports it (1.24; https://docs.greatexpectations.io/docs/core/).

The library is imported on first use, because that takes seconds and hundreds of megabytes. Its project is a process-wide global, so callers
take turns (``tasks.quality.validation``).
"""

from __future__ import annotations

import gc
import html
import importlib
import json
import re
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tasks.quality.columns import Integers
from tasks.quality.computed_once import computed_once
from tasks.quality.errors import SuiteBroken, ValidatorBroke
from tasks.quality.rules import Rule, Suite

if TYPE_CHECKING:
    import pandas as pd

_SAMPLES: Final = 10

_USED: Final = (
    "great_expectations",
    "great_expectations.expectations.registry",
    "great_expectations.render.renderer",
    "great_expectations.render.view",
    "great_expectations.validator.v1_validator",
)

_IMPORTING: Final = threading.RLock()

# With an unnamed RangeIndex and without unexpected_index_column_names the index list is every position, not cut at 200.
_LOCATED: Final = {"result_format": "COMPLETE", "return_unexpected_index_query": False, "partial_unexpected_count": _SAMPLES}
_COUNTED: Final = {"result_format": "BASIC", "partial_unexpected_count": _SAMPLES}

_COUNTS: Final = ("element_count", "unexpected_count", "missing_count")
_LISTS: Final = ("partial_unexpected_list", "partial_unexpected_counts", "partial_unexpected_index_list")
_PERCENTS: Final = ("unexpected_percent", "unexpected_percent_total", "unexpected_percent_nonmissing")

_FLAGS_AT_ONCE: Final = 32
"""The library keeps two masks of every rule until it has evaluated all that it was given."""

_WAY_OUT: Final = "This is a fault of the gate, not of the data: correct the suite or the code and run again."


@dataclass(frozen=True)
class Finding:
    """What one rule found.

    Attributes:
        rule: the rule.
        holds: whether it holds.
        rows: how many rows violate it; None for a rule about the batch as a whole.
        positions: which rows; None likewise.
        missing: for a rule that a set must be contained, a few of what is missing.
    """

    rule: Rule
    holds: bool
    rows: int | None
    positions: Integers | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Findings:
    """What all rules of a suite found.

    Attributes:
        each: one finding a rule, in the order of the suite.
        result: the library's result without row positions, as JSON takes it.
    """

    each: tuple[Finding, ...]
    result: dict[str, Any]


def import_library() -> None:
    """Imports all that a validation uses, which takes seconds; does nothing a second time.

    Who comes while another thread imports waits: a module of the library is there before the library has registered its expectations.
    """
    with _IMPORTING, warnings.catch_warnings():
        # The library imports sre_constants and sre_parse, which Python 3.11 announces to remove.
        warnings.filterwarnings("ignore", r"module 'sre_\w+' is deprecated", DeprecationWarning)
        for name in _USED:
            importlib.import_module(name)


def fault(rule: Rule) -> str:
    """Says what the library has against a rule, for example that it knows no such expectation or argument; empty if nothing."""
    registry = _module("great_expectations.expectations.registry")
    try:
        registry.get_expectation_impl(rule.type)(**rule.kwargs, severity=rule.severity)
    except _module("great_expectations.exceptions").ExpectationNotFoundError:
        return "is not known to Great Expectations"
    except (ValueError, TypeError) as error:
        return "is refused by Great Expectations: " + " ".join(str(error).split())
    return ""


def check(frame: pd.DataFrame, suite: Suite, run_id: str, parameters: Mapping[str, Any]) -> Findings:
    """Evaluates all rules of a suite on one batch.

    The many rules that are boolean columns are evaluated after the others, some at a time: for them the library only counts how many rows
    violate each, because which ones the column itself says.

    Args:
        frame: NumPy-typed columns, unnamed RangeIndex from 0; is emptied.
        suite: the rules.
        run_id: names the result.
        parameters: values for ``{"$PARAMETER": name}`` in the suite.

    Raises:
        SuiteBroken: the library kept another number of expectations than the suite has.
        ValidatorBroke: the library raised, or a result does not have the requested form.
    """
    # A third of a second to import, which a run with nothing to validate need not wait for.
    import pandas as pd

    assert isinstance(frame.index, pd.RangeIndex), "positions are only positions on a RangeIndex"
    assert frame.index.name is None, "a named index makes the library identify rows by name"
    flags = [rule for rule in suite.rules if _is_flag(rule)]
    turns = [
        [rule for rule in suite.rules if not _is_flag(rule)],
        *(flags[first : first + _FLAGS_AT_ONCE] for first in range(0, len(flags), _FLAGS_AT_ONCE)),
    ]
    found: dict[str, Finding] = {}
    results: list[dict[str, Any]] = []
    with _as_our_fault():
        batch = _batch_definition(suite.name)
    while turns:
        rules = turns.pop(0)
        if rules:
            with _leaving_nothing():
                findings = _checked(frame, batch, Suite(suite.name, tuple(rules)), run_id, parameters)
            found |= {finding.rule.reason: finding for finding in findings.each}
            results.append(findings.result)
        for name in set(frame.columns) - _columns(chain.from_iterable(turns)):
            del frame[name]
    return _together(suite, found, results[0], [entry for result in results for entry in result["results"]])


def merged(suite: Suite, parts: Sequence[Findings], whole: Findings) -> Findings:
    """One answer made of those on consecutive parts of a batch.

    Args:
        suite: the rules.
        parts: the findings of each part, positions those of the whole.
        whole: the findings of the rules that are about the batch as a whole, on all of it.
    """
    whole_findings = {finding.rule.reason: finding for finding in whole.each}
    each = tuple(
        whole_findings.get(rule.reason) or _joined(rule, [findings.each[number] for findings in parts])
        for number, rule in enumerate(suite.rules)
    )
    results = {_reason(entry): entry for entry in whole.result["results"]}
    for findings in parts:
        for entry in findings.result["results"]:
            if _reason(entry) not in whole_findings:
                results[_reason(entry)] = _summed(results.get(_reason(entry)), entry)
    return _together(suite, {finding.rule.reason: finding for finding in each}, parts[0].result, list(results.values()))


def sections(result: Mapping[str, Any]) -> str:
    """Renders a result as the library's Data Docs do, without the page around it: no script, style or image of any host.

    Args:
        result: as in ``Findings``.

    Returns:
        HTML to be set into a page.
    """
    schema = _module("great_expectations.core.expectation_validation_result").ExpectationSuiteValidationResultSchema()
    # The renderer escapes most of what comes from the data, but not sampled values and counts.
    document = schema.load({**result, "results": [{**each, "result": _escaped(each["result"])} for each in result["results"]]})
    page = _module("great_expectations.render.renderer").ValidationResultsPageRenderer(run_info_at_end=True).render(document)
    rendered = [
        _view().render({"section": section.to_json_dict(), "section_loop": {"index": number}})
        for number, section in enumerate(page.sections, start=1)
    ]
    # Its links lead to pages of a site that is not built.
    return re.sub(r' href="[^"]*"', "", "\n".join(rendered))


@lru_cache(maxsize=1)
def _view() -> Any:
    # Every view compiles the templates again, which takes as long as filling them.
    return _module("great_expectations.render.view").DefaultJinjaSectionView()


@lru_cache(maxsize=16)
def _module(name: str) -> Any:
    import_library()
    return importlib.import_module(name)


def _checked(frame: pd.DataFrame, batch: Any, suite: Suite, run_id: str, parameters: Mapping[str, Any]) -> Findings:
    import pandas as pd

    # The library's objects refer to one another and to the frame they were given; so they are given one to be emptied.
    held = pd.DataFrame({name: frame[name] for name in _columns(suite.rules) or {"symbol"}}, copy=False)
    form = _COUNTED if all(_is_flag(rule) for rule in suite.rules) else _LOCATED
    try:
        with _as_our_fault():
            expectations = _expectations(suite)
            new = _module("great_expectations.validator.v1_validator").Validator
            validator = new(batch_definition=batch, batch_parameters={"dataframe": held}, result_format=form)
            # A third of the time: an expectation makes its configuration anew wherever one of its arguments is looked up.
            with computed_once(_module("great_expectations.expectations.expectation").Expectation, "configuration"):
                # ValidationDefinition.run does this and then stores a deep copy of every position in memory, which takes as long again.
                validation = validator.validate_expectation_suite(expectations, dict(parameters))
    finally:
        for name in list(held.columns):
            del held[name]
    by_reason = {result.expectation_config.meta["reason"]: result for result in validation.results}
    if set(by_reason) != {rule.reason for rule in suite.rules}:
        raise ValidatorBroke("Great Expectations did not give one result for each rule.", _WAY_OUT, {"results": sorted(by_reason)})
    each = tuple(_finding(rule, by_reason[rule.reason], frame) for rule in suite.rules)
    return Findings(each, _slim(validation, run_id))


@contextmanager
def _as_our_fault() -> Iterator[None]:
    try:
        yield
    except SuiteBroken:
        raise
    except Exception as error:
        raise ValidatorBroke(f"Great Expectations raised {type(error).__name__}: {error}", _WAY_OUT) from error


def _is_flag(rule: Rule) -> bool:
    return rule.type == "expect_column_values_to_be_in_set" and rule.kwargs == {**rule.kwargs, "value_set": [True]}


def _columns(rules: Iterable[Rule]) -> set[str]:
    return {column for rule in rules for column in rule.columns}


def _together(suite: Suite, found: Mapping[str, Finding], result: Mapping[str, Any], results: list[dict[str, Any]]) -> Findings:
    """Findings in the order of the suite, and one result with the results of all rules."""
    each = tuple(found[rule.reason] for rule in suite.rules)
    holding = sum(1 for finding in each if finding.holds)
    statistics = {
        "evaluated_expectations": len(each),
        "successful_expectations": holding,
        "unsuccessful_expectations": len(each) - holding,
        "success_percent": 100 * holding / len(each),
    }
    return Findings(each, {**result, "success": holding == len(each), "statistics": statistics, "results": results})


@contextmanager
def _leaving_nothing() -> Iterator[None]:
    """Frees what the library leaves behind: circles of objects that hold the masks of every rule.

    Nothing is collected meanwhile, so they are all young at the end, and collecting the young alone takes milliseconds. The collector
    would otherwise go through the library's hundreds of thousands of objects several times, and still leave some circles to the next run.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect(0)
        if was_enabled:
            gc.enable()


def _batch_definition(name: str) -> Any:
    """The definition of a batch that is a frame, in a context of its own, which is forgotten with it."""
    # Below this many bytes the library hashes the whole batch, for a fingerprint in the result that is not used.
    _module("great_expectations.execution_engine.pandas_execution_engine").HASH_THRESHOLD = 0
    types = _module("great_expectations.data_context.types.base")
    context = _module("great_expectations").get_context(
        mode="ephemeral",
        project_config=types.DataContextConfig(
            store_backend_defaults=types.InMemoryStoreBackendDefaults(),
            progress_bars=types.ProgressBarsConfig(globally=False),
            analytics_enabled=False,
        ),
    )
    return context.data_sources.add_pandas("bars").add_dataframe_asset(name).add_batch_definition_whole_dataframe("run")


def _expectations(suite: Suite) -> Any:
    """The suite as the library's object."""
    entries = [
        {
            "type": rule.type,
            "kwargs": dict(rule.kwargs),
            "severity": rule.severity,
            "description": rule.sentence,
            "meta": {"reason": rule.reason},
        }
        for rule in suite.rules
    ]
    expectations = _module("great_expectations").ExpectationSuite(name=suite.name, expectations=entries)
    if len(expectations.expectations) != len(suite.rules):
        kept = {expectation.meta["reason"] for expectation in expectations.expectations}
        dropped = [rule.type for rule in suite.rules if rule.reason not in kept]
        raise SuiteBroken(f"Great Expectations silently dropped {', '.join(dropped)} from the suite {suite.name}.", _WAY_OUT)
    return expectations


def _finding(rule: Rule, outcome: Any, frame: pd.DataFrame) -> Finding:
    raised = list(_raised(outcome.exception_info))
    if raised:
        raise ValidatorBroke(f"The rule {rule.reason!r} ({rule.type}) could not be evaluated: {raised[0]}", _WAY_OUT)
    if "element_count" not in outcome.result:
        missing = tuple(str(value) for value in outcome.result.get("partial_missing_list") or ())
        return Finding(rule, bool(outcome.success), None, None, missing)
    if _is_flag(rule):
        positions = np.flatnonzero(~frame[rule.columns[0]].to_numpy())
    else:
        positions = np.asarray(outcome.result["unexpected_index_list"] or (), dtype=np.int64)
    if len(positions) != outcome.result["unexpected_count"] or bool(outcome.success) != (not len(positions)):
        raise ValidatorBroke(f"The rule {rule.reason!r} ({rule.type}) did not report every row that violates it.", _WAY_OUT)
    return Finding(rule, bool(outcome.success), len(positions), positions)


def _reason(entry: Mapping[str, Any]) -> str:
    return str(entry["expectation_config"]["meta"]["reason"])


def _joined(rule: Rule, parts: Sequence[Finding]) -> Finding:
    violated = np.sort(np.concatenate([finding.positions for finding in parts if finding.positions is not None]))
    return Finding(rule, all(finding.holds for finding in parts), len(violated), violated)


def _summed(former: dict[str, Any] | None, entry: dict[str, Any]) -> dict[str, Any]:
    if former is None:
        return entry
    counted = {
        name: former["result"][name] + entry["result"][name] for name in _COUNTS if name in former["result"] and name in entry["result"]
    }
    result = {**former["result"], **counted}
    for name in _LISTS:
        if name in former["result"] or name in entry["result"]:
            result[name] = [*former["result"].get(name, ()), *entry["result"].get(name, ())][:_SAMPLES]
    if "unexpected_percent" in result and counted.get("element_count"):
        for name in _PERCENTS:
            result[name] = 100 * counted["unexpected_count"] / counted["element_count"]
    return {**former, "success": former["success"] and entry["success"], "result": result}


def _raised(information: Mapping[str, Any]) -> Iterable[str]:
    # Either the information itself, or one by metric.
    each = [information] if "raised_exception" in information else information.values()
    return (str(one.get("exception_message")) for one in each if one.get("raised_exception"))


def _slim(validation: Any, run_id: str) -> dict[str, Any]:
    for each in validation.results:
        # Positions stand in the quarantine; copying them through JSON is what takes the time.
        for name in ("unexpected_list", "unexpected_index_list"):
            each.result.pop(name, None)
        # Every sample of a boolean column is False and every one of a null is null.
        expectation = each.expectation_config
        if expectation.type == "expect_column_values_to_not_be_null" or expectation.kwargs.get("value_set") == [True]:
            for name in ("partial_unexpected_list", "partial_unexpected_counts"):
                each.result.pop(name, None)
    validation.meta["run_id"] = _module("great_expectations.core.run_identifier").RunIdentifier(run_name=run_id)
    plain: dict[str, Any] = json.loads(json.dumps(validation.to_json_dict(), default=str))
    plain["suite_parameters"] = _shortened(plain["suite_parameters"])
    for each in plain["results"]:
        each["expectation_config"]["kwargs"] = _shortened(each["expectation_config"]["kwargs"])
    return plain


def _shortened(arguments: Mapping[str, Any]) -> dict[str, Any]:
    # The requested symbols, which may be thousands.
    return {
        name: [*value[:_SAMPLES], f"and {len(value) - _SAMPLES} more"] if isinstance(value, list) and len(value) > _SAMPLES else value
        for name, value in arguments.items()
    }


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return html.escape(value)
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    if isinstance(value, dict):
        return {name: _escaped(each) for name, each in value.items()}
    return value
