"""Automations that deliver alerts and start runs on events; created if missing, updated only if they differ.

An update resets the timers of a trigger, and a trigger that is updated more often than it fires never fires; so an automation that is
as it should be is not written. Those of ours that nothing asks for any more are removed; ours are known by their tag.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.actions import CallWebhook, RunDeployment
from prefect.events.schemas.automations import Automation, AutomationCore, EventTrigger, Posture

from deployments.alert_files import read_alerts
from deployments.place import own_tag, silent_hours
from deployments.report import Action, Change
from tasks.orchestration.settings import Settings

_MARK: Final = "Managed by `tickerhouse deploy`; change it in deployments/, not here."
_SERVERS_OWN: Final = frozenset({"id", "created", "updated", "owner_resource"})


def automations(settings: Settings, channels: Mapping[str, UUID], deployments: Mapping[str, UUID]) -> list[AutomationCore]:
    """Every automation that should be there.

    Args:
        settings: the place.
        channels: the webhook block of every channel.
        deployments: the id of every deployment, by its flow.
    """
    wanted = []
    for alert in read_alerts(settings.environment, silent_hours=silent_hours(settings)):
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
