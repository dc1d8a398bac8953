"""``--deployed``: starts a deployed flow and follows it to its end, for what only a run inside the network can do."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from flows.command_line.environment import prefect_api, prefect_name
from tasks.errors import TickerhouseError
from tasks.orchestration.settings import Settings
from tasks.wording import deployment_path

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

_PAUSE_SECONDS: Final = 2.0
_UNUSUAL_SECONDS: Final = 60.0
_LOGS_AT_ONCE: Final = 200
_FAILED: Final = 1


class DeploymentMissing(TickerhouseError):
    """Prefect does not hold the deployment that should be started."""


def run_deployed(flow: str) -> int:
    """Starts the deployment of a flow in the environment in force, prints what its run says, and waits for its end.

    Args:
        flow: the flow's name; the deployment is named after the environment.

    Returns:
        The exit status: 0 where the run completed, else 1.

    Raises:
        DeploymentMissing: it was never deployed.
        DeployError: Prefect cannot be used; a run that was started goes on without being followed.
    """
    settings = Settings.from_environment()
    with prefect_api(settings) as stack:
        # Prefect reads its settings when it is imported, and those are known only now.
        from deployments.server import connected

        print(f"Prefect: {prefect_name(stack)}", flush=True)
        with connected() as client:
            return follow(client, flow, Settings.from_environment())


def follow(client: "SyncPrefectClient", flow: str, settings: Settings, sleep: Callable[[float], None] = time.sleep) -> int:
    """Starts the deployment and follows its run.

    Args:
        client: of the Prefect server.
        flow: the flow's name.
        settings: the place; its environment names the deployment.
        sleep: waits between two looks.

    Returns:
        The exit status.

    Raises:
        DeploymentMissing: it was never deployed.
    """
    from prefect.exceptions import ObjectNotFound

    name = deployment_path(flow, settings.environment)
    try:
        deployment = client.read_deployment_by_name(name)
    except ObjectNotFound:
        raise DeploymentMissing(f"Prefect has no deployment {name}.", "Run: tickerhouse deploy") from None
    run = client.create_flow_run_from_deployment(deployment.id)
    print(f"{name}: started as the run {run.id}; it goes on if you stop following it", flush=True)
    progress = _Progress(client, run.id)
    begun = time.monotonic()
    while True:
        run = client.read_flow_run(run.id)
        if run.state is not None and run.state.is_final():
            # A run's last lines reach the server after its state.
            sleep(_PAUSE_SECONDS)
            progress.look(run)
            return 0 if run.state.is_completed() else _FAILED
        progress.look(run)
        if time.monotonic() - begun > _UNUSUAL_SECONDS and run.start_time is None:
            progress.once(f"no worker has taken it up yet; the work pool is {settings.work_pool} (tickerhouse worker)")
        sleep(_PAUSE_SECONDS)


class _Progress:
    """What was printed already."""

    def __init__(self, client: "SyncPrefectClient", run_id: UUID) -> None:
        self._client = client
        self._run_id = run_id
        self._state: str | None = None
        self._logs: set[UUID | None] = set()
        self._words: set[str] = set()

    def look(self, run: "FlowRun") -> None:
        """Prints new log lines, then the new state."""
        self._print_logs()
        if run.state is not None and run.state.name != self._state:
            self._state = run.state.name
            message = f": {run.state.message}" if run.state.message and run.state.is_final() else ""
            print(f"  {run.state.name}{message}", flush=True)

    def _print_logs(self) -> None:
        from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
        from prefect.client.schemas.sorting import LogSort

        of_run = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[self._run_id]))
        found = _LOGS_AT_ONCE
        offset = 0
        while found == _LOGS_AT_ONCE:
            page = self._client.read_logs(of_run, limit=_LOGS_AT_ONCE, offset=offset, sort=LogSort.TIMESTAMP_ASC)
            for entry in page:
                # Logs arrive late and out of order, so that counting them would lose some.
                if entry.id not in self._logs and entry.name.startswith("tickerhouse"):
                    print(f"    {entry.message}", flush=True)
                self._logs.add(entry.id)
            found, offset = len(page), offset + len(page)

    def once(self, words: str) -> None:
        if words not in self._words:
            self._words.add(words)
            print(f"  {words}", flush=True)
