"""``tickerhouse open``: the verdict page of a run, whether or not any server runs."""

import json
import webbrowser
from pathlib import Path

from flows.command_line.surroundings import shown
from tasks.aws import open_lake
from tasks.errors import TickerhouseError
from tasks.lake.keys import quality_page_key
from tasks.settings import Settings


class RunUnknown(TickerhouseError):
    """There is no verdict page of that run."""


def open_verdict_page(run_id: str, *, browser: bool) -> None:
    """Says where the page is, and opens it.

    Raises:
        RunUnknown: no run of that name has a page here.
    """
    settings = Settings.from_environment()
    if run_id == "last":
        run_id = _last_run_id(settings.home)
    page = _embedded_page(settings.home, run_id) if settings.stack == "embedded" else _fetched_page(settings, run_id)
    print(shown(page))
    if browser:
        webbrowser.open(page.resolve().as_uri())


def _last_run_id(home: Path) -> str:
    file = home / "last_run.json"
    if not file.exists():
        raise RunUnknown("Nothing has been run here yet.", "Run `tickerhouse run` first.")
    return str(json.loads(file.read_text())["run_id"])


def _embedded_page(home: Path, run_id: str) -> Path:
    pages = sorted((home / "s3").glob(f"*/{quality_page_key(run_id)}"))
    if not pages:
        raise RunUnknown(f"Run {run_id} has no verdict page.", "A run that was up to date, or ended before the gate, has none.")
    return pages[0]


def _fetched_page(settings: Settings, run_id: str) -> Path:
    page = settings.home / "pages" / f"{run_id}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_bytes(open_lake(settings, settings.load_role).get(quality_page_key(run_id)))
    return page
