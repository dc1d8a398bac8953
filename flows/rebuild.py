"""The flow ``rebuild``: rebuilds every table from the lake, inside the network where the workgroup can be reached."""

from prefect import flow

from tasks.orchestration.run import start_run
from tasks.rebuild import Rebuilt, rebuild


@flow(name="rebuild", flow_run_name="rebuild")
def rebuild_warehouse() -> Rebuilt:
    """Makes every table again from stored responses and observations, without one call to the API.

    A manual run starts at once; it never runs by itself. Runs that load wait until it has ended.
    """
    return rebuild(start_run("rebuild", None))
