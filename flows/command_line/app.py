"""The commands of ``tickerhouse``: their options and their help texts."""

from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from tasks.errors import WrongUsage

app = typer.Typer(
    help="Daily stock prices from Alpha Vantage to Amazon Redshift.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

quarantine = typer.Typer(help="Review and release quarantined bars.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(quarantine, name="quarantine")

OutputSizeOption = Annotated[
    Literal["compact", "full"] | None,
    typer.Option(metavar="compact|full", help="The latest 100 sessions, or the whole history (a premium plan)."),
]
ReplayFolder = Annotated[
    Path | None,
    typer.Option("--replay", metavar="FOLDER", help="Recorded answers in place of the API; a source of its own."),
]


ExchangeName = Annotated[str, typer.Option("--exchange", metavar="NAME", help="Only the symbols of this exchange, e.g. XLON.")]


@app.command()
def run(
    symbols: Annotated[str, typer.Option(metavar="A,B", help="Symbols in place of the watchlist.")] = "",
    as_of: Annotated[str, typer.Option(metavar="TIMESTAMP", help="The moment the run speaks for; now if not given.")] = "",
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


@app.command()
def plan(  # noqa: PLR0913 - each option has its name at the command
    symbols: Annotated[str, typer.Option(metavar="A,B", help="Symbols in place of the watchlist.")] = "",
    as_of: Annotated[str, typer.Option(metavar="TIMESTAMP", help="The moment the plan speaks for; now if not given.")] = "",
    output_size: OutputSizeOption = None,
    flow: Annotated[
        Literal["daily_prices", "corporate_actions", "listings", "quotes", "backfill"], typer.Option(help="Whose plan.")
    ] = "daily_prices",
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="Of a backfill: the first session wanted.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Of a backfill: the last session wanted.")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
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


@app.command()
def backfill(
    symbols: Annotated[str, typer.Option(metavar="A,B", help="Symbols in place of the watchlist.")] = "",
    watchlist: Annotated[str, typer.Option(metavar="FILE", help="A watchlist in place of the usual one.")] = "",
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first session wanted; 1999-11-01 if not given.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last one; the newest that is final if not given.")] = "",
    as_of: Annotated[str, typer.Option(metavar="TIMESTAMP", help="The moment the run speaks for; now if not given.")] = "",
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


@app.command()
def up() -> None:
    """Keep the embedded stack running until Ctrl-C; other commands use it meanwhile.

    \b
    tickerhouse up
    """
    from flows.command_line.up import keep_up

    keep_up()


@app.command()
def down() -> None:
    """Stop the embedded stack, which stays up for a while after a command.

    \b
    tickerhouse down
    """
    from flows.command_line.up import stop

    stop()


@app.command()
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


@app.command()
def worker() -> None:
    """Run a Prefect worker for the work pool until Ctrl-C, on the embedded stack or on AWS.

    \b
    tickerhouse up        (in one terminal)
    tickerhouse deploy    (in another, once)
    tickerhouse worker
    """
    from flows.command_line.worker import work

    raise typer.Exit(work())


@app.command()
def silence(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="An alert's name; none lists what is silenced.")] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="Until when: a date (New York) or an ISO 8601 timestamp.")] = "",
    reason: Annotated[str, typer.Option(metavar="WORDS", help="Why; shown when silences are listed.")] = "",
) -> None:
    """Silence an alert until a date; stored in S3, for every run and every worker.

    \b
    tickerhouse silence late --until 2026-11-30 --reason "the source is down; ticket 4711"
    tickerhouse silence
    """
    from flows.command_line.silence import silence_alert

    silence_alert(alert, until, reason)


@app.command("open")
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
    symbol: Annotated[str, typer.Option(metavar="SYMBOL", help="As it was received.")] = "",
    reason: Annotated[str, typer.Option(metavar="WORDS", help="A part of the reason.")] = "",
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


@quarantine.command("release")
def release_quarantine(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run that quarantined them first; any if not given.")] = "",
    symbol: Annotated[str, typer.Option(metavar="SYMBOL", help="As it was received.")] = "",
    reason: Annotated[str, typer.Option(metavar="WORDS", help="A part of the reason.")] = "",
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


@app.command()
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


@app.command()
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


@app.command("corporate-actions")
def corporate_actions(
    symbols: Annotated[str, typer.Option(metavar="A,B", help="Symbols in place of the watchlist.")] = "",
    as_of: Annotated[str, typer.Option(metavar="TIMESTAMP", help="The moment the run speaks for; now if not given.")] = "",
    replay: ReplayFolder = None,
) -> None:
    """Run the flow corporate_actions once: splits and dividends, which re-adjust the series they touch, and the source's adjusted series.

    \b
    tickerhouse corporate-actions
    tickerhouse corporate-actions --symbols IBM
    """
    from flows.command_line.run import run_flow

    raise typer.Exit(run_flow("corporate_actions", symbols, as_of, replay))


@app.command()
def listings(
    symbols: Annotated[str, typer.Option(metavar="A,B", help="Symbols whose sector is requested, in place of the watchlist.")] = "",
    as_of: Annotated[str, typer.Option(metavar="TIMESTAMP", help="The moment the run speaks for; now if not given.")] = "",
    replay: ReplayFolder = None,
) -> None:
    """Run the flow listings once: which security is listed under which symbol.

    \b
    tickerhouse listings
    """
    from flows.command_line.run import run_flow

    raise typer.Exit(run_flow("listings", symbols, as_of, replay))


@app.command()
def quotes(
    symbols: Annotated[str, typer.Option(metavar="A,B", help="Symbols in place of the watchlist.")] = "",
    as_of: Annotated[str, typer.Option(metavar="TIMESTAMP", help="The moment the run speaks for; now if not given.")] = "",
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


@app.command()
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


def _run_deployed(flow: str, replay: Path | None, *, dry_run: bool = False) -> NoReturn:
    from flows.command_line.deployed import run_deployed

    if dry_run or replay is not None:
        raise WrongUsage("--deployed goes with neither --dry-run nor --replay.", "The deployed run lists pending migrations itself.")
    raise typer.Exit(run_deployed(flow))
