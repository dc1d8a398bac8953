"""``tickerhouse silence``: silences an alert until a date, or lists the silences in force."""

import difflib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flows.command_line.environment import CommandEnvironment, named_server, prefect_name, read_environment, ready
from tasks.alerting.alert import EMITTED, RAISED_BY_PREFECT
from tasks.alerting.deduplication import NEW_YORK, Silence
from tasks.errors import WrongUsage

if TYPE_CHECKING:
    from tasks.lake.store import LakeStore


class SilenceUnfit(WrongUsage):
    """A silence that cannot be set."""


def silence_alert(alert: str, until: str, reason: str) -> None:
    """Remembers a silence in the lake, or lists those that are in force.

    Raises:
        SilenceUnfit: there is no such alert, or the end or the reason is missing or invalid.
        LakeError: the lake cannot be read or written.
        DeployError: Prefect itself notices the alert, and cannot be used; nothing was silenced.
    """
    now = datetime.now(UTC)
    new = _silence(alert, until, reason, now) if alert else None
    needs_prefect = new is not None and new.alert in RAISED_BY_PREFECT
    with ready(read_environment(None), keeps_prefect=needs_prefect) as context:
        from tasks.orchestration.alerts import read_silenced, silence
        from tasks.orchestration.clients import Clients

        lake = Clients(context.settings).lake
        if new is not None:
            if needs_prefect:
                _pause(context, lake, new, now)
            else:
                silence(lake, new)
            print(f"Silenced {new.alert} until {new.until.astimezone(NEW_YORK):%Y-%m-%d %H:%M %Z}: {new.reason}")
            return
        in_force = [each for each in read_silenced(lake) if now < each.until]
    for each in sorted(in_force, key=lambda each: each.until):
        print(f"{each.alert} until {each.until.astimezone(NEW_YORK):%Y-%m-%d %H:%M %Z}: {each.reason}")
    if not in_force:
        print("Nothing is silenced.")


def _pause(context: CommandEnvironment, lake: "LakeStore", new: Silence, now: datetime) -> None:
    """Silences an alert that Prefect notices, once Prefect has said that it can be reached: the automation is paused there."""
    from deployments.server import connected
    from tasks.orchestration.alert_silences import sync_silences
    from tasks.orchestration.alerts import silence

    has_own = context.stack is not None and not named_server(context.settings)
    print(f"Prefect: {prefect_name(context.stack if has_own else None)}", flush=True)
    with connected():
        silence(lake, new)
        sync_silences(context.settings, lake, now)


def _silence(alert: str, until: str, reason: str, now: datetime) -> Silence:
    if alert not in EMITTED | RAISED_BY_PREFECT:
        known = sorted(EMITTED | RAISED_BY_PREFECT)
        near = difflib.get_close_matches(alert, known, n=1)
        words = f"Did you mean {near[0]}? " if near else ""
        raise SilenceUnfit(f"No such alert: {alert}.", f"{words}Alerts that can be silenced: {', '.join(known)}.")
    if not until or not reason.strip():
        raise SilenceUnfit("A silence needs an end and a reason.", f'tickerhouse silence {alert} --until 2099-01-31 --reason "why"')
    moment = _moment(until)
    if moment <= now:
        raise SilenceUnfit(f"{until} is in the past.", "Give a later end.")
    return Silence(alert, moment, reason.strip())


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        # A date alone is midnight. What lies outside of all years elsewhere cannot be stored in UTC, nor shown in New York's time.
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=NEW_YORK)
        return moment.astimezone(UTC).astimezone(NEW_YORK)
    except (ValueError, OverflowError):
        raise SilenceUnfit(f"{text} is neither a date nor a timestamp.", "Use 2026-11-30 or 2026-11-30T12:00:00Z.") from None
