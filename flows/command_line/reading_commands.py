"""The commands that only look: their options and their help texts."""

from typing import Annotated

import typer

from flows.command_line.options import AsJson, AsOf, ReplayFolder


def status(
    as_of: AsOf = "",
    *,
    warehouse: Annotated[bool, typer.Option("--warehouse", help="Ask the warehouse as well, which wakes it.")] = False,
    as_json: AsJson = False,
    replay: ReplayFolder = None,
) -> None:
    """Show what each symbol holds, what runs, what comes next and what is left of the day's calls.

    \b
    tickerhouse status
    tickerhouse status --warehouse
    tickerhouse status --json

    Exit status: 0 healthy, 3 behind (a session is missing past its deadline), 1 broken.
    """
    from flows.command_line.status import print_status

    raise typer.Exit(print_status(as_of, replay, includes_warehouse=warehouse, as_json=as_json))


def doctor(
    *,
    warehouse: Annotated[bool, typer.Option(help="Sign in to the warehouse for its migrations, which wakes it.")] = True,
    as_json: AsJson = False,
) -> None:
    """Check every part in order: versions, settings, clock, key, watchlist, bucket, warehouse, Prefect, Slack. Changes nothing.

    \b
    tickerhouse doctor
    tickerhouse doctor --no-warehouse --json

    Sends no call to the API. Exit status: 0 nothing is broken, 1 something is.
    """
    from flows.command_line.doctor import print_findings

    raise typer.Exit(print_findings(includes_warehouse=warehouse, as_json=as_json))


def connect() -> None:
    """Print ready lines for drivers, SQLAlchemy, pandas, DuckDB, psql and the query editor, for the place in force.

    \b
    tickerhouse connect
    """
    from flows.command_line.connect import print_connections

    print_connections()


def open_page(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, `last`, or `runs` for the latest ones.")] = "last",
    *,
    browser: Annotated[bool, typer.Option(help="Open it in the browser, or only print its address.")] = True,
) -> None:
    """Open the verdict page of a run.

    \b
    tickerhouse open last
    tickerhouse open runs
    tickerhouse open 20261120T093500Z-1a2b3c4d --no-browser
    """
    from flows.command_line.open import open_verdict_page

    open_verdict_page(run_id, browser=browser)


def report(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or `last`.")] = "last",
    symbols: Annotated[str | None, typer.Option(metavar="A,B", help="Whose prices are drawn; the most eventful if not given.")] = None,
    *,
    warehouse: Annotated[
        bool, typer.Option("--warehouse", help="Mark all splits, dividends and restatements, which wakes the warehouse.")
    ] = False,
    browser: Annotated[bool, typer.Option(help="Open it in the browser, or only print its address.")] = True,
    replay: ReplayFolder = None,
) -> None:
    """Draw the report of a run and open it: prices, coverage, quality, rows, time, budget and lineage on one page.

    \b
    tickerhouse report
    tickerhouse report --symbols AAPL,MSFT --warehouse
    tickerhouse report 20261120T093500Z-1a2b3c4d --no-browser
    """
    from flows.command_line.report import draw_report

    draw_report(run_id, symbols, replay, with_warehouse=warehouse, browser=browser)
