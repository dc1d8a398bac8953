"""Silences alerts that Prefect itself raises, by pausing their automations."""

from datetime import datetime

from prefect.client.orchestration import SyncPrefectClient, get_client

from tasks.alerting.alert import RAISED_BY_PREFECT
from tasks.alerting.deduplication import Silence
from tasks.lake.store import LakeStore
from tasks.orchestration.alerts import forget_silences, read_silenced
from tasks.orchestration.settings import Settings
from tasks.orchestration.step_log import step_logger

logger = step_logger("alerts")


def sync_silences(settings: Settings, lake: LakeStore, now: datetime) -> tuple[str, ...]:
    """Pauses the automations of such alerts while they are silenced, and resumes those whose silence has ended.

    What a person paused in the UI, without a silence, stays as it is.

    Args:
        settings: name the environment, which is part of the automations' names.
        lake: where silences are stored.
        now: the present instant, aware.

    Returns:
        The alerts that are paused or resumed by this.

    Raises:
        LakeError: the silences cannot be read or written.
    """
    silences = [silence for silence in read_silenced(lake) if silence.alert in RAISED_BY_PREFECT]
    if not silences:
        return ()
    with get_client(sync_client=True) as client:
        touched = [silence.alert for silence in silences if _set(client, settings, silence, is_silent=now < silence.until)]
    forget_silences(lake, [silence for silence in silences if silence.until <= now])
    return tuple(touched)


def _set(client: SyncPrefectClient, settings: Settings, silence: Silence, *, is_silent: bool) -> bool:
    named = client.read_automations_by_name(f"tickerhouse {settings.environment}: {silence.alert}")
    to_turn = [automation for automation in named if automation.enabled is is_silent]
    for automation in to_turn:
        if is_silent:
            client.pause_automation(automation.id)
        else:
            client.resume_automation(automation.id)
        logger.info("alert %s %s", silence.alert, "paused" if is_silent else "resumed")
    return bool(to_turn)
