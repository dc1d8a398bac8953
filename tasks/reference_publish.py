"""The end of a run that brought in events, listings or quotes: what was read is remembered, and the run is made known like every other."""

from tasks.lake import keys
from tasks.lake.store import LakeStore
from tasks.orchestration.clients import open_lake
from tasks.orchestration.run import Run, utc_now
from tasks.orchestration.step import step
from tasks.publish import attempt, make_known
from tasks.results.coverage_update import remember_read
from tasks.results.reference_summary import summarise_reference
from tasks.results.run_results import Story
from tasks.summary import RunSummary


@step("publish")
def publish_reference(run: Run, story: Story) -> RunSummary:
    """Makes the run known. A fault in here never hides how the run itself ended: it is a warning in the summary.

    Args:
        run: the run.
        story: what the steps found.
    """
    warnings: list[str] = []
    if story.brought:
        lake = open_lake(run.settings, run.settings.load_role)
        attempt(warnings, "What was read was not remembered", lambda: remember_read(lake, story))
        attempt(warnings, "The verdict page was not kept", lambda: _keep_page(run, lake, story))
    return make_known(run, summarise_reference(run, story, utc_now()), warnings)


def _keep_page(run: Run, lake: LakeStore, story: Story) -> None:
    """Of the pages of all kinds the one most worth reading is the run's own; `tickerhouse open` and the report lead to it."""
    judged = [(brought.gate.is_open, brought.verdict) for brought in story.brought if brought.verdict]
    if judged:
        _, verdict = min(judged, key=lambda each: (each[0], -each[1].quarantined.num_rows))
        lake.put(keys.quality_page_key(run.run_id), verdict.page.encode(), "text/html; charset=utf-8")
