"""What is remembered of alerts, as JSON-able values."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tasks.alerting.deduplication import SentAlert, Silence
from tasks.errors import TickerhouseError


class BadAlertRecord(TickerhouseError):
    """What is remembered of alerts cannot be read."""


def said_to_json(memory: Iterable[SentAlert]) -> list[dict[str, str]]:
    """What was said, for the lake."""
    return [
        {"name": said.name, "cause": said.cause, "title": said.title, "first": said.first.isoformat(), "last": said.last.isoformat()}
        for said in memory
    ]


def said_from_json(entries: Iterable[Mapping[str, Any]]) -> tuple[SentAlert, ...]:
    """What ``said_to_json`` wrote.

    Raises:
        BadAlertRecord: something else is there.
    """
    try:
        return tuple(
            SentAlert(
                entry["name"], entry["cause"], entry["title"], datetime.fromisoformat(entry["first"]), datetime.fromisoformat(entry["last"])
            )
            for entry in entries
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _bad("What was said", "said", error) from None


def silences_to_json(silences: Iterable[Silence]) -> list[dict[str, str]]:
    """The silences, for the lake."""
    return [{"alert": silence.alert, "until": silence.until.isoformat(), "reason": silence.reason} for silence in silences]


def silences_from_json(entries: Iterable[Mapping[str, Any]]) -> tuple[Silence, ...]:
    """What ``silences_to_json`` wrote.

    Raises:
        BadAlertRecord: something else is there.
    """
    try:
        return tuple(Silence(entry["alert"], datetime.fromisoformat(entry["until"]), entry["reason"]) for entry in entries)
    except (KeyError, TypeError, ValueError) as error:
        raise _bad("What is silenced", "silences", error) from None


def _bad(what: str, name: str, error: Exception) -> BadAlertRecord:
    return BadAlertRecord(
        f"{what} cannot be read ({type(error).__name__}: {error}).",
        f"Move the {name} document under state/alerts/ away; alerts may then be said once more.",
    )
