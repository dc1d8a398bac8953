"""The findings of ``tickerhouse doctor``: every part from the settings to Slack is ok, worth a warning, or broken. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from tasks.sessions import NEWER_CALENDARS
from tasks.wording import agreeing, counted

CLOCK_WARNING: Final = timedelta(seconds=60)
"""From how far apart the clocks are worth a look; AWS refuses requests signed more than 15 minutes apart."""

CLOCK_LIMIT: Final = timedelta(minutes=5)

CALENDAR_WARNING: Final = timedelta(days=30)
"""How long before the end of a calendar one is told."""

_NAMED: Final = 3


class Level(StrEnum):
    """What a link is worth."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """What was found of one link.

    Attributes:
        link: the link.
        level: whether it holds.
        fact: what was found; no secret in it.
        mend: what a person does about it, empty where it holds.
    """

    link: str
    level: Level
    fact: str
    mend: str = ""


def exit_code(findings: Iterable[Finding]) -> int:
    """1 where a link is broken, else 0; a warning is no fault."""
    return int(any(finding.level is Level.BROKEN for finding in findings))


def render_finding(finding: Finding) -> str:
    """A finding as lines of text."""
    mend = f"\n{'':<22} {finding.mend}" if finding.mend else ""
    return f"{finding.level.value:<8} {finding.link:<13} {finding.fact}{mend}"


def headline(findings: Sequence[Finding]) -> str:
    """All findings in one sentence."""
    counts = {level: sum(1 for finding in findings if finding.level is level) for level in Level}
    first = next((finding for finding in findings if finding.level is Level.BROKEN), None)
    words = f"{counts[Level.OK]} ok, {counts[Level.WARNING]} with a warning, {counts[Level.BROKEN]} broken"
    return f"{words}; mend {first.link} first, what comes after it may follow from it." if first else f"{words}."


def as_document(findings: Sequence[Finding]) -> dict[str, Any]:
    """The findings as JSON has them."""
    listed = [{"link": each.link, "level": each.level.value, "fact": each.fact, "mend": each.mend} for each in findings]
    return {"exit_status": exit_code(findings), "headline": headline(findings), "findings": listed}


def version_finding(needed: Mapping[str, str], unfit: Mapping[str, str], python: str) -> Finding:
    """What is installed against what is needed.

    Args:
        needed: by package, the versions that are needed, as in ``pyproject.toml``.
        unfit: by package, what is installed where that does not fit; ``nothing`` where it is missing.
        python: the version of Python.
    """
    if not unfit:
        return Finding("versions", Level.OK, f"Python {python}; all {len(needed)} packages are installed as they are needed")
    listed = ", ".join(f"{name} {found} (needed {needed[name]})" for name, found in sorted(unfit.items()))
    return Finding(
        "versions", Level.BROKEN, f"Python {python}; installed are {listed}", "Run `make run`, which installs requirements.lock."
    )


def settings_finding(values: Mapping[str, str], secret: frozenset[str]) -> Finding:
    """The settings that are set; of secrets only that they are.

    Args:
        values: by environment variable, its value.
        secret: the variables whose value is not shown.
    """
    shown = ", ".join(f"{name}={'(set)' if name in secret else value}" for name, value in sorted(values.items()))
    return Finding("settings", Level.OK, shown or "none is set; the defaults are in force")


def budget_finding(plan: str, calls_left: int | None, words: str) -> Finding:
    """The key, its plan and what is left of the day.

    Args:
        plan: the plan's name.
        calls_left: calls left today; None where the day has no limit.
        words: the same for people.
    """
    fact = f"there is one; {words} (plan {plan})"
    if calls_left == 0:
        return Finding("key", Level.WARNING, fact, "Wait until the day ends, or set TICKERHOUSE_PLAN after buying a larger plan.")
    return Finding("key", Level.OK, fact)


def watchlist_finding(place: str, symbols: int, ends: Mapping[str, date | None], today: date) -> Finding:
    """The watchlist, and whether the sessions of its symbols are still known.

    Args:
        place: a file or ``s3://`` address.
        symbols: how many it names.
        ends: by exchange, the last date that its calendar knows; None where that has no end.
        today: the present date, UTC.
    """
    fact = f"{place} names {counted(symbols, 'symbol')}"
    near = {exchange: end for exchange, end in sorted(ends.items()) if end is not None and end - today < CALENDAR_WARNING}
    if not near:
        return Finding("watchlist", Level.OK, fact)
    listed = ", ".join(f"the calendar of {exchange} ends on {end}" for exchange, end in near.items())
    return Finding("watchlist", Level.WARNING, f"{fact}; {listed}, and no later session is requested", NEWER_CALENDARS)


def step_finding(link: str, differing: Sequence[str], count: int, *, is_new: bool = False) -> Finding:
    """Whether what Prefect holds is what this checkout would deploy.

    Args:
        link: ``deployments`` or ``automations``.
        differing: what is missing or different, by name.
        count: how many there should be.
        is_new: whether none of them was ever deployed.
    """
    if not differing:
        return Finding(link, Level.OK, f"all {count} are as this checkout has them")
    if is_new:
        fact = "none is deployed; runs by hand work without, schedules and Slack do not"
        return Finding(link, Level.WARNING, fact, "Run: tickerhouse deploy")
    named = ", ".join(differing[:_NAMED]) + (f" and {len(differing) - _NAMED} more" if len(differing) > _NAMED else "")
    mend = "Run: tickerhouse deploy --dry-run, then: tickerhouse deploy"
    return Finding(link, Level.WARNING, f"{len(differing)} of {count} differ: {named}", mend)


def worker_finding(pool: str, serving: int, *, sleeps: bool) -> Finding:
    """Whether a worker takes up what is deployed.

    Args:
        pool: the work pool.
        serving: how many workers Prefect has heard of lately.
        sleeps: whether the worker is up for a part of the day only, as on AWS.
    """
    if serving:
        return Finding("worker", Level.OK, f"{serving} {agreeing(serving, 'serves', 'serve')} the pool {pool}")
    if sleeps:
        return Finding(
            "worker", Level.OK, f"none serves the pool {pool} now; on AWS one does from 20:00 to 23:00 in New York, unless set otherwise"
        )
    return Finding("worker", Level.WARNING, f"none serves the pool {pool}, so that what is scheduled waits", "Run: tickerhouse worker")


def clock_finding(apart: timedelta, place: str) -> Finding:
    """How far this machine's clock is from another's.

    Args:
        apart: the difference, never negative.
        place: whose clock.
    """
    fact = f"{apart.total_seconds():.0f} s from that of {place}"
    if apart <= CLOCK_WARNING:
        return Finding("clock", Level.OK, fact)
    level = Level.WARNING if apart <= CLOCK_LIMIT else Level.BROKEN
    return Finding("clock", level, fact, "Set this machine's clock (NTP); AWS refuses what is signed 15 minutes apart.")
