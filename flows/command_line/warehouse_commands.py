"""The commands that read or change the warehouse: their options and their help texts."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from flows.command_line.options import ReplayFolder
from tasks.errors import WrongUsage

quarantine = typer.Typer(help="Review and release quarantined bars.", no_args_is_help=True, rich_markup_mode=None)


@quarantine.command("list")
def list_quarantine(replay: ReplayFolder = None) -> None:
    """Count the quarantined bars of each run.

    \b
    tickerhouse quarantine list
    """
    from flows.command_line.quarantine import print_runs

    print_runs(replay)


@quarantine.command("show")
def show_quarantine(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run that quarantined them first; any if not given.")] = "",
    symbol: Annotated[str, typer.Option(metavar="SYMBOL", help="Only bars of this symbol, as it was received.")] = "",
    reason: Annotated[str, typer.Option(metavar="WORDS", help="Only bars with a reason that contains this.")] = "",
    replay: ReplayFolder = None,
) -> None:
    """Show quarantined bars as they were received, with every reason.

    \b
    tickerhouse quarantine show
    tickerhouse quarantine show 20261120T093500Z-1a2b3c4d
    tickerhouse quarantine show --symbol DMGD --reason "high is below low"
    """
    from flows.command_line.quarantine import print_bars
    from tasks.release import Choice

    print_bars(Choice(run_id, symbol, reason), replay)


@quarantine.command("release", short_help="Load quarantined bars as received; twice changes nothing.")
def release_quarantine(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run that quarantined them first; any if not given.")] = "",
    symbol: Annotated[str, typer.Option(metavar="SYMBOL", help="Only bars of this symbol, as it was received.")] = "",
    reason: Annotated[str, typer.Option(metavar="WORDS", help="Only bars with a reason that contains this.")] = "",
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why they are released; stored with each of them.")] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decided it; the login's name if not given.")] = "",
    replay: ReplayFolder = None,
) -> None:
    """Load quarantined bars exactly as they were received; repeating it changes nothing.

    \b
    tickerhouse quarantine release --symbol DMGD --reason "high is below low" --note "confirmed by the exchange"
    tickerhouse quarantine release 20261120T093500Z-1a2b3c4d --note "a test listing" --by "M. Curie"
    """
    from flows.command_line.quarantine import release
    from tasks.release import Choice

    release(Choice(run_id, symbol, reason), by, note, replay)


def sql(
    statement: Annotated[
        str, typer.Argument(metavar="SQL", help="One statement, any that Redshift takes; standard input if not given.")
    ] = "",
    *,
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help="A file with one statement.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, for machines.")] = False,
    replay: ReplayFolder = None,
) -> None:
    """Run one statement in the warehouse.

    \b
    tickerhouse sql "select * from market.latest_price"
    tickerhouse sql "select count(*) from market.fact_daily_price" --csv
    tickerhouse sql --file docs/queries/01-movers.sql
    echo "select current_date" | tickerhouse sql
    """
    from flows.command_line.sql import read_statement, run_sql

    run_sql(read_statement(statement, file), replay, as_csv=as_csv)


def migrate(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done; do nothing.")] = False,
    deployed: Annotated[bool, typer.Option("--deployed", help="Start the deployed flow, and follow it to its end.")] = False,
    replay: ReplayFolder = None,
) -> None:
    """Apply pending migrations to the warehouse's tables and roles, after listing them.

    \b
    tickerhouse migrate --dry-run
    tickerhouse migrate
    tickerhouse migrate --deployed
    """
    if deployed:
        _run_deployed("migrate", replay, dry_run=dry_run)
    from flows.command_line.migrate import run_migrate

    run_migrate(replay, dry_run=dry_run)


def dictionary(
    *,
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help="Where to write it; on the screen if not given.")] = None,
    sql: Annotated[
        str, typer.Option("--sql", metavar="TABLE", help="Print the SQL that a load of this table sends, and nothing else.")
    ] = "",
    replay: ReplayFolder = None,
) -> None:
    """Describe every table and column of the warehouse, from their comments.

    \b
    tickerhouse dictionary
    tickerhouse dictionary --file docs/data_dictionary.md
    tickerhouse dictionary --sql market.fact_daily_price
    """
    from flows.command_line.migrate import print_load, write_dictionary

    if sql:
        print_load(sql)
    else:
        write_dictionary(replay, file)


def rebuild(
    *,
    deployed: Annotated[bool, typer.Option("--deployed", help="Start the deployed flow, and follow it to its end.")] = False,
    replay: ReplayFolder = None,
) -> None:
    """Rebuild every table from stored captures and observations, without a call to the API.

    \b
    tickerhouse rebuild
    tickerhouse rebuild --deployed
    """
    if deployed:
        _run_deployed("rebuild", replay)
    from flows.command_line.migrate import run_rebuild

    run_rebuild(replay)


def undo(
    run_id: Annotated[
        str, typer.Argument(metavar="RUN", help="The run, or the release, that loaded it; the latest are listed if not given.")
    ] = "",
    dataset: Annotated[str, typer.Option(metavar="NAME", help="The dataset, where the run loaded several.")] = "",
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why it is undone; kept in the lake.")] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decided it; the login's name if not given.")] = "",
    replay: ReplayFolder = None,
) -> None:
    """Undo one load: rows that it added go, rows that it changed have their former values again.

    It is refused where later loads changed what it wrote, and names them. The audit keeps both the load and the undo; a rebuild repeats
    both. The next run requests again what went.

    \b
    tickerhouse undo
    tickerhouse undo 20261120T093500Z-1a2b3c4d --note "the source had mixed up two symbols"
    tickerhouse undo 20261120T093500Z-1a2b3c4d --dataset dividends --note "amounts were in cents" --by "M. Curie"
    """
    from flows.command_line.undo import print_loads, undo_run

    if run_id:
        undo_run(run_id, dataset, by, note, replay)
    else:
        print_loads(replay)


def _run_deployed(flow: str, replay: Path | None, *, dry_run: bool = False) -> NoReturn:
    from flows.command_line.deployed import run_deployed

    if dry_run or replay is not None:
        raise WrongUsage("--deployed goes with neither --dry-run nor --replay.", "The deployed run lists pending migrations itself.")
    raise typer.Exit(run_deployed(flow))
