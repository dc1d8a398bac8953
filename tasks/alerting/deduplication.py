"""Deduplicates alerts: which are new, which were already sent, which are silenced, which have ended.

The same thing, for the same flow and of the same cause, is sent once a day (New York) until it has ended; its end is sent once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from tasks.alerting.alert import ONGOING, Alert, Example
from tasks.records import Instant

NEW_YORK: Final = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class SentAlert:
    """One alert that was sent, as stored between runs.

    Attributes:
        name: which.
        cause: why.
        title: in which words.
        first: when the trouble was first sent, UTC, be it for another cause.
        last: when for the last time, UTC.
    """

    name: str
    cause: str
    title: str
    first: Instant
    last: Instant

    @property
    def incident(self) -> str:
        """The name of the trouble, the same from the first message to the recovery: the alert and when it began, UTC."""
        return f"{self.name}-{self.first.astimezone(UTC):%Y%m%dT%H%MZ}" if self.name in ONGOING else ""


@dataclass(frozen=True)
class Silence:
    """A silence: an alert that is not sent until a date, as stored between runs.

    Attributes:
        alert: which.
        until: until when, aware.
        reason: why, and that is why it is remembered.
    """

    alert: str
    until: Instant
    reason: str


@dataclass(frozen=True)
class Decision:
    """What to send now and what to store."""

    to_send: tuple[Alert, ...]
    memory: tuple[SentAlert, ...]


def decide(
    alerts: Sequence[Alert],
    memory: Sequence[SentAlert],
    silences: Sequence[Silence],
    now: datetime,
    evaluated: Collection[str],
) -> Decision:
    """Decides which alerts to send.

    Args:
        alerts: all current alerts, sent before or not.
        memory: the alerts of this flow that were sent before.
        silences: alerts that are not to be sent, those that have ended included.
        now: the present instant, aware.
        evaluated: the standing alerts that could have been among ``alerts``; one that is not there is over.
    """
    silent = {silence.alert for silence in silences if now < silence.until}
    remembered = {(sent.name, sent.cause): sent for sent in memory}
    current = {(alert.name, alert.cause): alert for alert in alerts}
    due = [alert for key, alert in current.items() if alert.name not in silent and _is_due(remembered.get(key), now)]
    names_now = {name for name, _ in current}
    over = [sent for sent in memory if sent.name in evaluated and sent.name in ONGOING and sent.name not in names_now]
    kept = {key: sent for key, sent in remembered.items() if _stands(sent, current, evaluated, now)}
    for alert in due:
        kept[alert.name, alert.cause] = SentAlert(alert.name, alert.cause, alert.title, _began(alert, memory, now), now)
    recovered = () if "recovered" in silent or not over else (_recovered(over, now),)
    named = [replace(alert, incident=kept[alert.name, alert.cause].incident) for alert in due]
    repeated = tuple(_repeated(alert, remembered.get((alert.name, alert.cause))) for alert in named)
    return Decision((*repeated, *recovered), tuple(kept.values()))


def _began(alert: Alert, memory: Sequence[SentAlert], now: datetime) -> datetime:
    """What stands for another cause today is the same trouble: one more symbol that is late makes no second incident."""
    same = [sent.first for sent in memory if sent.name == alert.name and (alert.name in ONGOING or sent.cause == alert.cause)]
    return min(same, default=now)


def _is_due(sent: SentAlert | None, now: datetime) -> bool:
    return sent is None or _day(sent.last) != _day(now)


def _stands(sent: SentAlert, current: Mapping[tuple[str, str], Alert], evaluated: Collection[str], now: datetime) -> bool:
    if (sent.name, sent.cause) in current:
        return True
    if sent.name in ONGOING:
        return sent.name not in evaluated
    # What has happened has no end; it is remembered for the day in which it is not repeated.
    return _day(sent.last) == _day(now)


def _repeated(alert: Alert, before: SentAlert | None) -> Alert:
    if before is None:
        return alert
    return replace(alert, facts={**alert.facts, "Standing since": f"{before.first:%Y-%m-%d %H:%M} UTC"})


def _recovered(over: Sequence[SentAlert], now: datetime) -> Alert:
    first = min(sent.first for sent in over)
    names = ", ".join(dict.fromkeys(sent.name for sent in over))
    return Alert(
        name="recovered",
        cause=names,
        title=f"Recovered: {names}",
        text=f"It is over after {_length((now - first).total_seconds())}.",
        examples=tuple(Example(sent.name, f"{sent.title} (incident {sent.incident})") for sent in over),
        incident=", ".join(dict.fromkeys(sent.incident for sent in over)),
        next_step="Nothing to do.",
    )


def _length(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _day(instant: datetime) -> object:
    return instant.astimezone(NEW_YORK).date()
