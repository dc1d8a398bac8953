"""``tickerhouse sql``: runs one statement and prints its rows as a table or as CSV."""

import csv
import sys
from pathlib import Path

from flows.command_line.environment import read_environment, ready
from flows.command_line.text_table import print_table
from tasks.orchestration.clients import Clients
from tasks.warehouse.query import run_statement


def run_sql(statement: str, replay: Path | None, *, as_csv: bool) -> None:
    """Runs the statement in the warehouse of the source in force, and prints what it gave.

    Raises:
        WarehouseError: the warehouse cannot be reached, or refused the statement.
    """
    with ready(read_environment(replay)) as context:
        connection = Clients(context.settings).console()
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
        print_table(result.columns, result.rows)
