"""What others hear of a run that has ended: the report in Prefect, assets, metrics, alerts; and what is remembered for the next one."""

from datetime import timedelta
from typing import Final

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from tasks.alerts import say_run
from tasks.assets import materialize_assets
from tasks.aws import open_lake
from tasks.errors import TickerhouseError
from tasks.history import last_run, remember_run
from tasks.lake import keys
from tasks.metrics import send_metrics
from tasks.run import Run
from tasks.step import step_logger
from tasks.summary import RunSummary
from tasks.summary.changes import render_changes
from tasks.summary.markdown import render_markdown, render_table
from tasks.summary.text import render_headline

logger = step_logger("announce")

# A link dies with the credentials that signed it; those of an assumed role live an hour.
_LINK_LIVES: Final = timedelta(hours=12)


def announce(run: Run, summary: RunSummary) -> None:
    """Makes a run heard of.

    Raises:
        TickerhouseError: the lake or CloudWatch failed; alerts were said before that.
    """
    say_run(run, summary)
    materialize_assets(run, summary)
    send_metrics(run, summary)
    remember_run(run, summary)


def report(run: Run, summary: RunSummary) -> None:
    """Writes the table of symbols and the report that people read in the Prefect UI."""
    headline = render_headline(summary)
    create_table_artifact(render_table(summary), key="symbols", description=headline)
    parts = [render_markdown(summary), render_changes(summary, last_run(run)), _verdict(run, summary)]
    create_markdown_artifact("\n".join(part for part in parts if part), key="run-summary", description=headline)


def _verdict(run: Run, summary: RunSummary) -> str:
    if not summary.places.page:
        return ""
    try:
        link = open_lake(run.settings, run.settings.load_role).presigned_url(keys.quality_page_key(run.run_id), _LINK_LIVES)
    except TickerhouseError as error:
        logger.warning("no link to the verdict: %s", error)
        return f"#### Verdict\n\n`tickerhouse open {run.run_id}`\n"
    hours = _LINK_LIVES // timedelta(hours=1)
    return f"#### Verdict\n\n[The page]({link}) (for {hours} hours at most), or `tickerhouse open {run.run_id}`, at any time\n"
