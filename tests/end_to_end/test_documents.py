"""The commands of the tutorial and the how-to pages, run in their order; the Python of the notebook page, run on what they loaded."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from tests.documented import DOCS, IN_ORDER, embedded, examples
from tests.end_to_end.conftest import Ended, Home

pytestmark = pytest.mark.server

HOW_TO = DOCS / "how-to"
TUTORIAL = DOCS / "tutorial.md"
NOTEBOOK = HOW_TO / "notebook.md"
SHORT_PAGES = [NOTEBOOK]
LONG_PAGES = [TUTORIAL, *(HOW_TO / f"{name}.md" for name in ("add-a-symbol", "backfill", "restore", "upgrade"))]
"""Those whose commands take long; the subject of each has a shorter test."""
OWN = {"TICKERHOUSE_ENVIRONMENT": "documents"}
IN_ORDER_PLACE = {"TICKERHOUSE_ENVIRONMENT": "inorder"}


Follow = Callable[[Path], dict[str, Ended]]
"""Runs the commands of a page, each once however many pages have it."""


@pytest.fixture(scope="module")
def follow(shared: Home) -> Follow:
    run = cache(lambda command: shared.call(*shlex.split(command)[1:], **OWN))
    return lambda page: {command: run(command) for command in embedded(page)}


@pytest.mark.parametrize(
    "page", [*SHORT_PAGES, *(pytest.param(page, marks=pytest.mark.deep) for page in LONG_PAGES)], ids=lambda page: page.stem
)
def test_every_command_of_a_page_ends_well(follow: Follow, page: Path) -> None:
    ended = follow(page)
    assert ended
    assert {command: each.out + each.err for command, each in ended.items() if each.exit_status} == {}


@pytest.mark.deep
def test_every_example_that_reads_ends_well(shared: Home, follow: Follow) -> None:
    assert follow(TUTORIAL)
    failed = {}
    for command in examples():
        words = shlex.split(command)[1:]
        done = shared.call(*words, *_unseen(words), **OWN)
        if done.exit_status:
            failed[command] = done.out + done.err
    assert failed == {}


def _unseen(words: list[str]) -> list[str]:
    return ["--no-browser"] if words[0] in {"open", "report"} and "--no-browser" not in words else []


@pytest.mark.deep
def test_every_other_command_of_the_documents_ends_well(shared: Home, tmp_path: Path) -> None:
    run = shared.call("run", **IN_ORDER_PLACE)
    prices = shared.last_run()["run_id"]
    events = shared.call("corporate-actions", **IN_ORDER_PLACE)
    dividends = shared.last_run()["run_id"]
    assert (run.exit_status, events.exit_status) == (0, 0), run.out + run.err + events.out + events.err
    described, recorded, listed = tmp_path / "data_dictionary.md", _recorded(tmp_path), tmp_path / "watchlist.yaml"
    listed.write_text('symbols:\n  - "AAPL"\n  - {symbol: "ZZA001", exchange: XLON}\n')
    failed = {}
    for command in IN_ORDER:
        # The run, folder and file that an example names are of another machine. A released bar must fit its column; one of DMGD's does not.
        run_id = dividends if "--dataset dividends" in command else shared.last_run()["run_id"] if "release" in command else prices
        mine = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{8}", run_id, command) + (f" --replay {recorded}" if "release" in command else "")
        words = shlex.split(mine.replace("../recorded/prices", str(recorded)).replace("docs/data_dictionary.md", str(described)))
        place = IN_ORDER_PLACE | ({"TICKERHOUSE_WATCHLIST": str(listed)} if "--exchange" in command else {})
        done = shared.call(*words, *_unseen(words), **place)
        if done.exit_status:
            failed[command] = done.out + done.err
    assert not failed, "\n".join(f"{command}\n{said}" for command, said in failed.items())
    assert described.read_text() == (DOCS / "data_dictionary.md").read_text()


def _recorded(folder: Path) -> Path:
    """An answer as ``--replay`` takes it: six weeks of MSFT, without Thanksgiving, one of whose bars has a high below its low."""
    made = folder / "recorded"
    made.mkdir()
    weekdays = [day for day in (date(2019, 11, 29) - timedelta(days=back) for back in range(40)) if day.isoweekday() < 6]
    days = [str(day) for day in weekdays if day != date(2019, 11, 28)]
    bar = {"1. open": "150.0", "2. high": "152.0", "3. low": "149.0", "4. close": "151.0", "5. volume": "1000000"}
    bars = dict.fromkeys(days, bar) | {days[3]: bar | {"2. high": "148.0"}}
    titles = ["1. Information", "2. Symbol", "3. Last Refreshed", "4. Output Size", "5. Time Zone"]
    meta = dict(zip(titles, ["Daily Prices", "MSFT", days[0], "Compact", "US/Eastern"], strict=True))
    (made / "time_series_daily-msft-2019-11-29.json").write_text(json.dumps({"Meta Data": meta, "Time Series (Daily)": bars}))
    return made


def test_the_read_me_and_the_help_have_many_examples_that_read() -> None:
    assert len(examples()) >= 20


@pytest.mark.deep
def test_the_tutorial_shows_what_it_promises(follow: Follow) -> None:
    ended = follow(TUTORIAL)
    assert "high is below low" in ended["tickerhouse quarantine show --symbol DMGD"].out
    assert "(6 rows)" in next(each.out for command, each in ended.items() if command.startswith('tickerhouse sql "select symbol, count'))


def test_the_notebooks_python_reads_warehouse_and_files(shared: Home, follow: Follow) -> None:
    lines = follow(NOTEBOOK)["tickerhouse connect"].out.splitlines()
    exported = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
    assert {"AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS", "SSL_CERT_FILE"} <= set(exported)
    blocks = re.findall(r"^```python\n(.*?)^```", NOTEBOOK.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    lake = shared.folder / "s3" / "tickerhouse-documents-synthetic"
    program = [
        f"database, lake = 'documents_synthetic', {str(lake)!r}",
        *blocks,
        "assert len(prices) >= 6, prices",
        "assert not bars.duplicated(['symbol', 'session_date']).any()",
        "assert len(newest) == len(bars) and len(closes.columns) == len(prices), (len(newest), len(bars), closes.columns)",
    ]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "\n".join(program)],
        env=os.environ | exported,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
