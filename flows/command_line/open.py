"""``tickerhouse open``: opens the verdict page of a run; no server needs to run."""

import webbrowser
from pathlib import Path
from typing import Final

from flows.command_line.environment import shown
from tasks.errors import TickerhouseError
from tasks.lake.keys import quality_index_key, quality_page_key, run_key
from tasks.orchestration.settings import Settings

_NAMES: Final = ("last", "runs")


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
    if run_id == "last":
        listed = verdicts().read(lake)
        if not listed:
            raise _unknown(run_id, is_known=False)
        run_id = max(entry.run_id for entry in listed)
    key = quality_index_key() if run_id == "runs" else quality_page_key(run_id)
    # Kept as they lie in the lake, so that the index leads to the pages that were fetched.
    page = settings.home / "pages" / key
    try:
        body = lake.get(key)
    except ObjectMissing:
        raise _unknown(run_id, is_known=run_id not in _NAMES and lake.exists(run_key(run_id))) from None
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_bytes(body)
    return page


def _unknown(run_id: str, *, is_known: bool) -> RunUnknown:
    if run_id in _NAMES:
        return RunUnknown("No run has a verdict page yet.", "Run `tickerhouse run` first.")
    if is_known:
        return RunUnknown(f"Run {run_id} has no verdict page.", "A run that was up to date, or ended before the gate, has none.")
    return RunUnknown(f"There is no run {run_id}.", "`tickerhouse open runs` lists the latest ones.")
