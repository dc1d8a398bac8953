"""``tickerhouse open``: opens the verdict page of a run; no server needs to run."""

import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flows.command_line.environment import shown
from tasks.errors import TickerhouseError
from tasks.lake.keys import quality_index_key, quality_page_key, report_key, run_key
from tasks.orchestration.settings import Settings

if TYPE_CHECKING:
    from tasks.lake.store import LakeStore

_NAMES: Final = ("last", "runs")
_LINKED: Final = 10
"""Of how many runs the page of the latest runs is fetched with their own pages."""


class RunUnknown(TickerhouseError):
    """There is no verdict page of that run."""


def open_verdict_page(run_id: str, *, browser: bool) -> None:
    """Says where the page is, and opens it.

    Args:
        run_id: a run, ``last``, or ``runs`` for the page of the latest runs.
        browser: whether to open it.

    Raises:
        RunUnknown: no run of that name has a page here.
    """
    settings = Settings.from_environment()
    page = _embedded_page(settings.home, run_id) if settings.stack == "embedded" else _fetched_page(settings, run_id)
    print(shown(page))
    if browser and not webbrowser.open(page.resolve().as_uri()):
        print("No browser was found here; open the file yourself.")


def _embedded_page(home: Path, run_id: str) -> Path:
    lakes = home / "s3"
    if run_id == "runs":
        found = sorted(lakes.glob(f"*/{quality_index_key()}"), key=lambda page: page.stat().st_mtime)
    elif run_id == "last":
        # Runs that were up to date have no page, so the newest page is not always of the newest run; ids sort by time.
        found = sorted(lakes.glob(f"*/{quality_page_key('0').replace('/0/', '/*/')}"), key=lambda page: page.parent.name)
    else:
        found = list(lakes.glob(f"*/{quality_page_key(run_id)}"))
    if found:
        return found[-1]
    raise _unknown(run_id, is_known=run_id not in _NAMES and any(lakes.glob(f"*/{run_key(run_id)}")))


def _fetched_page(settings: Settings, run_id: str) -> Path:
    from tasks.lake.errors import ObjectMissing
    from tasks.orchestration.clients import Clients
    from tasks.orchestration.state import verdicts

    lake = Clients(settings).lake
    listed = [entry.run_id for entry in verdicts().read(lake) if entry.has_verdict] if run_id in _NAMES else []
    if run_id == "last":
        if not listed:
            raise _unknown(run_id, is_known=False)
        run_id = max(listed)
    try:
        if run_id == "runs":
            return fetch_pages(lake, settings.home, quality_index_key(), listed[:_LINKED])
        return fetch_pages(lake, settings.home, quality_page_key(run_id), [run_id])
    except ObjectMissing:
        raise _unknown(run_id, is_known=run_id not in _NAMES and lake.exists(run_key(run_id))) from None


def fetch_pages(lake: "LakeStore", home: Path, key: str, run_ids: Sequence[str]) -> Path:
    """Fetches a page, and those it leads to, as they lie in the lake.

    Args:
        lake: the lake.
        home: the folder under which they are kept.
        key: the page's own key.
        run_ids: the runs whose verdict and report it leads to; what a run does not have is left out.

    Returns:
        The page.

    Raises:
        ObjectMissing: there is no page of that key.
        LakeError: the lake cannot be read.
    """
    from tasks.lake.errors import ObjectMissing

    linked = [quality_index_key(), *(make(run_id) for run_id in run_ids for make in (quality_page_key, report_key))]
    for each in dict.fromkeys([key, *linked]):
        page = home / "pages" / each
        try:
            body = lake.get(each)
        except ObjectMissing:
            if each == key:
                raise
            continue
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(body)
    return home / "pages" / key


def _unknown(run_id: str, *, is_known: bool) -> RunUnknown:
    if run_id in _NAMES:
        return RunUnknown("No run has a verdict page yet.", "Run `tickerhouse run` first.")
    if is_known:
        return RunUnknown(f"Run {run_id} has no verdict page.", "A run that was up to date, or ended before the gate, has none.")
    return RunUnknown(f"There is no run {run_id}.", "`tickerhouse open runs` lists the latest ones.")
