"""Brings the tables and roles of the warehouse up to date."""

from contextlib import closing

from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.warehouse.migrations import migrate as apply_migrations
from tasks.warehouse.migrations import pending
from tasks.warehouse.renames import apply_renames, renames_of_the_file
from tasks.wording import counted

logger = step_logger("migrate")


@step("migrate")
def migrate(run: Run) -> list[str]:
    """Applies every pending migration, and brings the symbol renames to ``deployments/symbol_renames.yaml``.

    Returns:
        The names of those that were applied.

    Raises:
        BadRenames: the file of renames is invalid; nothing was changed.
        WarehouseError: the warehouse cannot be reached, its history was changed, or a migration was refused.
    """
    renames = renames_of_the_file()
    with closing(run.warehouse()) as connection:
        names = [migration.name for migration in pending(connection)]
        logger.info(
            "%s: %s to apply: %s", run.settings.database_name, counted(len(names), "migration"), ", ".join(names) or "none is pending"
        )
        applied = [migration.name for migration in apply_migrations(connection)]
        if apply_renames(connection, renames):
            logger.info("%s written", counted(len(renames), "symbol rename"))
    logger.info("%s applied", counted(len(applied), "migration"))
    return applied
