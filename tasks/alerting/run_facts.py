"""The facts about a run from which its alerts are decided; values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tasks.alerting.alert import Example
from tasks.records import Status


@dataclass(frozen=True)
class Fault:
    """What broke or stopped a run."""

    name: str
    fact: str
    way_out: str = ""
    step: str = ""


@dataclass(frozen=True)
class PremiumRefusal:
    """A call refused because the key's plan does not have the endpoint.

    Attributes:
        function: what was called.
        detail: the API's own words.
        way_out: what would help.
        shortened: where whole histories alone are refused, the symbols that were given the latest sessions in their place.
        is_of_histories: whether whole histories alone are refused.
    """

    function: str
    detail: str
    way_out: str
    shortened: tuple[str, ...] = ()
    is_of_histories: bool = False


@dataclass(frozen=True)
class RunFacts:
    """The facts about a run from which its alerts are decided.

    Attributes:
        run_id: the run.
        status: how it ended.
        session: the due session, or None where the run ended before it was known.
        symbol_count: symbols of the watchlist.
        fault: what broke or stopped it.
        missing: symbols whose due bar is not in, and why.
        next_step: what the first missing symbol needs.
        quarantined: bars quarantined.
        rate: their share among those validated, 0 to 1.
        limit: the share above which the gate closes.
        reasons: bars by reason for holding them back, most frequent first.
        bars: examples of quarantined bars in their original strings.
        premium: endpoints that the key's plan no longer has.
        calls_sent: requests of the run.
        calls_left: calls the day has left, or None where it has no limit.
        calls_per_day: the plan's limit, or None.
        staged: rows copied into the stage.
        changed: bars whose values differed from what was held.
        restated: the same by symbol, most first.
        seconds: wall time by step.
        calls_planned: calls the plan had; what a step costs depends on it.
        pages: addresses of its report and its verdict, by the words to show for them.
        flow_run: the run in the Prefect UI.
        flow: whose run it is.
    """

    run_id: str
    status: Status
    session: date | None = None
    symbol_count: int = 0
    fault: Fault | None = None
    missing: tuple[Example, ...] = ()
    next_step: str = ""
    quarantined: int = 0
    rate: float = 0.0
    limit: float = 0.0
    reasons: Mapping[str, int] = field(default_factory=dict)
    bars: tuple[Example, ...] = ()
    premium: tuple[PremiumRefusal, ...] = ()
    calls_sent: int = 0
    calls_left: int | None = None
    calls_per_day: int | None = None
    staged: int = 0
    changed: int = 0
    restated: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    calls_planned: int = 0
    pages: Mapping[str, str] = field(default_factory=dict)
    flow_run: str = ""
    flow: str = "daily_prices"
