"""Links that open a run's pages for people who have no key of the lake: in the Prefect UI and in Slack."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from tasks.errors import TickerhouseError
from tasks.lake import keys
from tasks.orchestration.run import Run
from tasks.orchestration.step_log import step_logger
from tasks.records import Status
from tasks.summary import RunSummary

logger = step_logger("announce")

_LINK_LIVES: Final = timedelta(hours=12)


@dataclass(frozen=True)
class PageLink:
    """One page of a run.

    Attributes:
        name: what it is.
        command: opens it at any time.
        address: presigned; a secret as long as it lives, empty where it could not be signed.
        ends: when the address dies, UTC; None where there is none.
    """

    name: str
    command: str
    address: str = ""
    ends: datetime | None = None

    @property
    def words(self) -> str:
        """What to show for the address."""
        return f"{self.name} (until {self.ends:%H:%M} UTC)" if self.ends else self.name


def links_of_run(run: Run, summary: RunSummary) -> tuple[PageLink, ...]:
    """The report and the verdict of a run, as far as it has them; what cannot be signed has no address."""
    pages = []
    if summary.status is not Status.UP_TO_DATE:
        pages.append((PageLink("Report", f"tickerhouse report {run.run_id}"), keys.report_key(run.run_id)))
    if summary.places.page:
        pages.append((PageLink("Verdict", f"tickerhouse open {run.run_id}"), keys.quality_page_key(run.run_id)))
    return _signed(run, pages)


def link_of_latest_runs(run: Run) -> PageLink:
    """The page of the latest runs, which a flow without pages of its own leads to."""
    return _signed(run, [(PageLink("Latest runs", "tickerhouse open runs"), keys.quality_index_key())])[0]


def addresses(links: tuple[PageLink, ...]) -> dict[str, str]:
    """The addresses of the links that can be opened, by the words shown for them."""
    return {link.words: link.address for link in links if link.address}


def _signed(run: Run, pages: list[tuple[PageLink, str]]) -> tuple[PageLink, ...]:
    if not pages:
        return ()
    try:
        ends = run.clients.lake_links_end()
        links = [(page, run.lake.presigned_url(key, _LINK_LIVES)) for page, key in pages]
    except TickerhouseError as error:
        logger.warning("the links to the pages could not be created: %s", error)
        return tuple(page for page, _ in pages)
    return tuple(PageLink(page.name, page.command, link, link_ends(link, ends)) for page, link in links)


def link_ends(link: str, credentials_end: datetime | None) -> datetime:
    """When a presigned link expires: at the moment that is signed into it, or with the credentials that signed it.

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
