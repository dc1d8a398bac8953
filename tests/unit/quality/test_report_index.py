import re
from typing import Any

from tasks.quality.report_index import LISTED, IndexEntry, index_page, with_entry


def entry(number: int, **changes: Any) -> IndexEntry:
    fields: dict[str, Any] = {
        "run_id": f"20261120T{number:06}Z-1a2b3c4d",
        "suite": "daily_prices",
        "judged_at": "2026-11-20T21:30:00+00:00",
        "is_open": True,
        "rows": 600,
        "quarantined": 3,
        "rate": 0.005,
        **changes,
    }
    return IndexEntry(**fields)


def listed(*entries: IndexEntry) -> tuple[IndexEntry, ...]:
    runs: tuple[IndexEntry, ...] = ()
    for each in entries:
        runs = with_entry(runs, each)
    return runs


def test_runs_are_listed_newest_first_with_their_rates_and_reasons() -> None:
    later = entry(2, is_open=False, rate=0.081, reasons=("high is below low",), flow="backfill", has_report=True)
    page = index_page(listed(entry(1), later), "s3://lake/quality/")
    assert re.findall(r'href="([^"]+)"', page) == [
        "#content",
        "index.html",
        "../reports/20261120T000002Z-1a2b3c4d/index.html",
        "20261120T000002Z-1a2b3c4d/index.html",
        "20261120T000001Z-1a2b3c4d/index.html",
    ]
    for told in ("2 runs, 1 stopped by the gate", "8.1 %", "0.5 %", "high is below low", "2026-11-20 21:30", "backfill"):
        assert told in page


def test_the_page_is_bounded_however_many_runs_there_were() -> None:
    runs = listed(*(entry(number) for number in range(LISTED + 50)))
    assert len(runs) == LISTED
    assert runs[0].run_id == entry(LISTED + 49).run_id
    assert len(index_page(runs, "s3://lake/")) < 350_000


def test_a_run_that_is_judged_again_stands_once() -> None:
    (run,) = listed(entry(1), entry(1, is_open=False))
    assert run.is_open is False


def test_the_page_fetches_nothing_and_shows_what_is_hostile() -> None:
    page = index_page(listed(entry(1, reasons=("<script src='//x'>",))), "<i>")
    assert "<script" not in page
    assert "<i>" not in page
    assert not re.search(r"(src|https?:)\s*=?\s*['\"]?//", page)
    assert "url(" not in page


def test_an_empty_index_says_so() -> None:
    assert "No run yet" in index_page([], "s3://lake/")
