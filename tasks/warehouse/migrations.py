"""Migrations: numbered SQL files, each applied once and in order.

A migration is a file ``tables/<table>/<number>_<words>.sql``; numbers count through all tables, so that adding a table is adding one
folder. Redshift's DDL is transactional: a migration and its row in ``ops.migration`` are committed together or not at all. A file that
some servers refuse may be put right where it makes the same as before: a line ``-- Formerly: <sha256>; <why>`` names what was applied.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Final

from tasks.warehouse.errors import MigrationHistoryChanged, StatementFailed
from tasks.warehouse.execution import WarehouseConnection, execute, fetch
from tasks.warehouse.server_errors import DRIVER_ERRORS, read_server_error
from tasks.warehouse.statements import split, statement, tables

_FORMER: Final = re.compile(r"^-- Formerly: ([0-9a-f]{64});", re.MULTILINE)
_FILE_NAME: Final = re.compile(r"([0-9]{4})_[a-z0-9_]+\.sql", re.ASCII)


@dataclass(frozen=True)
class Migration:
    """One numbered file.

    Attributes:
        number: its place in the order, over all tables.
        name: folder and file, e.g. ``fact_daily_price/0005_create.sql``.
        sha256: hexadecimal digest of the file, line ends as on Unix.
        statements: what it does, one statement each.
        former: digests under which the same migration was applied before; its file names them.
    """

    number: int
    name: str
    sha256: str
    statements: tuple[str, ...]
    former: frozenset[str] = frozenset()


def read_migrations(folder: Traversable | None = None) -> list[Migration]:
    """All migrations of a folder of tables (by default the warehouse's own), in their order.

    Raises:
        MigrationHistoryChanged: two files have one number.
    """
    found = [
        _read(table.name, file, int(numbered[1]))
        for table in (folder or tables()).iterdir()
        if table.is_dir()
        for file in table.iterdir()
        if (numbered := _FILE_NAME.fullmatch(file.name))
    ]
    found.sort(key=lambda migration: (migration.number, migration.name))
    for former, latter in pairwise(found):
        if former.number == latter.number:
            raise MigrationHistoryChanged(f"{former.name} and {latter.name} have one number.", "Give the newer one the next free number.")
    return found


def pending(connection: WarehouseConnection, migrations: list[Migration] | None = None) -> list[Migration]:
    """What :func:`migrate` would do, in order; nothing is changed.

    Args:
        connection: an open session without a transaction.
        migrations: by default those of the warehouse.

    Raises:
        MigrationHistoryChanged: a file that was applied is changed or gone, or one is new that belongs before it.
        StatementFailed: the record of migrations could not be read.
    """
    known = read_migrations() if migrations is None else migrations
    try:
        applied = _applied(connection)
        connection.rollback()
    except DRIVER_ERRORS as error:
        raise StatementFailed(f"ops.migration could not be read: {read_server_error(error).line}") from error
    refuse_changed_history(known, applied)
    return [migration for migration in known if migration.number not in applied]


def migrate(connection: WarehouseConnection, migrations: list[Migration] | None = None) -> list[Migration]:
    """Applies what is pending, each migration in a transaction with its record; a second call finds nothing to do.

    Returns:
        What was applied, in order.

    Raises:
        MigrationHistoryChanged: as :func:`pending`; nothing was applied.
        StatementFailed: a migration was refused and rolled back; those before it stand.
    """
    to_do = pending(connection, migrations)
    if any(migration.name.startswith("roles/") for migration in to_do):
        _make_roles(connection)
    for migration in to_do:
        try:
            for sql in migration.statements:
                execute(connection, sql)
            execute(connection, statement("migration", "record"), (migration.number, migration.name, migration.sha256))
            connection.commit()
        except DRIVER_ERRORS as error:
            connection.rollback()
            raise StatementFailed(
                f"The migration {migration.name} was rolled back: {read_server_error(error).line}",
                "Migrations before it stand; correct it and run: tickerhouse migrate",
            ) from error
    return to_do


def _make_roles(connection: WarehouseConnection) -> None:
    # A role belongs to the workgroup: the migrations of another database may have made it.
    try:
        known = {name for (name,) in fetch(connection, statement("roles", "known"))}
        for role in ("tickerhouse_reader", "tickerhouse_loader"):
            if role not in known:
                execute(connection, statement("roles", role))
        connection.commit()
    except DRIVER_ERRORS as error:
        connection.rollback()
        raise StatementFailed(
            f"The roles could not be created: {read_server_error(error).line}",
            "Run tickerhouse migrate as an administrator of the workgroup.",
        ) from error


def _read(table: str, file: Traversable, number: int) -> Migration:
    text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
    former = frozenset(_FORMER.findall(text))
    return Migration(number, f"{table}/{file.name}", hashlib.sha256(text.encode()).hexdigest(), tuple(split(text)), former)


def _applied(connection: WarehouseConnection) -> dict[int, tuple[str, str]]:
    ((there,),) = fetch(connection, statement("migration", "exists"))
    if not there:
        return {}
    return {number: (name, sha256) for number, name, sha256 in fetch(connection, statement("migration", "applied"))}


def refuse_changed_history(known: list[Migration], applied: dict[int, tuple[str, str]]) -> None:
    """Compares the files with what was applied (number to name and sha256).

    Raises:
        MigrationHistoryChanged: naming the file.
    """
    by_number = {migration.number: migration for migration in known}
    way_out = "Restore it; what should differ goes into a new migration."
    for number, (name, sha256) in applied.items():
        now = by_number.get(number)
        if now is None or now.name != name:
            raise MigrationHistoryChanged(f"The applied migration {name} is gone.", way_out)
        if sha256 not in {now.sha256, *now.former}:
            raise MigrationHistoryChanged(f"The applied migration {name} was changed.", way_out, {"applied": sha256, "file": now.sha256})
    last = max(applied, default=0)
    for migration in known:
        if migration.number < last and migration.number not in applied:
            raise MigrationHistoryChanged(
                f"The new migration {migration.name} is numbered before applied ones.", "Give it the next free number."
            )
