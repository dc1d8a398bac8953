"""The flow ``migrate``: applies pending migrations, inside the network where the workgroup can be reached."""

from prefect import flow

from tasks.migrate import migrate as apply_pending
from tasks.orchestration.run import start_run


@flow(name="migrate", flow_run_name="migrate")
def migrate_warehouse() -> list[str]:
    """Lists pending migrations, applies them to the warehouse's tables and roles, and returns what was applied.

    A manual run starts at once; it never runs by itself.
    """
    return apply_pending(start_run("migrate", None))
