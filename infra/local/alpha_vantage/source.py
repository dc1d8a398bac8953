"""One source: its settings, its limits, its journal, and how it answers a request."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from infra.local.alpha_vantage.answers import Answer
from infra.local.alpha_vantage.exchange_calendar import sessions
from infra.local.alpha_vantage.history import SyntheticHistory
from infra.local.alpha_vantage.journal import Journal
from infra.local.alpha_vantage.limits import PLANS, Limiter
from infra.local.alpha_vantage.refusals import limit_refusal, refusal
from infra.local.alpha_vantage.replay import Replay
from infra.local.alpha_vantage.scenario import Scenario
from infra.local.alpha_vantage.settings import SourceSettings

# What the documentation's own examples ask for; the key "demo" is good for nothing else.
_DEMO_SYMBOL: Final = "IBM"


class Source:
    """Answers requests as the API would.

    Args:
        settings: what it serves.
        now: the server's clock, for sources without an ``as_of`` and for the journal.
        monotonic: seconds that never run backwards, for the limits.

    Raises:
        RecordingMissing: a replay whose folder is not there or holds nothing to replay.
        BadScenario: an invalid scenario.
    """

    def __init__(self, settings: SourceSettings, now: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.journal = Journal()
        self._now = now
        self._plan = PLANS[settings.plan]
        self._limiter = Limiter(self._plan, monotonic) if settings.kind == "synthetic" else None
        self._replay = Replay(Path(settings.folder)) if settings.kind == "replay" and settings.folder is not None else None
        self._history = SyntheticHistory(is_free=settings.plan == "free")
        self._scenario = Scenario.read(settings.scenario)
        if settings.kind == "synthetic":
            # Opened now, so that the first answer does not have to wait for the calendar.
            sessions()

    def answer(self, parameters: Mapping[str, str]) -> Answer:
        """The answer to the parameters of one request, written down in the journal.

        The order is the API's: the key, then the limits, then the function and its parameters.
        """
        function, symbol = parameters.get("function", "").upper(), parameters.get("symbol", "")
        window = None
        key = parameters.get("apikey", "")
        if not key:
            given = refusal("apikey_missing")
        elif self._limiter and (window := self._limiter.full_window()):
            given = limit_refusal(window, self._plan, key=key)
        else:
            given = self._answer_within_limits(function, symbol, key, parameters)
        self.journal.add(self._now(), function, symbol, parameters.get("outputsize", ""), given.name, window)
        return given

    def _answer_within_limits(self, function: str, symbol: str, key: str, parameters: Mapping[str, str]) -> Answer:
        fault = self._scenario.fault_for(function, symbol)
        if fault and fault.replaces_answer:
            return fault.answer(function, key, self._plan)
        if key.lower() == "demo" and symbol != _DEMO_SYMBOL and self.settings.kind == "synthetic":
            given = refusal("demo_key_current")
        elif self._replay:
            given = self._replayed(self._replay, function, symbol, parameters)
        else:
            given = self._history.answer(function, parameters, self._as_of())
        return fault.spoil(given) if fault else given

    def _replayed(self, replay: Replay, function: str, symbol: str, parameters: Mapping[str, str]) -> Answer:
        asked = parameters.get("state", "active") if function == "LISTING_STATUS" else symbol
        given = replay.answer(
            function,
            asked,
            self._as_of().astimezone(UTC).date(),
            full=parameters.get("outputsize") == "full",
            prefers_csv=parameters.get("datatype") == "csv",
        )
        return given or refusal("invalid_call", function=function)

    def _as_of(self) -> datetime:
        return self.settings.instant or self._now()
