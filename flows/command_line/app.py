"""The commands: what each takes, and its help, which is examples."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from tasks.errors import TickerhouseError

app = typer.Typer(
    help="Daily stock prices from Alpha Vantage to Amazon Redshift.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ReplayFolder = Annotated[
    Path | None,
    typer.Option("--replay", metavar="FOLDER", help="Recorded answers in place of the API; a source of its own."),
]


@app.command()
def run(
    symbols: Annotated[str, typer.Option(metavar="A,B", help="Symbols in place of the watchlist.")] = "",
    as_of: Annotated[str, typer.Option(metavar="TIMESTAMP", help="The moment the run speaks for; now if not given.")] = "",
    output_size: Annotated[
        Literal["compact", "full"] | None,
        typer.Option(metavar="compact|full", help="The latest 100 sessions, or the whole history (a premium plan)."),
    ] = None,
    replay: ReplayFolder = None,
) -> None:
    """Run the flow daily_prices once.

    \b
    tickerhouse run
    tickerhouse run --symbols AAPL,BRK-B --output-size full
    tickerhouse run --symbols MSFT --as-of 2019-11-30T12:00:00Z --replay ../recorded/prices

    Exit status: 0 done or up to date, 1 failed, 2 wrong usage, 3 a due bar or symbol is missing,
    4 the day's calls are used up, 5 the gate closed.
    """
    from flows.command_line.run import run_daily_prices

    raise typer.Exit(run_daily_prices(symbols, as_of, output_size, replay))


@app.command()
def up() -> None:
    """Keep the embedded stack running until Ctrl-C; other commands use it meanwhile.

    \b
    tickerhouse up
    """
    from flows.command_line.up import keep_up

    keep_up()


@app.command("open")
def open_page(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or `last`.")] = "last",
    *,
    browser: Annotated[bool, typer.Option(help="Open it in the browser, or only say where it is.")] = True,
) -> None:
    """Open the verdict page of a run.

    \b
    tickerhouse open last
    tickerhouse open 20261120T093500Z-1a2b3c4d --no-browser
    """
    from flows.command_line.open import open_verdict_page

    open_verdict_page(run_id, browser=browser)


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(metavar="SQL", help="One statement, any that Redshift takes.")],
    *,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, for machines.")] = False,
    replay: ReplayFolder = None,
) -> None:
    """Run one statement in the warehouse.

    \b
    tickerhouse sql "select * from market.latest_price"
    tickerhouse sql "select count(*) from market.fact_daily_price" --csv
    tickerhouse sql "select max(session_date) from market.fact_daily_price" --replay ../recorded/prices
    """
    from flows.command_line.sql import run_sql

    run_sql(statement, replay, as_csv=as_csv)


def main() -> NoReturn:
    """The entry point: one clear line for every error that is known, and its exit status."""
    with _errors_as_lines():
        app()
    sys.exit(0)


@contextmanager
def _errors_as_lines() -> Iterator[None]:
    try:
        yield
    except TickerhouseError as error:
        print(f"tickerhouse: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("tickerhouse: interrupted. What landed is kept; run it again to go on.", file=sys.stderr)
        sys.exit(130)
