"""The warehouse's own checks of a table, run inside the load's transaction before COMMIT.

A check is a file ``tables/<table>/check_<words>.sql`` whose header says ``-- Check: block.`` or ``-- Check: warn.`` and then, in one
sentence, what must hold. It gives one row: how many rows violate it, and one of them. A new file is a new check.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from redshift_connector import Connection

from tasks.warehouse.errors import CheckViolated
from tasks.warehouse.execution import fetch
from tasks.warehouse.statements import statement, tables

_HEADER: Final = re.compile(r"^-- Check: (block|warn)\. (.+)$", re.MULTILINE)
_NAME: Final = re.compile(r"check_[a-z_]+", re.ASCII)


@dataclass(frozen=True)
class Check:
    """One check of one table.

    Attributes:
        table: the folder under ``tables/``.
        name: the file's name without ``.sql``.
        blocks: whether a violation rolls the load back; otherwise it is told.
        sentence: what must hold.
    """

    table: str
    name: str
    blocks: bool
    sentence: str


@lru_cache(maxsize=64)
def checks_of(table: str) -> tuple[Check, ...]:
    """The checks of a table, in the order of their names."""
    files = sorted(
        (file for file in (tables() / table).iterdir() if _NAME.fullmatch(file.name.removesuffix(".sql"))), key=lambda file: file.name
    )
    found = []
    for file in files:
        header = _HEADER.search(file.read_text(encoding="utf-8"))
        assert header, f"{table}/{file.name} does not say whether it blocks or warns"
        found.append(Check(table, file.name.removesuffix(".sql"), header[1] == "block", header[2]))
    return tuple(found)


def run_checks(connection: Connection, table: str, **placeholders: str) -> tuple[str, ...]:
    """Runs every check of a table.

    Args:
        connection: in the load's transaction, after the table was written.
        table: the folder under ``tables/``.
        placeholders: what its checks name: for a table that is loaded ``stage`` and ``delta``, for a mart as well (both its stage); for
            factors ``symbols``.

    Returns:
        The violated checks that warn, as sentences.

    Raises:
        CheckViolated: a check that blocks is violated; the transaction was rolled back.
    """
    warnings: list[str] = []
    for check in checks_of(table):
        ((violations, example),) = fetch(connection, statement(table, check.name, **placeholders))
        if not violations:
            continue
        told = f"{check.sentence} {violations:,} {'does' if violations == 1 else 'do'} not, e.g. {example}."
        if check.blocks:
            connection.rollback()
            raise CheckViolated(
                f"After the load {table} did not hold: {told}",
                "It was rolled back: the table is as it was, and the staged files are kept.",
                {"check": f"{table}/{check.name}.sql", "violations": violations, "example": example},
            )
        warnings.append(f"{table}: {told}")
    return tuple(warnings)
