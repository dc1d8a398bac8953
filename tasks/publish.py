"""Step 10, publish: updates coverage, records the run, and makes one RunSummary of the results of all steps."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import cache
from typing import Final

from prefect import State
from prefect.states import Completed, Failed

from tasks.errors import TickerhouseError
from tasks.lake import keys
from tasks.lake.json_documents import put_json
from tasks.orchestration.artifacts import announce, report
from tasks.orchestration.metrics import run_metrics
from tasks.orchestration.past_loads import remember_contact
from tasks.orchestration.prefect_server import spare_the_lost_server
from tasks.orchestration.run import Run, utc_now
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.records import Outcome
from tasks.results.capture_sizes import store_sizes
from tasks.results.coverage_update import update_coverage
from tasks.results.pages import keep_verdict_page
from tasks.results.price_jumps import update_price_jumps
from tasks.results.report import held_sessions, publish_pages
from tasks.results.run_results import RunResults
from tasks.results.summary import summarise
from tasks.summary.charts import start_engine
from tasks.summary.run_summary import RunSummary
from tasks.summary.text import render_headline
from tasks.warehouse.runs import RunRecord, record_run

logger = step_logger("publish")

ended_run: Final[deque[RunSummary]] = deque(maxlen=1)
"""The summary of this process's newest run, for a command whose Prefect server has gone before it could take the run's state."""


@cache
def prepare_report() -> None:
    """Starts what draws the charts in the background, so that it is there at the run's end; does nothing a second time."""
    threading.Thread(target=_start_engine, name="start of the charts' engine", daemon=True).start()


def _start_engine() -> None:
    # Whatever is wrong with the library is raised where it is used.
    with suppress(Exception):
        start_engine()


@step("publish", is_last=True)
def publish(run: Run, results: RunResults) -> RunSummary:
    """Ends a run: coverage and summary in the lake, a row in ``ops.run``, artifacts and events in Prefect, metrics, alerts.

    A fault in here never hides how the run itself ended: it is a warning in the summary.

    Args:
        run: the run.
        results: what the steps gave.

    Returns:
        The summary, with its metrics and with every warning.
    """
    warnings: list[str] = []
    _remember(run, results, warnings)
    summary = summarise(results, utc_now())
    with ThreadPoolExecutor(1) as beside:
        # Drawing takes a core for a moment; the warehouse and Prefect are waited for meanwhile.
        pages = beside.submit(copy_context().run, publish_pages, run.lake, results, summary)
        if summary.symbols or summary.calls.planned:
            # A run that was up to date leaves the warehouse asleep: every contact of an idle workgroup is billed as a minute.
            warn_on_error(warnings, "The run was not written to ops.run", lambda: record_run(run.warehouse, _record(summary)))
        summary = summary.model_copy(update={"warnings": (*summary.warnings, *warnings), "metrics": run_metrics(run, summary)})
        in_summary = len(warnings)
        warn_on_error(
            warnings,
            "The summary was not written to the lake",
            lambda: put_json(run.lake, keys.run_key(run.run_id), summary.model_dump(mode="json")),
        )
        report(run, summary, held_sessions(run.lake, results))
        warn_on_error(warnings, "Not every alert and metric was sent", lambda: announce(run, summary))
        warn_on_error(warnings, "The run's pages were not written", pages.result)
    logger.info("%s", render_headline(summary))
    return summary.model_copy(update={"warnings": (*summary.warnings, *warnings[in_summary:])})


def end_state(summary: RunSummary) -> State[RunSummary]:
    """The Prefect state that the status demands, named after it, with the summary as its result."""
    ended_run.append(summary)
    spare_the_lost_server()
    make = Completed if summary.status.is_success else Failed
    return make(name=str(summary.status), message=render_headline(summary), data=summary)


def warn_on_error(warnings: list[str], what: str, act: Callable[[], object]) -> None:
    """Does what the end of a run does beside the run itself; an error in it becomes a warning, led by what failed."""
    try:
        act()
    except TickerhouseError as error:
        logger.warning("%s: %s", what, error)
        warnings.append(f"{what}: {error}")


def _remember(run: Run, results: RunResults, warnings: list[str]) -> None:
    if not results.by_dataset:
        return
    warn_on_error(warnings, "The newest load was not remembered", lambda: _remember_load(run, results))
    warn_on_error(warnings, "Coverage was not written", lambda: update_coverage(run.lake, results))
    warn_on_error(warnings, "The sizes of answers were not remembered", lambda: store_sizes(run.lake, results))
    warn_on_error(warnings, "Price jumps were not remembered", lambda: update_price_jumps(run.lake, results))
    warn_on_error(warnings, "The verdict page was not kept", lambda: keep_verdict_page(run.lake, results))


def _remember_load(run: Run, results: RunResults) -> None:
    loaded = [result.manifest.uri for result in results.by_dataset.values() if result.loaded and result.manifest]
    if loaded:
        remember_contact(run.lake, loaded[-1], utc_now())


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
        symbols_landed=summary.outcome_counts().get(Outcome.LOADED, 0),
        rows_parsed=summary.rows.parsed,
        rows_deferred=summary.rows.deferred,
        rows_quarantined=summary.rows.quarantined,
        rows_curated=summary.rows.curated,
        rows_new=summary.rows.new,
        rows_changed=summary.rows.changed,
        rows_unchanged=summary.rows.unchanged,
        error=f"{summary.error.name}: {summary.error.fact}" if summary.error else "",
    )
