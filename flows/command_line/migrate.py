"""``tickerhouse migrate``, ``rebuild`` and ``dictionary``: applies pending migrations, rebuilds tables, describes them."""

from contextlib import closing
from pathlib import Path

from flows.command_line.environment import read_environment, ready
from flows.command_line.run import show_progress
from tasks.datasets import SCHEMAS
from tasks.errors import WrongUsage
from tasks.orchestration.clients import Clients
from tasks.schema import QUARANTINED_BARS
from tasks.warehouse.dictionary import describe_load, describe_warehouse
from tasks.warehouse.migrations import Migration, migrate, pending
from tasks.warehouse.renames import apply_renames, renames_of_the_file


def run_migrate(replay: Path | None, *, dry_run: bool) -> None:
    """Says what would be done to the warehouse, then does it.

    Raises:
        BadRenames: the file of symbol renames is invalid.
        WarehouseError: the warehouse cannot be reached, its history was changed, or a migration was refused.
    """
    with ready(read_environment(replay), is_migrated=False) as context, closing(Clients(context.settings).console()) as connection:
        to_do, renames = pending(connection), renames_of_the_file()
        if not to_do:
            is_written = not dry_run and apply_renames(connection, renames)
            print(f"{context.settings.database_name} is up to date: {'symbol renames were written' if is_written else 'nothing to do'}.")
            return
        print(f"{context.settings.database_name}: {len(to_do)} migration{'s' if len(to_do) > 1 else ''} to apply")
        for migration in to_do:
            print(_line(migration))
        if dry_run:
            print("Nothing was changed (--dry-run).")
            return
        done = migrate(connection)
        apply_renames(connection, renames)
        print(f"Done: {len(done)} applied.")


def write_dictionary(replay: Path | None, file: Path | None) -> None:
    """Prints the data dictionary of the warehouse, or writes it into a file."""
    with ready(read_environment(replay)) as context, closing(Clients(context.settings).console()) as connection:
        text = describe_warehouse(connection)
    if file is None:
        print(text, end="")
    else:
        file.write_text(text, encoding="utf-8")
        print(f"{file}: {text.count(chr(10) + '## ')} tables and views")


def print_load(table: str) -> None:
    """Prints the statements that a load of one table sends; nothing is opened.

    Raises:
        WrongUsage: no dataset is loaded into that table.
    """
    loaded = {schema.table: schema for schema in (*SCHEMAS, QUARANTINED_BARS)}
    if table not in loaded:
        raise WrongUsage(f"No dataset is loaded into {table!r}.", f"One of: {', '.join(sorted(loaded))}")
    print(describe_load(loaded[table]), end="")


def run_rebuild(replay: Path | None) -> None:
    """Makes every table again from the lake by the flow ``rebuild``, and says what was done.

    Raises:
        NothingToRebuild: no load is known.
        LakeError: the lake cannot be read; nothing was changed.
        WarehouseError: the warehouse failed.
    """
    with show_progress() as progress, ready(read_environment(replay), for_run=True, report=progress.stack_line):
        # Prefect reads its settings when it is imported, and those are known only now.
        from prefect.logging.handlers import APILogHandler

        from flows.rebuild import rebuild_warehouse

        try:
            done = rebuild_warehouse()
        finally:
            APILogHandler().flush()
    print(f"Done: {done.headline}, no call to the API.")


def _line(migration: Migration) -> str:
    table, _, name = migration.name.partition("/")
    verbs: dict[str, int] = {}
    for statement in migration.statements:
        verb = " ".join(statement.split()[:2]).lower() if not statement.startswith("COMMENT") else "comment"
        verbs[verb] = verbs.get(verb, 0) + 1
    changes = ", ".join(verb if count == 1 else f"{count} x {verb}" for verb, count in verbs.items())
    return f"  {migration.number:04d}  {table:<26} {name:<18} {changes}"
