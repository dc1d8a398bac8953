"""``tickerhouse open``: opens the verdict page of a run; no server needs to run."""

import json
import webbrowser
from pathlib import Path

from flows.command_line.environment import shown
from tasks.errors import TickerhouseError
from tasks.lake.keys import quality_index_key, quality_page_key
from tasks.orchestration.clients import Clients
from tasks.orchestration.settings import Settings


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
    if run_id == "last":
        run_id = _last_run_id(settings.home)
    key = quality_index_key() if run_id == "runs" else quality_page_key(run_id)
    page = _embedded_page(settings.home, run_id, key) if settings.stack == "embedded" else _fetched_page(settings, key)
    print(shown(page))
    if browser:
        webbrowser.open(page.resolve().as_uri())


def _last_run_id(home: Path) -> str:
    file = home / "last_run.json"
    if not file.exists():
        raise RunUnknown("No run yet.", "Run `tickerhouse run` first.")
    return str(json.loads(file.read_text())["run_id"])


def _embedded_page(home: Path, run_id: str, key: str) -> Path:
    pages = sorted((home / "s3").glob(f"*/{key}"), key=lambda page: page.stat().st_mtime)
    if not pages:
        raise RunUnknown(f"Run {run_id} has no verdict page.", "A run that was up to date, or ended before the gate, has none.")
    return pages[-1]


def _fetched_page(settings: Settings, key: str) -> Path:
    # Kept as they lie in the lake, so that the index leads to the pages that were fetched.
    page = settings.home / "pages" / key
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_bytes(Clients(settings).lake.get(key))
    return page
