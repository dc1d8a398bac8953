"""The commands of ``tickerhouse``: their options and their help texts."""

from importlib.metadata import version
from typing import Annotated, Literal

import typer

from flows.command_line import reading_commands, warehouse_commands
from flows.command_line.options import AsJson, AsOf, ExchangeName, OutputSizeOption, ReplayFolder, Symbols

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_wanted: bool) -> None:  # noqa: FBT001 - typer hands over the option's value
    if is_wanted:
        print(f"tickerhouse {version('tickerhouse')}")
        raise typer.Exit


@app.callback()
def tickerhouse(
    *,
    _version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")] = False,
) -> None:
    """Daily stock prices from Alpha Vantage to Amazon Redshift.

    Exit status of every command: docs/reference/exit-codes.md.
    """


@app.command(short_help="Run the flow daily_prices once.")
def run(
    symbols: Symbols = None,
    as_of: AsOf = "",
    output_size: OutputSizeOption = None,
    exchange: ExchangeName = "",
    replay: ReplayFolder = None,
) -> None:
    """Run the flow daily_prices once.

    \b
    tickerhouse run
    tickerhouse run --symbols AAPL,BRK-B --output-size full
    tickerhouse run --exchange XLON
    tickerhouse run --symbols MSFT --as-of 2019-11-30T12:00:00Z --replay ../recorded/prices

    Exit status: 0 done or up to date, 1 failed, 2 invalid usage, 3 a due bar or symbol is missing,
    4 the day's calls are used up, 5 the gate closed.
    """
    from flows.command_line.run import run_flow

    raise typer.Exit(run_flow("daily_prices", symbols, as_of, replay, output_size, exchange=exchange))


@app.command(short_help="Show the calls that a run would send; sends none.")
def plan(  # noqa: PLR0913 - each option has its name at the command
    symbols: Symbols = None,
    as_of: AsOf = "",
    output_size: OutputSizeOption = None,
    flow: Annotated[
        Literal["daily_prices", "corporate_actions", "listings", "quotes", "backfill"], typer.Option(help="The flow whose run is planned.")
    ] = "daily_prices",
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="With --flow backfill: the first session wanted.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="With --flow backfill: the last session wanted.")] = "",
    *,
    as_json: AsJson = False,
    probe: Annotated[bool, typer.Option("--probe", help="Forget which endpoints the key was refused; request them again.")] = False,
    replay: ReplayFolder = None,
) -> None:
    """Show which calls a run would send, why, and what they cost; sends none.

    \b
    tickerhouse plan
    tickerhouse plan --symbols AAPL,BRK-B --output-size full
    tickerhouse plan --flow corporate_actions
    tickerhouse plan --flow backfill --from 2015-01-02
    tickerhouse plan --json
    tickerhouse plan --probe
    """
    from flows.command_line.plan import print_plan

    print_plan(symbols, as_of, output_size, replay, as_json=as_json, probe=probe, flow=flow, first=first, last=last)


@app.command(short_help="Load the missing sessions of a range.")
def backfill(
    symbols: Symbols = None,
    watchlist: Annotated[str, typer.Option(metavar="FILE", help="A watchlist in place of the usual one.")] = "",
    first: Annotated[
        str, typer.Option("--from", metavar="DATE", help="The first session wanted; TICKERHOUSE_BACKFILL, or 1999-11-01, if not given.")
    ] = "",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last one; the latest final session if not given.")] = "",
    as_of: AsOf = "",
    replay: ReplayFolder = None,
) -> None:
    """Run the flow backfill once: load the sessions of a range that are missing, out of the backfills' share of the day.

    \b
    tickerhouse plan --flow backfill --from 2015-01-02
    tickerhouse backfill --from 2015-01-02
    tickerhouse backfill --symbols AAPL,BRK-B --from 2020-01-02 --to 2024-12-31
    """
    from flows.command_line.run import run_flow, session_range

    raise typer.Exit(run_flow("backfill", symbols, as_of, replay, watchlist=watchlist, more=session_range(first, last)))


app.command("status", short_help="Show what is held, what runs, what comes next.")(reading_commands.status)
app.command("doctor", short_help="Check every part in order; says how to mend it.")(reading_commands.doctor)
app.command("open", short_help="Open the verdict page of a run.")(reading_commands.open_page)
app.command("report", short_help="Draw the report of a run and open it.")(reading_commands.report)
app.command("connect", short_help="Print ready lines for notebooks and SQL tools.")(reading_commands.connect)
app.command("sql", short_help="Run one statement in the warehouse.")(warehouse_commands.sql)


@app.command(short_help="Keep the embedded stack running until Ctrl-C.")
def up() -> None:
    """Keep the embedded stack running until Ctrl-C; other commands use it meanwhile.

    \b
    tickerhouse up
    """
    from flows.command_line.up import keep_up

    keep_up()


@app.command(short_help="Stop the embedded stack.")
def down() -> None:
    """Stop the embedded stack, which stays up for a while after a command.

    \b
    tickerhouse down
    """
    from flows.command_line.up import stop

    stop()


@app.command(short_help="Create or update everything in Prefect.")
def deploy(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
) -> None:
    """Create or update everything in Prefect from this checkout: pool, webhooks, limits, deployments, schedules, alerts.

    \b
    tickerhouse deploy --dry-run
    tickerhouse deploy
    """
    from flows.command_line.deploy import deploy as deploy_all

    deploy_all(dry_run=dry_run)


@app.command(short_help="Run a Prefect worker until Ctrl-C.")
def worker() -> None:
    """Run a Prefect worker for the work pool until Ctrl-C, on the embedded stack or on AWS.

    \b
    tickerhouse up        (in one terminal)
    tickerhouse deploy    (in another, once)
    tickerhouse worker
    """
    from flows.command_line.worker import work

    raise typer.Exit(work())


@app.command(short_help="Silence an alert until a date, or list silences.")
def silence(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="An alert's name; none lists what is silenced.")] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="Until when: a date (New York) or an ISO 8601 timestamp.")] = "",
    reason: Annotated[str, typer.Option(metavar="WORDS", help="Why; shown when silences are listed.")] = "",
) -> None:
    """Silence an alert until a date; stored in S3, for every run and every worker.

    \b
    tickerhouse silence late --until 2099-11-30 --reason "the source is down; ticket 4711"
    tickerhouse silence
    """
    from flows.command_line.silence import silence_alert

    silence_alert(alert, until, reason)


@app.command("corporate-actions", short_help="Load splits, dividends and adjusted series.")
def corporate_actions(
    symbols: Symbols = None,
    as_of: AsOf = "",
    replay: ReplayFolder = None,
) -> None:
    """Run the flow corporate_actions once: splits and dividends, which re-adjust the series they touch, and the source's adjusted series.

    \b
    tickerhouse corporate-actions
    tickerhouse corporate-actions --symbols IBM
    """
    from flows.command_line.run import run_flow

    raise typer.Exit(run_flow("corporate_actions", symbols, as_of, replay))


@app.command(short_help="Load which security is listed under which symbol.")
def listings(
    symbols: Annotated[
        str | None, typer.Option(metavar="A,B", help="Symbols whose sector is requested, in place of the watchlist.")
    ] = None,
    as_of: AsOf = "",
    replay: ReplayFolder = None,
) -> None:
    """Run the flow listings once: which security is listed under which symbol.

    \b
    tickerhouse listings
    """
    from flows.command_line.run import run_flow

    raise typer.Exit(run_flow("listings", symbols, as_of, replay))


@app.command(short_help="Load the latest price of every symbol.")
def quotes(
    symbols: Symbols = None,
    as_of: AsOf = "",
    replay: ReplayFolder = None,
) -> None:
    """Run the flow quotes once: the latest price of every symbol.

    \b
    tickerhouse quotes
    tickerhouse quotes --symbols AAPL,MSFT
    tickerhouse sql "select * from market.quote"
    """
    from flows.command_line.run import run_flow

    raise typer.Exit(run_flow("quotes", symbols, as_of, replay))


app.add_typer(warehouse_commands.quarantine, name="quarantine", short_help="Review and release quarantined bars.")
app.command("migrate", short_help="Apply pending migrations to the warehouse.")(warehouse_commands.migrate)
app.command("rebuild", short_help="Rebuild every table from stored captures.")(warehouse_commands.rebuild)
app.command("undo", short_help="Undo one load; its former values stand again.")(warehouse_commands.undo)
app.command("dictionary", short_help="Describe every table and column.")(warehouse_commands.dictionary)
