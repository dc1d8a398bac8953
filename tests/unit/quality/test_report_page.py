import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.datasets.daily_prices import CHECKS as DAILY_PRICES
from tasks.quality.context import Context, Market, Origin
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.quality.verdict import Verdict
from tasks.schema import PARSED_DAILY_PRICES

SUITE = load_suite(Path(__file__).resolve().parents[3] / "expectations" / "daily_prices.json", DAILY_PRICES)
HOSTILE = '<script src="https://example.com/x.js">alert("1")</script>'
ORIGIN = Origin("daily_prices", "nightly", "synthetic")
FETCHING = {"src", "srcset", "data", "action", "poster", "background"}


class Elements(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def judged(*changes: dict[str, Any], limit: float = 1.0) -> Verdict:
    sound: dict[str, Any] = {
        "symbol": "MSFT",
        "session_text": "2024-01-02",
        **dict.fromkeys(("open_text", "high_text", "low_text", "close_text"), "10.00"),
        "volume_text": "5",
        "session_date": date(2024, 1, 2),
        **dict.fromkeys(("open", "high", "low", "close"), Decimal(10)),
        "volume": 5,
        "observed_at": datetime(2024, 1, 31, tzinfo=UTC),
        "capture_key": "raw/MSFT.json.gz",
    }
    bars = [sound, *({**sound, **change} for change in changes)]
    market = Market(np.array(["2024-01-02"], dtype="datetime64[D]"), date(2024, 1, 31))
    context = Context(market, ["MSFT", "GONE"], limit, deferred=7, origin=ORIGIN)
    return validate(pa.Table.from_pylist(bars, schema=PARSED_DAILY_PRICES), DAILY_PRICES, SUITE, run_id="run-1", context=context)


HOSTILE_BARS = (
    {"symbol": HOSTILE},
    {"symbol": HOSTILE, "volume": 6, "volume_text": "6"},
    {"session_text": HOSTILE, "session_date": None, "open_text": HOSTILE, "open": None, "capture_key": HOSTILE},
)


@cache
def sound_page() -> str:
    return judged().page


@cache
def hostile_page() -> str:
    return judged(*HOSTILE_BARS).page


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    page = hostile_page()
    elements = Elements(page)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(elements.tags)
    assert not [pair for pair in elements.attributes if pair[0] in FETCHING or pair[0].startswith("on")]
    assert {address for name, address in elements.attributes if name == "href"} == {
        "#content",
        "../index.html",
        "../../reports/run-1/index.html",
    }
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_whatever_comes_from_the_data_is_shown_and_not_interpreted() -> None:
    elements = Elements(hostile_page())
    assert "script" not in elements.tags
    assert HOSTILE in elements.texts


def test_the_page_tells_decision_numbers_reasons_and_raw_strings() -> None:
    closed = Elements(judged({"session_text": "2024-01-02 ", "session_date": None, "close_text": "1O.00", "close": None}, limit=0.05).page)
    text = " ".join(closed.texts)
    for told in (
        "Gate closed: 1 of 2 bars quarantined, none loaded",
        "50 %",
        "the gate closes above 5 %",
        "session is no date",
        "close is not a number",
        "1O.00",
        "GONE",
    ):
        assert told in text
    assert "Passed: all 1 bar" in " ".join(Elements(sound_page()).texts)
    assert "Passed: 1 of 4 bars; 3 quarantined" in " ".join(Elements(hostile_page()).texts)


def test_failed_rules_come_first_and_passed_ones_are_folded() -> None:
    page, reasons = hostile_page(), {*judged(*HOSTILE_BARS).reason_counts, "symbol without a bar"}
    failed, folded = page.index("Rules that failed"), page.index('<details class="passed">')
    assert failed < page.index("<h2>Reasons</h2>") < folded
    for rule in SUITE.rules:
        sentence = escape(rule.sentence).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
        assert (page.index(sentence) < folded) == (rule.reason in reasons), rule


def test_a_bar_is_as_wide_as_its_share_of_all_rows() -> None:
    widths = set(re.findall(r'class="bar " style="width:([\d.]+)%"', hostile_page()))
    assert widths == {"50.00", "25.00"}


def test_the_page_names_environment_source_sessions_and_symbols() -> None:
    texts = [text.strip() for text in Elements(judged().page).texts]
    for value in ("2024-01-02", "1 of 2 requested", "run-1", "nightly", "synthetic"):
        assert value in texts


def test_the_page_lists_every_rule_with_its_sentence() -> None:
    texts = [text.strip() for text in Elements(sound_page()).texts]
    for rule in SUITE.rules:
        assert rule.sentence in texts


def test_a_value_of_any_length_does_not_make_the_page_longer() -> None:
    page = judged({"open_text": "9" * 100_000, "open": None}).page
    assert "(100,000 characters)" in page
    assert len(page) < 120_000


def test_great_expectations_own_sections_are_on_the_page() -> None:
    text = " ".join(" ".join(Elements(sound_page()).texts).split())
    assert f"Evaluated Expectations {len(SUITE.rules)}" in text
    assert "Table-Level Expectations" in text
