"""The automations that notice a dead run and take it up again."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.server.events.schemas.automations import EventTrigger as ServersTrigger
from prefect.server.events.schemas.events import ReceivedEvent, RelatedResource, Resource

from deployments.automations import UNRESPONSIVE_SECONDS, automations
from deployments.place import HEARTBEAT_SECONDS
from tasks.orchestration.settings import Settings

CHANNELS = {"alarms": uuid.uuid4(), "notices": uuid.uuid4()}


def automation(name: str) -> tuple[EventTrigger, ChangeFlowRunState]:
    wanted: dict[str, AutomationCore] = {each.name: each for each in automations(Settings(environment="prod"), CHANNELS, {})}
    found = wanted[f"tickerhouse prod: {name}"]
    (action,) = found.actions
    assert isinstance(found.trigger, EventTrigger)
    assert isinstance(action, ChangeFlowRunState)
    return found.trigger, action


def heard(event: str, *, count: str = "1", environment: str = "prod") -> ReceivedEvent:
    """An event of a flow run, as the server and the run itself emit it."""
    resource = {"prefect.resource.id": "prefect.flow-run.1", "prefect.run-count": count}
    if event == "prefect.flow-run.heartbeat":
        del resource["prefect.run-count"]
    tag = {"prefect.resource.id": f"prefect.tag.tickerhouse-{environment}", "prefect.resource.role": "tag"}
    return ReceivedEvent(
        occurred=datetime.now(UTC), event=event, resource=Resource(resource), related=[RelatedResource(tag)], payload={}, id=uuid.uuid4()
    )


def as_the_server_reads(trigger: EventTrigger) -> ServersTrigger:
    return ServersTrigger.model_validate(trigger.model_dump())


def test_a_run_is_noticed_within_ten_minutes_of_lost_heartbeats() -> None:
    trigger, action = automation("unresponsive")
    assert trigger.posture == Posture.Proactive
    assert trigger.within == timedelta(seconds=UNRESPONSIVE_SECONDS)
    assert 5 * HEARTBEAT_SECONDS <= UNRESPONSIVE_SECONDS < 600
    assert trigger.for_each == {"prefect.resource.id"}
    assert action.state.value == "CRASHED"


@pytest.mark.parametrize("event", ["prefect.flow-run.heartbeat", "prefect.flow-run.Pending", "prefect.flow-run.Running"])
def test_the_time_without_a_sign_begins_whether_a_run_began_or_not(event: str) -> None:
    trigger = as_the_server_reads(automation("unresponsive")[0])
    assert trigger.covers(heard(event))
    assert trigger.starts_after(event)
    assert not trigger.covers(heard(event, environment="dev"))


@pytest.mark.parametrize("name", ["Scheduled", "AwaitingConcurrencySlot", "AwaitingRetry"])
def test_a_run_that_waits_for_its_turn_is_not_missed(name: str) -> None:
    assert not as_the_server_reads(automation("unresponsive")[0]).starts_after(f"prefect.flow-run.{name}")


@pytest.mark.parametrize("name", ["Completed", "CompletedWithWarnings", "QuotaExhausted", "GateClosed", "Failed", "Cancelled", "Crashed"])
def test_an_end_of_any_name_is_a_sign(name: str) -> None:
    trigger = as_the_server_reads(automation("unresponsive")[0])
    assert trigger.expects(f"prefect.flow-run.{name}")
    assert not trigger.starts_after(f"prefect.flow-run.{name}")


@pytest.mark.parametrize(("count", "by"), [("0", "resume unstarted"), ("1", "resume crashed"), ("2", ""), ("3", "")])
def test_a_run_that_began_twice_is_not_begun_a_third_time(count: str, by: str) -> None:
    crashed = heard("prefect.flow-run.Crashed", count=count)
    covering = [name for name in ("resume unstarted", "resume crashed") if as_the_server_reads(automation(name)[0]).covers(crashed)]
    assert covering == ([by] if by else [])


@pytest.mark.parametrize("name", ["resume unstarted", "resume crashed"])
def test_the_same_run_is_scheduled_again_as_the_ui_does_it(name: str) -> None:
    trigger, action = automation(name)
    assert (action.state.value, action.name) == ("SCHEDULED", "AwaitingRetry")
    assert trigger.for_each == {"prefect.resource.id"}


def test_a_crash_that_is_reported_twice_is_waited_for() -> None:
    """A process worker does; what happens to the run meanwhile, a retry by hand too, keeps it from being scheduled."""
    trigger = as_the_server_reads(automation("resume crashed")[0])
    assert trigger.posture.value == "Proactive"
    assert trigger.within >= timedelta(seconds=60)
    assert trigger.starts_after("prefect.flow-run.Crashed")
    assert trigger.expects("prefect.flow-run.AwaitingRetry")
