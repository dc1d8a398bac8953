"""Step 7: coverage remembered, the attempt recorded, and one RunSummary made of everything the steps found."""

from collections.abc import Callable

from prefect import State
from prefect.states import Completed, Failed

from tasks.errors import TickerhouseError
from tasks.lake import keys
from tasks.lake.json_documents import put_json
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.artifacts import announce, report
from tasks.orchestration.clients import open_lake, warehouse_connector
from tasks.orchestration.metrics import run_metrics
from tasks.orchestration.run import Run, utc_now
from tasks.orchestration.step import step, step_logger
from tasks.parse import Parsing
from tasks.records import Outcome, SymbolCoverage
from tasks.results.capture_sizes import remember_sizes
from tasks.results.coverage_update import remember_read, widened
from tasks.results.price_jumps import remember_moves
from tasks.results.run_results import Story
from tasks.results.run_summary import summarise
from tasks.schema import DAILY_PRICES
from tasks.sessions import DEFAULT_EXCHANGE
from tasks.summary.bars import spans_by_symbol
from tasks.summary.run_summary import RunSummary
from tasks.summary.text import render_headline
from tasks.warehouse.runs import RunRecord, record_run

logger = step_logger("publish")


@step("publish")
def publish(run: Run, story: Story) -> RunSummary:
    """Makes the run known: coverage and summary in the lake, a row in ``ops.run``, artifacts in Prefect.

    A fault in here never hides how the run itself ended: it is a warning in the summary.
    """
    warnings: list[str] = []
    lake = open_lake(run.settings, run.settings.load_role)
    if story.brought:
        attempt(warnings, "What was read of events was not remembered", lambda: remember_read(lake, story))
    if story.loaded is not None and story.parsing is not None:
        parsing = story.parsing
        attempt(warnings, "Coverage was not written", lambda: _remember(lake, parsing, story))
        attempt(
            warnings,
            "The sizes of captures were not remembered",
            lambda: remember_sizes(lake, parsing, story.bars.observations),
        )
    attempt(warnings, "Unexplained moves were not remembered", lambda: _remember_moves(lake, story))
    return make_known(run, summarise(run, story, utc_now()), warnings)


def make_known(run: Run, summary: RunSummary, warnings: list[str]) -> RunSummary:
    """The end of every run, whatever it brought: ``ops.run``, metrics, summary, report, alerts, assets, the history of its flow.

    Args:
        run: the run.
        summary: how it went.
        warnings: what could not be remembered of it.

    Returns:
        The summary as it was told, with its metrics and with every warning.
    """
    if summary.symbols or summary.calls.planned:
        # A run that was up to date leaves the warehouse asleep: every contact of an idle workgroup is billed as a minute.
        attempt(warnings, "The run was not written to ops.run", lambda: record_run(warehouse_connector(run.settings), _record(summary)))
    summary = summary.model_copy(update={"warnings": (*summary.warnings, *warnings), "metrics": run_metrics(run, summary)})
    attempt(warnings, "The summary was not written to the lake", lambda: _keep(run, summary))
    report(run, summary)
    attempt(warnings, "The run was not announced in full", lambda: announce(run, summary))
    logger.info("%s", render_headline(summary))
    return summary


def end_state(summary: RunSummary) -> State[RunSummary]:
    """The Prefect state that the status demands, named after it, with the summary as its result."""
    make = Completed if summary.status.is_success else Failed
    return make(name=str(summary.status), message=render_headline(summary), data=summary)


def attempt(warnings: list[str], what: str, act: Callable[[], None]) -> None:
    """Does what the end of a run does beside the run itself; a fault of it is a warning, after what failed in words."""
    try:
        act()
    except TickerhouseError as error:
        logger.warning("%s: %s", what, error)
        warnings.append(f"{what}: {error}")


def _remember(lake: LakeStore, parsing: Parsing, story: Story) -> None:
    """Brings coverage up to what was loaded; a quarantined session counts as held until a newer capture is due."""
    spans = spans_by_symbol(parsing.ready)
    exchanges = story.planned.exchanges if story.planned else {}

    def with_loaded(held: dict[str, SymbolCoverage]) -> dict[str, SymbolCoverage]:
        after = dict(held)
        for observation in story.bars.observations:
            symbol = observation.call.symbol
            if symbol in spans:
                after[symbol] = widened(after, spans[symbol], observation, exchanges.get(symbol, DEFAULT_EXCHANGE))
        return after

    state.coverage(DAILY_PRICES.name).change(lake, with_loaded)


def _remember_moves(lake: LakeStore, story: Story) -> None:
    if story.loaded is not None and story.judgement is not None:
        remember_moves(lake, story.judgement.verdict.accepted_columns("symbol", "session_date", "close"), story.bars)


def _keep(run: Run, summary: RunSummary) -> None:
    put_json(open_lake(run.settings, run.settings.load_role), keys.run_key(run.run_id), summary.model_dump(mode="json"))


def _record(summary: RunSummary) -> RunRecord:
    return RunRecord(
        run_id=summary.run_id,
        flow=summary.flow,
        source=summary.source,
        status=str(summary.status),
        as_of=summary.as_of,
        started_at=summary.started_at,
        finished_at=summary.finished_at,
        symbols_asked=summary.calls.planned,
        symbols_landed=summary.outcome_counts().get(Outcome.LANDED, 0),
        rows_parsed=summary.rows.parsed,
        rows_deferred=summary.rows.deferred,
        rows_quarantined=summary.rows.quarantined,
        rows_curated=summary.rows.curated,
        rows_new=summary.rows.new,
        rows_changed=summary.rows.changed,
        rows_unchanged=summary.rows.unchanged,
        error=f"{summary.error.name}: {summary.error.fact}" if summary.error else "",
    )
