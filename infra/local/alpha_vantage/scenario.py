"""Scripted faults: which request gets which trouble instead of, or on top of, its answer.

A scenario is a JSON object::

    {"rules": [
        {"symbol": "AAPL", "function": "TIME_SERIES_DAILY", "nth": [1, 2], "answer": "burst_free_2025_12"},
        {"symbol": "MSFT", "answer": "latency", "seconds": 1.5}
    ]}

``symbol`` and ``function`` may be left out and then mean any. ``nth`` counts the requests within the limits that fit the rule, from 1;
without it the rule always holds. The first rule that holds wins. ``answer`` is the name of a refusal (``refusals.REFUSALS``) or of a fault
(``faults.DELIVERIES``, ``faults.SPOILED_BODIES``); ``seconds`` is how long a fault that takes time takes.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from infra.local.alpha_vantage.answers import Answer
from infra.local.alpha_vantage.errors import BadScenario
from infra.local.alpha_vantage.faults import DELIVERIES, SPOILED_BODIES
from infra.local.alpha_vantage.limits import PlanLimits
from infra.local.alpha_vantage.refusals import REFUSALS, refusal

_RULE_NAMES: Final = frozenset({"symbol", "function", "nth", "answer", "seconds"})
_DEFAULT_SECONDS: Final[Mapping[str, float]] = {"hang": 3600.0, "latency": 1.0, "slow": 1.0}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a scenario; see the module."""

    answer_name: str
    seconds: float
    symbol: str | None = None
    function: str | None = None
    nth: frozenset[int] | None = None

    @property
    def replaces_answer(self) -> bool:
        """Whether the rule answers by itself instead of spoiling the ordinary answer."""
        return self.answer_name in REFUSALS

    def fits(self, function: str, symbol: str) -> bool:
        """Whether the rule is about such a request."""
        return self.function in {None, function} and self.symbol in {None, symbol}

    def answer(self, function: str, key: str, limits: PlanLimits) -> Answer:
        """The refusal the rule stands for."""
        given = refusal(self.answer_name, function=function, key=key, per_second=limits.per_second, per_day=limits.per_day or 25)
        return replace(given, seconds=self.seconds)

    def spoil(self, answer: Answer) -> Answer:
        """The ordinary answer with the rule's fault in it."""
        if self.answer_name in DELIVERIES:
            return replace(answer, name=self.answer_name, delivery=DELIVERIES[self.answer_name], seconds=self.seconds)
        spoiled = SPOILED_BODIES[self.answer_name](answer.body)
        return replace(answer, name=self.answer_name, body=spoiled, seconds=self.seconds)


class Scenario:
    """The rules of one source, and how often each was met.

    Args:
        rules: the first that holds wins.
    """

    def __init__(self, rules: list[Rule]) -> None:
        self._rules = rules
        self._met = [0] * len(rules)
        self._lock = threading.Lock()

    @classmethod
    def read(cls, source: Mapping[str, Any] | Path | str | None) -> "Scenario":
        """The scenario that a JSON object, or a JSON file, describes; None describes one without rules.

        Raises:
            BadScenario: no such file, no JSON, or an invalid rule.
        """
        if source is None:
            return cls([])
        if isinstance(source, Mapping):
            return cls(_rules(source))
        try:
            return cls(_rules(json.loads(Path(source).read_bytes())))
        except OSError:
            raise BadScenario(f"The scenario {source} cannot be read.", "Give the path of a JSON file.") from None
        except ValueError as error:
            raise BadScenario(f"The scenario {source} is no JSON: {error}.") from None

    def fault_for(self, function: str, symbol: str) -> Rule | None:
        """Counts a request, and gives the rule that holds for it."""
        holding = None
        with self._lock:
            for place, rule in enumerate(self._rules):
                if rule.fits(function, symbol):
                    self._met[place] += 1
                    if holding is None and (rule.nth is None or self._met[place] in rule.nth):
                        holding = rule
        return holding


def _rules(description: Any) -> list[Rule]:
    rules = description.get("rules") if isinstance(description, Mapping) else None
    if not isinstance(rules, list):
        raise BadScenario("A scenario is an object with a list named rules.")
    return [_rule(number, rule) for number, rule in enumerate(rules, 1)]


def _rule(number: int, rule: Any) -> Rule:
    if not isinstance(rule, Mapping) or not rule.keys() <= _RULE_NAMES:
        raise BadScenario(f"Rule {number} is invalid.", f"A rule is an object of {', '.join(sorted(_RULE_NAMES))}.")
    name, nth, seconds = rule.get("answer"), rule.get("nth"), rule.get("seconds")
    if not isinstance(name, str) or name not in REFUSALS | DELIVERIES.keys() | SPOILED_BODIES.keys():
        known = ", ".join(sorted(REFUSALS | DELIVERIES.keys() | SPOILED_BODIES.keys()))
        raise BadScenario(f"Rule {number} has the answer {name!r}, which is none.", f"The answers are {known}.")
    if nth is not None and not (isinstance(nth, list) and all(isinstance(each, int) and each > 0 for each in nth)):
        raise BadScenario(f"Rule {number} has nth {nth!r}.", "It is a list of whole numbers from 1 on.")
    if seconds is not None and not (isinstance(seconds, int | float) and seconds >= 0):
        raise BadScenario(f"Rule {number} has seconds {seconds!r}.", "It is a number of seconds.")
    return Rule(
        answer_name=name,
        seconds=_DEFAULT_SECONDS.get(name, 0.0) if seconds is None else float(seconds),
        symbol=rule.get("symbol"),
        function=rule.get("function"),
        nth=None if nth is None else frozenset(nth),
    )
