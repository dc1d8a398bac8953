"""Publishes an ended run in Prefect: artifacts, assets, events; sends its metrics and updates the flow's history."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import httpx
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.exceptions import PrefectException

from tasks.errors import TickerhouseError
from tasks.lake import keys
from tasks.orchestration.alerts import emit_run_alerts
from tasks.orchestration.assets import materialize_assets
from tasks.orchestration.metrics import send_metrics
from tasks.orchestration.run import Run
from tasks.orchestration.run_history import last_run, remember_run
from tasks.orchestration.run_name import mark_run
from tasks.orchestration.step_log import step_logger
from tasks.records import Status
from tasks.summary import RunSummary
from tasks.summary.changes import render_changes
from tasks.summary.markdown import render_markdown, render_steps, render_table
from tasks.summary.text import render_headline

logger = step_logger("announce")

_LINK_LIVES: Final = timedelta(hours=12)


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
    headline = render_headline(summary)
    parts = [render_markdown(summary), render_changes(summary, last_run(run)), _pages(run, summary)]
    try:
        create_table_artifact(render_table(summary, held), key=artifact_key(run, "symbols"), description=headline)
        create_table_artifact(render_steps(summary), key=artifact_key(run, "steps"), description=headline)
        create_markdown_artifact("\n".join(part for part in parts if part), key=artifact_key(run, "summary"), description=headline)
        mark_run(run, summary)
    except (httpx.HTTPError, PrefectException) as error:
        logger.warning("the report was not written to Prefect (%s)", type(error).__name__)


def artifact_key(run: Run, what: str) -> str:
    """The key of an artifact, as ``daily-prices-dev-summary``."""
    return re.sub(r"[^a-z0-9]+", "-", f"{run.flow}-{run.settings.environment}-{what}".lower()).strip("-")


def _pages(run: Run, summary: RunSummary) -> str:
    pages = [("Report", keys.report_key(run.run_id), f"tickerhouse report {run.run_id}")] if summary.status is not Status.UP_TO_DATE else []
    if summary.places.page:
        pages.append(("Verdict", keys.quality_page_key(run.run_id), f"tickerhouse open {run.run_id}"))
    if not pages:
        return ""
    try:
        ends = run.clients.lake_links_end()
        rows = [_page(name, run.lake.presigned_url(key, _LINK_LIVES), ends, command) for name, key, command in pages]
    except TickerhouseError as error:
        logger.warning("the links to the pages could not be created: %s", error)
        rows = [f"| {name} | - | `{command}` |" for name, _, command in pages]
    return "\n".join(["#### Pages", "", "| page | until (UTC) | at any time |", "| --- | --- | --- |", *rows, ""])


def _page(name: str, link: str, ends: datetime | None, command: str) -> str:
    return f"| [{name}]({link}) | {link_ends(link, ends):%Y-%m-%d %H:%M} | `{command}` |"


def link_ends(link: str, credentials_end: datetime | None) -> datetime:
    """When a presigned link dies: at the moment that is signed into it, or with the credentials that signed it.

    Args:
        link: signed with Signature Version 4 (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html).
        credentials_end: when those credentials end; None where they do not.

    Returns:
        The moment, UTC.
    """
    query = dict(parse_qsl(urlsplit(link).query))
    signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    ends = signed + timedelta(seconds=int(query["X-Amz-Expires"]))
    return min(ends, credentials_end.astimezone(UTC)) if credentials_end else ends
