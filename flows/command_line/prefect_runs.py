"""The runs that Prefect executes and will execute for an environment."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType, FlowRunFilterTags
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort

from deployments.server import connected
from tasks.health.status import FlowRun
from tasks.orchestration.settings import Settings

_BEGUN = frozenset({StateType.RUNNING, StateType.PENDING, StateType.CANCELLING})


def read_runs(settings: Settings, now: datetime) -> Iterator[FlowRun]:
    """The runs of an environment that have begun, and the next one of every deployment.

    Args:
        settings: name the environment.
        now: the present instant, UTC.

    Raises:
        DeployError: Prefect cannot be used.
    """
    stuck_after = timedelta(seconds=settings.stuck_after)
    with connected() as client:
        for begun in (True, False):
            yield from _runs(client, settings, now, stuck_after, is_running=begun)


def _runs(client: SyncPrefectClient, settings: Settings, now: datetime, stuck_after: timedelta, *, is_running: bool) -> Iterator[FlowRun]:
    wanted = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[f"tickerhouse-{settings.environment}"]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(_BEGUN) if is_running else [StateType.SCHEDULED])),
    )
    names: set[str] = set()
    # The server gives at most 200 at once; of what is scheduled only the next run of each deployment counts.
    for run in client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=200):
        since = run.start_time or run.expected_start_time
        if since is None or run.state is None:
            continue
        name = _name(client, run.flow_id, run.deployment_id)
        at = since.astimezone(UTC)
        is_stuck = at <= now - stuck_after
        if is_running or is_stuck or name not in names:
            yield FlowRun(name, run.state.name or "", at, is_running, is_stuck)
        names.add(name)


def _name(client: SyncPrefectClient, flow_id: UUID, deployment_id: UUID | None) -> str:
    return client.read_deployment(deployment_id).name if deployment_id else client.read_flow(flow_id).name
