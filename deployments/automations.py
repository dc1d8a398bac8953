"""Automations that deliver alerts and start runs on events; created if missing, updated only if they differ.

An update resets the timers of a trigger, and a trigger that is updated more often than it fires never fires; so an automation that is
as it should be is not written. Those of ours that nothing asks for any more are removed; ours are known by their tag.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import CallWebhook, ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import Automation, AutomationCore, EventTrigger, Posture

from deployments.alert_files import read_alerts
from deployments.place import own_tag, silent_hours
from deployments.report import Action, Change
from tasks.orchestration.settings import Settings

_MARK: Final = "Managed by `tickerhouse deploy`; change it in deployments/, not here."
UNRESPONSIVE_SECONDS: Final = 540
"""How long nothing is heard of a run before it counts as crashed: nine heartbeats (``HEARTBEAT_SECONDS`` in ``deployments/place.py``)."""

# A worker reports the end of its process once more, some time after the run was marked: a run that has been scheduled by then would
# be marked as crashed again, with its second attempt.
_RESUME_AFTER: Final = timedelta(seconds=60)
_ONCE_WITHIN: Final = timedelta(days=30)
_SERVERS_OWN: Final = frozenset({"id", "created", "updated", "owner_resource"})


def automations(settings: Settings, channels: Mapping[str, UUID], deployments: Mapping[str, UUID]) -> list[AutomationCore]:
    """Every automation that should be there.

    Args:
        settings: the place.
        channels: the webhook block of every channel.
        deployments: the id of every deployment, by its flow.
    """
    wanted = []
    for alert in read_alerts(settings.environment, silent_hours=silent_hours(settings), runbook=settings.runbook):
        # Two channels that are one get one message.
        blocks = dict.fromkeys(channels[channel] for channel in alert.channels)
        wanted.append(
            _automation(
                settings,
                alert.name,
                alert.description,
                alert.trigger,
                [CallWebhook(block_document_id=block, payload=alert.message) for block in blocks],
            )
        )
    wanted += [_crash_unresponsive(settings), _resume_crashed(settings), _resume_unstarted(settings)]
    if "freshness" in deployments:
        wanted.append(_freshness_after_load(settings, deployments["freshness"]))
    return wanted


def apply_automations(client: SyncPrefectClient, settings: Settings, wanted: list[AutomationCore], *, is_dry_run: bool) -> Iterator[Change]:
    """Brings the server's automations to those wanted, and says what it did or would do."""
    held = [automation for automation in _all(client) if own_tag(settings) in automation.tags and "tickerhouse" in automation.tags]
    names = {automation.name for automation in wanted}
    for automation in wanted:
        same = [each for each in held if each.name == automation.name]
        if not same:
            if not is_dry_run:
                client.create_automation(automation)
            yield Change(Action.CREATED, "automation", automation.name)
            continue
        for copy in same[1:]:
            yield _remove(client, copy, is_dry_run=is_dry_run)
        differing = _differing(same[0], automation)
        if differing:
            if not is_dry_run:
                client.update_automation(same[0].id, automation)
            yield Change(Action.CHANGED, "automation", automation.name, ", ".join(differing))
        else:
            yield Change(Action.LEFT, "automation", automation.name)
    for automation in held:
        if automation.name not in names:
            yield _remove(client, automation, is_dry_run=is_dry_run)


def _automation(settings: Settings, name: str, description: str, trigger: EventTrigger, actions: list[Any]) -> AutomationCore:
    return AutomationCore(
        name=f"tickerhouse {settings.environment}: {name}",
        description=f"{description} {_MARK}",
        tags=["tickerhouse", own_tag(settings)],
        trigger=trigger,
        actions=actions,
    )


def _crash_unresponsive(settings: Settings) -> AutomationCore:
    """Marks a run as crashed of which nothing is heard any more: its machine, container or process is gone, or its task never started.

    The trigger is Prefect's own (https://docs.prefect.io/v3/advanced/detect-zombie-flows), which begins at a heartbeat; beginning at
    Pending and Running as well covers a run that dies before its first one. Any event of the run counts as a sign of life.
    """
    trigger = EventTrigger(
        after={
            "prefect.flow-run.heartbeat",
            "prefect.flow-run.Pending",
            "prefect.flow-run.InfrastructurePending",
            "prefect.flow-run.Running",
        },
        expect={"prefect.flow-run.*"},
        match={"prefect.resource.id": "prefect.flow-run.*"},
        match_related=_of_environment(settings),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=UNRESPONSIVE_SECONDS),
    )
    words = (
        f"Nothing was heard of it for {UNRESPONSIVE_SECONDS // 60} minutes: its machine, container or process is gone, or never started."
    )
    action = ChangeFlowRunState(state=StateType.CRASHED, message=words)
    description = f"A run of which nothing is heard for {UNRESPONSIVE_SECONDS // 60} minutes is marked as crashed."
    return _automation(settings, "unresponsive", description, trigger, [action])


def _resume_crashed(settings: Settings) -> AutomationCore:
    """Schedules a crashed run again a minute later: the same run, which then requests and loads only what is missing.

    A run that has begun twice is left to people.
    """
    trigger = EventTrigger(
        after={"prefect.flow-run.Crashed"},
        expect={"prefect.flow-run.*"},
        match={"prefect.resource.id": "prefect.flow-run.*", "prefect.run-count": "1"},
        match_related=_of_environment(settings),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=_RESUME_AFTER,
    )
    return _automation(settings, "resume crashed", "A run that crashed once is scheduled again.", trigger, [_resume()])


def _resume_unstarted(settings: Settings) -> AutomationCore:
    """The same for a run whose task never started. Its count stays 0, so that it is the window, one firing for each run, that bounds it."""
    trigger = EventTrigger(
        expect={"prefect.flow-run.Crashed"},
        match={"prefect.resource.id": "prefect.flow-run.*", "prefect.run-count": "0"},
        match_related=_of_environment(settings),
        for_each={"prefect.resource.id"},
        posture=Posture.Reactive,
        threshold=1,
        within=_ONCE_WITHIN,
    )
    return _automation(settings, "resume unstarted", "A run that never started is scheduled again, once.", trigger, [_resume()])


def _resume() -> ChangeFlowRunState:
    return ChangeFlowRunState(state=StateType.SCHEDULED, name="AwaitingRetry", message="It crashed, and is taken up again once.")


def _of_environment(settings: Settings) -> dict[str, str | list[str]]:
    return {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{own_tag(settings)}"}


def _freshness_after_load(settings: Settings, deployment: UUID) -> AutomationCore:
    trigger = EventTrigger(
        expect={"tickerhouse.warehouse.loaded"},
        match={"prefect.resource.id": f"tickerhouse.{settings.environment}.*"},
        posture=Posture.Reactive,
        threshold=1,
    )
    description = "What was late or missing is looked at again as soon as the warehouse was loaded."
    action = RunDeployment(deployment_id=deployment, parameters={})
    return _automation(settings, "freshness after a load", description, trigger, [action])


def _all(client: SyncPrefectClient) -> list[Automation]:
    # The client's own method reads one page; a workspace may hold more automations than fit on it.
    found: list[Automation] = []
    while True:
        answer = client.request("POST", "/automations/filter", json={"limit": 200, "offset": len(found), "sort": "NAME_ASC"})
        page = Automation.model_validate_list(answer.json()) if answer.json() else []
        found += page
        if len(page) < 200:  # noqa: PLR2004 - the page's own length
            return found


def _remove(client: SyncPrefectClient, automation: Automation, *, is_dry_run: bool) -> Change:
    if not is_dry_run:
        client.delete_automation(automation.id)
    return Change(Action.REMOVED, "automation", automation.name)


def _differing(held: AutomationCore, wanted: AutomationCore) -> list[str]:
    """The parts in which two automations differ, ids and the order of sets aside."""
    one, other = _comparable(held), _comparable(wanted)
    # Somebody may have paused it in the UI; that is his to undo.
    return sorted(name for name in one.keys() | other.keys() if name != "enabled" and one.get(name) != other.get(name))


def _comparable(automation: AutomationCore) -> dict[str, Any]:
    plain: dict[str, Any] = _ordered(json.loads(automation.model_dump_json(exclude=set(_SERVERS_OWN))))
    return plain


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _ordered(each) for name, each in value.items() if name != "id"}
    if isinstance(value, list):
        ordered = [_ordered(each) for each in value]
        return sorted(ordered) if all(isinstance(each, str) for each in ordered) else ordered
    return value
