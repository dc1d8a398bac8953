"""Every page for people, in a real browser: at three widths, light and dark."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from infra.local.slack_page import render_page as render_inbox
from tasks.quality.report_index import IndexEntry, index_page
from tasks.summary.report_page import report_page
from tests.browser import Browser, browser, find_browser
from tests.unit.quality.test_report_page import HOSTILE_BARS, judged
from tests.unit.summary.test_report_page import RUN, facts

pytestmark = pytest.mark.skipif(find_browser() is None, reason="no Chromium is installed; `apt install chromium` adds one")

WIDTHS: Final = (360, 768, 1280)
CONTRAST: Final = (Path(__file__).parent / "contrast.js").read_text()
FOLDED: Final = "document.querySelectorAll('details').forEach(each => { each.open = true; })"
NAMELESS: Final = """
[...document.querySelectorAll("table, svg, [role=region], a, h1")].filter(each => !(each.getAttribute("aria-label")
  || each.querySelector("caption, title")?.textContent.trim() || (["A", "H1"].includes(each.tagName) && each.textContent.trim())
  || each.closest(".ge"))).map(each => each.outerHTML.slice(0, 80))
"""
MESSAGE: Final = {
    "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "dev · daily_prices: the gate closed"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*120 of 600* bars, `DMGD`, <https://example.com|the page> " + "x" * 200}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*limit*\n5 %"}, {"type": "mrkdwn", "text": "*rate*\n20 %"}]},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Open"}, "url": "https://x.org/"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "run 1"}]},
    ],
    "attachments": [{"color": "danger", "title": "more", "text": "text", "fields": [{"title": "a", "value": "b"}]}],
}
PAGES: Final = ("quality/index.html", f"quality/{RUN}/index.html", "quality/hostile/index.html", f"reports/{RUN}/index.html", "inbox.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as they lie in the lake, each beside those it links to, and the inbox."""
    folder = tmp_path_factory.mktemp("site")
    runs = [
        IndexEntry(RUN, "daily_prices", "2026-11-20T01:30:00+00:00", True, 600, 3, 0.005, ("high is below low",), 1, has_report=True),
        IndexEntry("hostile", "daily_prices", "2026-11-19T01:30:00+00:00", False, 600, 300, 0.5, ("x" * 300,), status="GateClosed"),
    ]
    texts = {
        PAGES[0]: index_page(runs, "s3://tickerhouse-dev/quality/"),
        PAGES[1]: judged({"high_text": "9", "high": None}).page.replace("run-1", RUN),
        PAGES[2]: judged(*HOSTILE_BARS, limit=0.05).page.replace("reports/run-1", f"reports/{RUN}"),
        PAGES[3]: report_page(facts()),
        PAGES[4]: render_inbox([{"received": "2026-11-20T21:00:00+00:00", "message": MESSAGE}]),
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_a_page_fits_every_width_and_reads_well(opened: Browser, site: Path, page: str, is_dark: bool) -> None:  # noqa: FBT001
    for width in WIDTHS:
        opened.show((site / page).as_uri(), width, is_dark=is_dark)
        opened.evaluate(FOLDED)
        assert opened.complaints == [], width
        assert {address.partition(":")[0] for address in opened.requests} == {"file"}, width
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.evaluate(NAMELESS) == []
        contrast = opened.evaluate(CONTRAST)
        assert contrast["looked"] > 10
        assert contrast["low"] == [], width


def test_every_link_between_the_pages_opens(site: Path) -> None:
    for page in PAGES[:-1]:
        text = (site / page).read_text()
        for address in set(re.findall(r'<a [^>]*href="([^"#][^":]*)"', text)):
            assert ((site / page).parent / address).resolve().is_file(), f"{page} -> {address}"


def test_a_report_of_500_symbols_loads_within_seconds(opened: Browser, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(report_page(facts(500)))
    opened.show(page.as_uri(), 1280)
    assert opened.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") < 10_000
    assert opened.evaluate("document.querySelectorAll('svg path').length") > 400


def test_a_contrast_too_low_is_noticed(opened: Browser, tmp_path: Path) -> None:
    page = tmp_path / "faint.html"
    page.write_text("<!doctype html><title>x</title><body style='background:#fff'><p style='color:#999'>faint</p><p>plain</p>")
    opened.show(page.as_uri(), 360)
    assert opened.evaluate(CONTRAST)["low"] == ["P. 2.85: faint"]
