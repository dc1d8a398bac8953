"""The flows ``migrate`` and ``rebuild``: the warehouse's upkeep, inside the network where the workgroup can be reached."""

from contextlib import closing

from prefect import flow

from tasks.aws import open_lake, warehouse_door
from tasks.rebuild import Rebuild, rebuild
from tasks.settings import Settings
from tasks.step import step_logger
from tasks.warehouse.migrations import migrate as apply_migrations

logger = step_logger("rebuild")


@flow(name="migrate", flow_run_name="migrate")
def migrate_warehouse() -> list[str]:
    """Brings the warehouse's tables and roles up to date, and names what was applied.

    A manual run starts at once; it never runs by itself.
    """
    with closing(warehouse_door(Settings.from_environment())()) as connection:
        applied = [migration.name for migration in apply_migrations(connection)]
    logger.info("%s migrations applied: %s", len(applied), ", ".join(applied) or "none was pending")
    return applied


@flow(name="rebuild", flow_run_name="rebuild")
def rebuild_warehouse() -> str:
    """Makes every table again from raw captures and observations, without one call to the API.

    A manual run starts at once; it never runs by itself.
    """
    settings = Settings.from_environment()
    work = Rebuild(
        open_lake(settings, settings.load_role),
        warehouse_door(settings),
        settings.settling,
        settings.copy_role,
        settings.gate_limit,
        tell=lambda words: logger.info("%s", words),
    )
    done = rebuild(work)
    told = f"{done.loads} loads repeated, {done.rows:,} rows"
    if done.from_files:
        told += f"; from their kept files: {', '.join(done.from_files)}"
    logger.info("%s", told)
    return told
