"""Estimates a plan: minutes, days, and whether the symbols fit the key's daily limit."""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from tasks.planning.bar_requests import COMPACT_SESSIONS, TRAILING_SESSIONS
from tasks.records import Plan


class Pacing(Protocol):
    """What a forecast needs to know of a plan of the API."""

    @property
    def calls_per_day(self) -> int | None:
        """Most calls a day, or None where there is no daily limit."""

    @property
    def spacing(self) -> float:
        """Seconds between two calls at the steady rate."""


@dataclass(frozen=True)
class Forecast:
    """What a plan costs.

    Attributes:
        calls_today: calls that fit today.
        calls_later: calls that do not.
        seconds_today: how long today's calls take at the plan's pace.
        seconds_in_all: the same for all calls.
        days_until_complete: 0 where no call is needed, 1 where everything fits today.
        sessions_between_turns: how many sessions pass between two calls for a symbol once every symbol is held; 1 where all fit a day.
        loses_sessions: whether that is more than a compact answer reaches, so that sessions would be lost.
    """

    calls_today: int
    calls_later: int
    seconds_today: float
    seconds_in_all: float
    days_until_complete: int
    sessions_between_turns: int
    loses_sessions: bool


def forecast(plan: Plan, pacing: Pacing, symbol_count: int) -> Forecast:
    """Works out what a plan costs.

    Args:
        plan: the calls, and the symbols that do not fit.
        pacing: the limits of the key's plan.
        symbol_count: how many symbols are wanted every session.
    """
    today, later = len(plan.calls), len(plan.skipped)
    per_day = pacing.calls_per_day
    later_days = math.ceil(later / per_day) if per_day else 0
    turns = max(1, math.ceil(symbol_count / per_day)) if per_day else 1
    return Forecast(
        calls_today=today,
        calls_later=later,
        seconds_today=_seconds(today, pacing),
        seconds_in_all=_seconds(today + later, pacing),
        days_until_complete=(1 if today or later else 0) + later_days,
        sessions_between_turns=turns,
        loses_sessions=turns > COMPACT_SESSIONS - TRAILING_SESSIONS,
    )


def as_text(seconds: float) -> str:
    """A duration as people say it: ``3 s``, ``2 min``, ``1 h 10 min``."""
    whole = timedelta(seconds=math.ceil(seconds))
    minutes = math.ceil(whole / timedelta(minutes=1))
    if whole < timedelta(minutes=2):
        return f"{whole.seconds} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004 - minutes of an hour


def _seconds(calls: int, pacing: Pacing) -> float:
    """The first call waits for nothing."""
    return max(0, calls - 1) * pacing.spacing
