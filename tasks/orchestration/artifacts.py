"""Publishes an ended run in Prefect: artifacts, assets, events; sends its metrics and updates the flow's history."""

from datetime import UTC, datetime, timedelta
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
from tasks.orchestration.step_log import step_logger
from tasks.summary import RunSummary
from tasks.summary.changes import render_changes
from tasks.summary.markdown import render_markdown, render_table
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


def report(run: Run, summary: RunSummary) -> None:
    """Writes the table of symbols and the report that people read in the Prefect UI; where Prefect does not answer, a log line instead."""
    headline = render_headline(summary)
    parts = [render_markdown(summary), render_changes(summary, last_run(run)), _verdict(run, summary)]
    try:
        create_table_artifact(render_table(summary), key="symbols", description=headline)
        create_markdown_artifact("\n".join(part for part in parts if part), key="run-summary", description=headline)
    except (httpx.HTTPError, PrefectException) as error:
        logger.warning("the report was not written to Prefect (%s)", type(error).__name__)


def _verdict(run: Run, summary: RunSummary) -> str:
    if not summary.places.page:
        return ""
    key = keys.quality_page_key(run.run_id)
    places = f"`{summary.places.page}`, or `tickerhouse open {run.run_id}` at any time"
    try:
        link, ends = run.lake.presigned_url(key, _LINK_LIVES), run.clients.lake_links_end()
    except TickerhouseError as error:
        logger.warning("the verdict link could not be created: %s", error)
        return f"#### Verdict\n\n{places}\n"
    return f"#### Verdict\n\n[The page]({link}) (until {link_ends(link, ends):%Y-%m-%d %H:%M} UTC), {places}\n"


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
