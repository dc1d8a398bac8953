"""``tickerhouse sql``: one statement, a table for people or CSV for machines."""

import csv
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from flows.command_line.surroundings import find_surroundings, ready
from tasks.aws import warehouse_door
from tasks.warehouse.query import run_statement


def run_sql(statement: str, replay: Path | None, *, as_csv: bool) -> None:
    """Runs the statement in the warehouse of the source in force, and prints what it gave.

    Raises:
        WarehouseError: the warehouse cannot be reached, or refused the statement.
    """
    with ready(find_surroundings(replay)) as around:
        connection = warehouse_door(around.settings)()
        try:
            result = run_statement(connection, statement)
        finally:
            connection.close()
    if not result.columns:
        print("Done." if result.affected is None else f"Done: {result.affected} rows.")
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(result.columns)
        writer.writerows(result.rows)
    else:
        _print_table(result.columns, result.rows)


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(columns, *texts, strict=True)]
    are_numbers = [all(isinstance(value, int | float | Decimal | None) for value in cells) for cells in zip(*rows, strict=True)]
    for line in (list(columns), ["-" * width for width in widths], *texts):
        cells = zip(line, widths, are_numbers or [False] * len(columns), strict=True)
        print("  ".join(cell.rjust(width) if is_number else cell.ljust(width) for cell, width, is_number in cells).rstrip())
    print(f"({len(rows)} row{'' if len(rows) == 1 else 's'})")
