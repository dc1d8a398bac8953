"""``tickerhouse sql``: runs one statement, given or from a file or standard input, and prints its rows as a table or as CSV."""

import csv
import sys
from pathlib import Path

from flows.command_line.environment import read_environment, ready
from flows.command_line.progress import waiting
from flows.command_line.text_table import print_table
from tasks.errors import WrongUsage
from tasks.orchestration.clients import Clients
from tasks.wording import counted


class StatementUnfit(WrongUsage):
    """There is no statement to run, or more than one place to take it from."""


def read_statement(statement: str, file: Path | None) -> str:
    """The one statement of a command: the words given, else a file's, else what standard input has, which ``-`` names too.

    Raises:
        StatementUnfit: none or several were given, or the file cannot be read.
    """
    from tasks.warehouse.statements import split

    if statement and file is not None:
        raise StatementUnfit("A statement and --file were given.", "Give one of them.")
    is_piped = not statement and file is None and sys.stdin is not None and not sys.stdin.isatty()
    if is_piped or "-" in {statement, str(file)}:
        text, place = sys.stdin.read(), "standard input"
    elif file is not None:
        try:
            text, place = file.read_text(encoding="utf-8"), str(file)
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise StatementUnfit(f"{file} cannot be read ({why}).", "Name a file of UTF-8 text.") from None
    else:
        text, place = statement, "the command"
    found = split(text)
    if not found:
        raise StatementUnfit(f"No statement in {place}.", 'Write e.g.: tickerhouse sql "select * from market.latest_price"')
    if len(found) > 1:
        raise StatementUnfit(f"{len(found)} statements in {place}; one is run at a time.", "Run them one by one.")
    return found[0]


def run_sql(statement: str, replay: Path | None, *, as_csv: bool) -> None:
    """Runs the statement in the warehouse of the source in force, and prints what it gave.

    Raises:
        WarehouseError: the warehouse cannot be reached, or refused the statement.
    """
    from tasks.warehouse.query import run_statement

    with waiting("sql", "asking the warehouse"), ready(read_environment(replay)) as context:
        connection = Clients(context.settings).console()
        try:
            result = run_statement(connection, statement)
        finally:
            connection.close()
    if not result.columns:
        print("Done." if result.affected is None else f"Done: {counted(result.affected, 'row')}.")
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(result.columns)
        writer.writerows(result.rows)
    else:
        print_table(result.columns, result.rows)
