"""SQL checks of a table, run inside the load's transaction before COMMIT.

A check is a file ``tables/<table>/check_<words>.sql`` whose header says ``-- Check: block.`` or ``-- Check: warn.`` and then, in one
sentence, what must hold. It gives one row: how many rows violate it, and one of them. A new file is a new check. Loaded tables share those
in ``load/`` (``templates.py``).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from redshift_connector import Connection

from tasks.schema import TableSchema
from tasks.warehouse.errors import CheckViolated
from tasks.warehouse.execution import fetch
from tasks.warehouse.statements import fill, split, tables
from tasks.warehouse.templates import Rendered, Span, check_names, own_checks, render, render_file

_HEADER: Final = re.compile(r"^-- Check: (block|warn)\. (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """One check of one table.

    Attributes:
        table: the table without its schema.
        file: the file under ``tasks/warehouse/``.
        blocks: whether a violation rolls the load back; otherwise it is a warning.
        sentence: what must hold.
        sql: the statement.
    """

    table: str
    file: str
    blocks: bool
    sentence: str
    sql: str


def checks_of_load(schema: TableSchema, span: Span | None, stage: str, delta: str) -> tuple[Check, ...]:
    """The checks of a loaded table, in the order of their names.

    Args:
        schema: the table.
        span: the first and the last date of the load's rows.
        stage: the staging table.
        delta: the table of new and changed rows.
    """
    return tuple(check_of(schema.folder, render(schema, name, span, stage=stage, delta=delta)) for name in check_names(schema))


def checks_of(table: str, **placeholders: str | date) -> tuple[Check, ...]:
    """The checks of a table that is made in the warehouse, in the order of their names.

    Args:
        table: the folder under ``tables/``.
        placeholders: what its checks name: for factors ``symbols``.
    """
    return tuple(check_of(table, render_file(table, name, **placeholders)) for name in own_checks(table))


def run_checks(connection: Connection, checks: Iterable[Check]) -> tuple[str, ...]:
    """Runs checks, all of them by one statement.

    Args:
        connection: in the load's transaction, after the table was written.
        checks: which.

    Returns:
        The violated checks that warn, as sentences.

    Raises:
        CheckViolated: a check that blocks is violated; the transaction was rolled back.
    """
    warnings: list[str] = []
    listed = list(checks)
    if not listed:
        return ()
    for place, violations, example in sorted(fetch(connection, _as_one(listed))):
        if not violations:
            continue
        check = listed[place]
        message = f"{check.sentence} {violations:,} {'does' if violations == 1 else 'do'} not, e.g. {example}."
        if check.blocks:
            connection.rollback()
            raise CheckViolated(
                f"After the load {check.table} did not hold: {message}",
                "It was rolled back: the table is as it was, and the staged files are kept.",
                {"check": check.file, "violations": violations, "example": example, "symbols": {str(example).partition(" ")[0]}},
            )
        warnings.append(f"{check.table}: {message}")
    return tuple(warnings)


def _as_one(checks: Sequence[Check]) -> str:
    (one,) = split((tables() / "checks" / "one.sql").read_text(encoding="utf-8"))
    texts = [fill(one, {"place": lambda place=place: str(place), "check": lambda sql=check.sql: sql}) for place, check in enumerate(checks)]
    return "\nUNION ALL\n".join(texts)


def check_of(table: str, rendered: Rendered) -> Check:
    """The check that a rendered file is; its header says whether it blocks."""
    header = _HEADER.search(rendered.text)
    assert header, f"{rendered.file} does not say whether it blocks or warns"
    return Check(table, rendered.file, header[1] == "block", header[2], rendered.sql)
