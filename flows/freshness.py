"""The flow ``freshness``: checks that the data is as fresh as the calendar demands and that alerts were delivered."""

from datetime import datetime
from typing import Annotated

from prefect import State, flow
from prefect.states import Completed

from flows.parameters import parameter
from tasks.freshness import check_freshness
from tasks.orchestration.run import start_run


@flow(name="freshness", flow_run_name="freshness check")
def freshness(
    as_of: Annotated[
        datetime | None, parameter("As of", "The moment to check for, in UTC; empty means now.", "2026-11-20T02:45:00Z")
    ] = None,
) -> State[None]:
    """Reports symbols that lack final sessions, runs that are stuck and alerts that were not delivered; sends no call, wakes no warehouse.

    A manual run starts at once. It runs by itself every evening and after each load.
    """
    return Completed(message=check_freshness(start_run("freshness", as_of)).headline)
