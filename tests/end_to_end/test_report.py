"""The report of a run: what the run writes by itself, and what `tickerhouse report` draws."""

import re
from pathlib import Path

import pytest

from tests.end_to_end.conftest import CALM, CalmRun, Home

pytestmark = pytest.mark.server


def lake(home: Home, run: CalmRun) -> Path:
    bucket: str = run.summary["places"]["summary"].removeprefix("s3://").partition("/")[0]
    return home.folder / "s3" / bucket


def test_a_run_writes_its_report_and_its_line_of_the_index(shared: Home, calm: CalmRun) -> None:
    run_id, folder = calm.summary["run_id"], lake(shared, calm)
    page = (folder / "reports" / run_id / "index.html").read_text()
    assert re.search(r"<h1>Completed: 6 symbols loaded; session \d{4}-\d\d-\d\d</h1>", page)
    assert page.count("<svg ") >= 3
    assert "DMGD · 3 events" in page
    index = (folder / "quality" / "index.html").read_text()
    assert f'href="../reports/{run_id}/index.html"' in index
    for name in (f"reports/{run_id}/index.html", "quality/index.html", f"quality/{run_id}/index.html"):
        text = (folder / name).read_text()
        for address in set(re.findall(r'<a [^>]*href="([^"#][^":]*)"', text)):
            assert ((folder / name).parent / address).resolve().is_file(), f"{name} -> {address}"


def test_the_report_command_draws_other_symbols_with_the_warehouse(shared: Home, calm: CalmRun) -> None:
    drawn = shared.call("report", calm.summary["run_id"], "--symbols", "msft", "--warehouse", "--no-browser", **CALM)
    assert (drawn.exit_status, drawn.err) == (0, "")
    (place,) = drawn.lines
    page = Path(place).read_text()
    assert re.findall(r"<summary>(\w+)(?: · \d+ marks?)?</summary>", page)[0] == "MSFT"
    assert "Price of MSFT" in page
    assert "Price of AAPL" not in page


def test_the_report_of_an_unknown_run_is_refused_with_a_way_out(shared: Home, calm: CalmRun) -> None:
    assert calm.summary
    refused = shared.call("report", "20200101T000000Z-00000000", "--no-browser", **CALM)
    assert refused.exit_status == 1
    assert "No run 20200101T000000Z-00000000 is known. `tickerhouse open runs` lists the latest ones." in refused.err
