"""The flow ``maintenance``: once a week, removes what is no longer needed."""

from typing import Annotated

from prefect import State, flow
from prefect.states import Completed

from flows.parameters import parameter
from tasks.maintain import maintain
from tasks.orchestration.run import start_run


@flow(name="maintenance", flow_run_name="maintenance")
def maintenance(
    rejected_days: Annotated[
        int, parameter("Days to keep refusals", "How long the scrubbed bodies of refusals are kept.", 90, ge=1, le=3650)
    ] = 90,
    runs_days: Annotated[
        int, parameter("Days to keep runs in Prefect", "How long Prefect keeps runs that ended, and their logs.", 90, ge=8, le=3650)
    ] = 90,
) -> State[None]:
    """Removes old refusals' bodies, old files under lake-snapshots/, ended silences, and old runs with their logs in Prefect.

    Where a retention is set, it removes bars past it. Captures are never removed. A manual run starts at once;
    by itself it runs on Friday evenings.
    """
    return Completed(message=maintain(start_run("maintenance", None), rejected_days, runs_days).headline)
