"""Publishes an ended run in Prefect: artifacts, assets, events; sends its metrics and updates the flow's history."""

import re
from collections.abc import Mapping
from datetime import date

import httpx
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.exceptions import PrefectException

from tasks.orchestration.alerts import emit_run_alerts
from tasks.orchestration.assets import materialize_assets
from tasks.orchestration.metrics import send_metrics
from tasks.orchestration.page_links import links_of_run
from tasks.orchestration.prefect_server import is_gone, look_after_failure
from tasks.orchestration.run import Run
from tasks.orchestration.run_history import last_run, remember_run
from tasks.orchestration.run_name import mark_run
from tasks.orchestration.step_log import step_logger
from tasks.summary import RunSummary
from tasks.summary.changes import render_changes
from tasks.summary.markdown import render_markdown, render_steps, render_table
from tasks.summary.text import render_headline

logger = step_logger("announce")


def announce(run: Run, summary: RunSummary) -> None:
    """Emits alerts, assets and metrics of a run, and adds it to the history of its flow.

    Raises:
        TickerhouseError: the lake or CloudWatch failed; alerts were sent before that.
    """
    emit_run_alerts(run, summary)
    materialize_assets(run, summary)
    send_metrics(run, summary)
    remember_run(run, summary)


def report(run: Run, summary: RunSummary, held: Mapping[str, date]) -> None:
    """Writes the tables and the report that people read in the Prefect UI; where Prefect does not answer, a log line instead.

    Their keys name flow and environment, so that the latest of one flow is never hidden by another's.

    Args:
        run: the run.
        summary: how it went.
        held: the newest session of the symbols that were up to date.
    """
    if is_gone():
        return
    headline = render_headline(summary)
    parts = [render_markdown(summary), render_changes(summary, last_run(run)), _pages(run, summary)]
    try:
        create_table_artifact(render_table(summary, held), key=artifact_key(run, "symbols"), description=headline)
        create_table_artifact(render_steps(summary), key=artifact_key(run, "steps"), description=headline)
        create_markdown_artifact("\n".join(part for part in parts if part), key=artifact_key(run, "summary"), description=headline)
        mark_run(run, summary)
    except (httpx.HTTPError, PrefectException) as error:
        logger.warning("the report was not written to Prefect (%s)", type(error).__name__)
        look_after_failure()


def artifact_key(run: Run, what: str) -> str:
    """The key of an artifact, as ``daily-prices-dev-summary``."""
    return re.sub(r"[^a-z0-9]+", "-", f"{run.flow}-{run.settings.environment}-{what}".lower()).strip("-")


def _pages(run: Run, summary: RunSummary) -> str:
    links = links_of_run(run, summary)
    if not links:
        return ""
    rows = [
        f"| [{link.name}]({link.address}) | {link.ends:%Y-%m-%d %H:%M} | `{link.command}` |"
        if link.ends
        else f"| {link.name} | - | `{link.command}` |"
        for link in links
    ]
    return "\n".join(["#### Pages", "", "| page | until (UTC) | at any time |", "| --- | --- | --- |", *rows, ""])
