"""Removes what Prefect holds of old runs: flow runs with their logs, which a server of one's own keeps for ever."""

from datetime import datetime
from typing import Final

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterEndTime, FlowRunFilterTags
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound

from tasks.errors import TickerhouseError
from tasks.orchestration.settings import Settings

MOST_AT_ONCE: Final = 2000
"""How many flow runs one call removes; the rest goes the next week."""

_PAGE: Final = 200


class RunsNotRemoved(TickerhouseError):
    """Prefect did not let old flow runs be removed."""


def remove_old_flow_runs(settings: Settings, before: datetime) -> int:
    """Removes the environment's flow runs that ended by then, with their logs; Prefect removes events itself.

    Args:
        settings: name the environment, whose tag its runs have.
        before: the moment, aware.

    Returns:
        How many were removed.

    Raises:
        RunsNotRemoved: Prefect cannot be reached, or refuses; those removed until then are gone.
    """
    own = f"tickerhouse-{settings.environment}"
    wanted = FlowRunFilter(tags=FlowRunFilterTags(any_=[own, f"{own}-shard"]), end_time=FlowRunFilterEndTime(before_=before))
    removed = 0
    try:
        with get_client(sync_client=True) as client:
            while removed < MOST_AT_ONCE:
                page = client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.END_TIME_DESC, limit=_PAGE)
                for flow_run in page:
                    _remove(client, str(flow_run.id))
                removed += len(page)
                if len(page) < _PAGE:
                    break
    except httpx.HTTPError as error:
        raise RunsNotRemoved(
            f"Prefect did not remove old flow runs ({type(error).__name__}).", "They are tried again the next time."
        ) from error
    return removed


def _remove(client: SyncPrefectClient, flow_run: str) -> None:
    try:
        client.request("DELETE", "/flow_runs/{id}", path_params={"id": flow_run})
    except ObjectNotFound:
        return
    except httpx.HTTPStatusError as error:
        # Somebody else, or the server's own housekeeping, was faster.
        if error.response.status_code != httpx.codes.NOT_FOUND:
            raise
