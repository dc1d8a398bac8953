"""The flows ``migrate`` and ``rebuild``: the warehouse's upkeep, inside the network where the workgroup can be reached."""

from collections.abc import Mapping
from contextlib import closing

from prefect import flow

from tasks.load import hold_tables
from tasks.orchestration.clients import load_options, open_lake, warehouse_connector
from tasks.orchestration.run import open_run
from tasks.orchestration.settings import Settings
from tasks.orchestration.step import step_logger
from tasks.orchestration.watchlist import WatchlistMissing, find_watchlist
from tasks.rebuild import Rebuild, Rebuilt, rebuild
from tasks.schema import DATASETS
from tasks.warehouse.migrations import migrate as apply_migrations
from tasks.warehouse.migrations import pending

logger = step_logger("rebuild")


@flow(name="migrate", flow_run_name="migrate")
def migrate_warehouse() -> list[str]:
    """Says what is pending, brings the warehouse's tables and roles up to date, and names what was applied.

    A manual run starts at once; it never runs by itself.
    """
    settings = open_run("migrate", None).settings
    with closing(warehouse_connector(settings)()) as connection:
        to_do = [migration.name for migration in pending(connection)]
        logger.info("%s: %s migrations to apply: %s", settings.database_name, len(to_do), ", ".join(to_do) or "none is pending")
        applied = [migration.name for migration in apply_migrations(connection)]
    logger.info("%s migrations applied", len(applied))
    return applied


@flow(name="rebuild", flow_run_name="rebuild")
def rebuild_warehouse() -> Rebuilt:
    """Makes every table again from raw captures and observations, without one call to the API.

    A manual run starts at once; it never runs by itself. Runs that load wait until it has ended.
    """
    run = open_run("rebuild", None)
    settings = run.settings
    done = rebuild(
        Rebuild(
            open_lake(settings, settings.load_role),
            warehouse_connector(settings),
            settings.settling,
            load_options(settings),
            settings.gate_limit,
            exchanges=_exchanges(settings),
            tell=lambda words: logger.info("%s", words),
            has_retention=settings.retention_years > 0,
            hold=lambda: hold_tables(run.run_id, settings, [dataset.table for dataset in DATASETS.values()]),
            sources=open_lake(settings, settings.ingest_role),
        )
    )
    logger.info("%s", done.headline)
    for name in done.from_files:
        logger.info("from its kept file: %s", name)
    for note in done.notes:
        logger.warning("%s", note)
    return done


def _exchanges(settings: Settings) -> Mapping[str, str]:
    try:
        return find_watchlist(settings, "").exchanges
    except WatchlistMissing:
        # Without it the bars of other exchanges come from their kept files.
        return {}
