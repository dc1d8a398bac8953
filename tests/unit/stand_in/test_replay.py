import json
from datetime import date
from pathlib import Path

import pytest

from infra.local.alpha_vantage import SourceSettings, replay_source_name
from infra.local.alpha_vantage.errors import BadSource, RecordingMissing
from infra.local.alpha_vantage.replay import Replay

RECORDED = Path(__file__).resolve().parents[3] / ".." / "shared" / "recorded"
TODAY = date(2026, 11, 20)
DAILY = "TIME_SERIES_DAILY"


def body_of(symbol: str, mark: str) -> str:
    return json.dumps({"Meta Data": {"2. Symbol": symbol, "3. Last Refreshed": mark}})


def folder_with(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / name).write_text(content)
    return folder


def served(folder: Path, symbol: str, *, full: bool = False, as_of: date = TODAY, prefers_csv: bool = False) -> str | None:
    answer = Replay(folder).answer(DAILY, symbol, as_of, full=full, prefers_csv=prefers_csv)
    return answer.name.removeprefix("recorded ") if answer else None


def test_the_function_must_be_the_one_asked_for(tmp_path: Path) -> None:
    folder_with(tmp_path, **{"time_series_daily_adjusted-msft.json": body_of("MSFT", "a")})
    assert served(tmp_path, "MSFT") is None


def test_a_size_is_answered_by_its_own_recording_or_else_the_other(tmp_path: Path) -> None:
    """A size is answered by its own recording and by the other where there is none."""
    folder_with(tmp_path, **{"time_series_daily-msft-2019-11-30.json": body_of("MSFT", "whole")})
    assert served(tmp_path, "MSFT", full=False) == "time_series_daily-msft-2019-11-30.json"
    folder_with(tmp_path, **{"time_series_daily-msft-compact-2019-07-12.json": body_of("MSFT", "short")})
    assert served(tmp_path, "MSFT", full=False) == "time_series_daily-msft-compact-2019-07-12.json"
    assert served(tmp_path, "MSFT", full=True) == "time_series_daily-msft-2019-11-30.json"
    (tmp_path / "time_series_daily-msft-2019-11-30.json").unlink()
    assert served(tmp_path, "MSFT", full=True) == "time_series_daily-msft-compact-2019-07-12.json"


def test_the_newest_recording_that_is_not_of_the_future_answers(tmp_path: Path) -> None:
    days = ("2019-01-02", "2020-01-02", "2021-01-02")
    folder_with(tmp_path, **{f"time_series_daily-msft-{day}.json": body_of("MSFT", day) for day in days})
    folder_with(tmp_path, **{"time_series_daily-msft.json": body_of("MSFT", "undated")})
    assert served(tmp_path, "MSFT", as_of=date(2020, 1, 2)) == "time_series_daily-msft-2020-01-02.json"
    assert served(tmp_path, "MSFT", as_of=date(2020, 1, 1)) == "time_series_daily-msft-2019-01-02.json"
    assert served(tmp_path, "MSFT", as_of=date(2018, 12, 31)) == "time_series_daily-msft.json"


def test_json_comes_before_csv_unless_csv_was_asked_for(tmp_path: Path) -> None:
    folder_with(
        tmp_path, **{"time_series_daily-ibm-2025-01-02.json": body_of("IBM", "a"), "time_series_daily-ibm-2026-01-02.csv": "timestamp\r\n"}
    )
    assert served(tmp_path, "IBM") == "time_series_daily-ibm-2025-01-02.json"
    assert served(tmp_path, "IBM", prefers_csv=True) == "time_series_daily-ibm-2026-01-02.csv"


def test_the_symbol_in_the_body_decides_where_file_names_are_ambiguous(tmp_path: Path) -> None:
    folder_with(tmp_path, **{"time_series_daily-brk-b.json": body_of("BRK-B", "a"), "time_series_daily-brk-note.json": body_of("BRK", "b")})
    assert served(tmp_path, "BRK-B") == "time_series_daily-brk-b.json"
    assert served(tmp_path, "BRK") == "time_series_daily-brk-note.json"
    assert served(tmp_path, "BR") is None


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("-P-HIZ", "time_series_daily--p-hiz.json"),
        ("ACWV:BAT", "time_series_daily-acwv%3abat-2026-01-02.json"),
        ("NA", "time_series_daily-na.json"),
    ],
)
def test_odd_symbols_are_found(tmp_path: Path, symbol: str, name: str) -> None:
    folder_with(tmp_path, **{name: body_of(symbol, "a"), "time_series_daily-nan.json": body_of("NAN", "b")})
    assert served(tmp_path, symbol) == name


def test_a_body_without_a_symbol_is_served_as_it_is(tmp_path: Path) -> None:
    folder_with(
        tmp_path, **{"time_series_daily-msft-refusal.json": '{"Information": "no"}', "time_series_daily-ibm-cut.json": '{"Meta Data": {'}
    )
    assert served(tmp_path, "MSFT") == "time_series_daily-msft-refusal.json"
    assert served(tmp_path, "IBM") == "time_series_daily-ibm-cut.json"


def test_status_and_type_come_with_the_recording(tmp_path: Path) -> None:
    folder_with(
        tmp_path,
        **{
            "time_series_daily-msft.html": "<h1>no</h1>",
            "time_series_daily-msft.response.json": '{"status": 503, "content_type": "text/html"}',
            "time_series_daily-ibm.csv": "timestamp\r\n",
        },
    )
    down = Replay(tmp_path).answer(DAILY, "MSFT", TODAY, full=False)
    assert down is not None
    assert (down.status, down.content_type, down.body) == (503, "text/html", b"<h1>no</h1>")
    table = Replay(tmp_path).answer(DAILY, "IBM", TODAY, full=False)
    assert table is not None
    assert (table.status, table.content_type) == (200, "application/x-download")


def test_a_folder_that_is_not_there_or_holds_nothing_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingMissing, match="nowhere, is not there"):
        Replay(tmp_path / "nowhere")
    folder_with(tmp_path, **{"readme.txt": "x", "time_series_daily-msft.response.json": "{}"})
    with pytest.raises(RecordingMissing, match="holds nothing to replay"):
        replay_source_name(tmp_path)


def test_the_name_of_the_source_follows_the_content(tmp_path: Path) -> None:
    folder_with(tmp_path, **{"time_series_daily-msft.json": "{}"})
    first = replay_source_name(tmp_path)
    assert first.startswith("replay-")
    assert len(first) == len("replay-") + 12
    folder_with(tmp_path, **{"README.md": "not a recording"})
    assert replay_source_name(tmp_path) == first
    folder_with(tmp_path, **{"time_series_daily-msft.response.json": '{"status": 500}'})
    second = replay_source_name(tmp_path)
    folder_with(tmp_path, **{"time_series_daily-msft.json": "{ }"})
    assert len({first, second, replay_source_name(tmp_path)}) == 3


def test_the_recorded_folder_answers_as_the_readme_says() -> None:
    folder = RECORDED / "prices"
    if not folder.exists():
        pytest.skip("recorded answers are not beside this checkout")
    then = date(2019, 11, 30)
    assert served(folder, "MSFT", full=True, as_of=then) == "time_series_daily-msft-2019-11-30.json"
    assert served(folder, "MSFT", full=False, as_of=then) == "time_series_daily-msft-compact-2019-07-12.json"
    assert served(folder, "AMZN", full=False, as_of=date(2017, 8, 30)) == "time_series_daily-amzn-2017-08-30.json"
    assert served(folder, "AMZN", full=False, as_of=date(2017, 8, 29)) is None
    assert served(folder, "IBM", as_of=date(2026, 5, 16)) == "time_series_daily-ibm-2025-11-08.csv"


def test_settings_that_cannot_be_are_named() -> None:
    with pytest.raises(BadSource, match="no kind"):
        SourceSettings.from_json({"kind": "real"})
    with pytest.raises(BadSource, match="no plan"):
        SourceSettings(plan="premium_80")
    with pytest.raises(BadSource, match="no folder"):
        SourceSettings(kind="replay")
    with pytest.raises(BadSource, match="no offset"):
        SourceSettings(as_of="2026-11-20T21:00:00")
    with pytest.raises(BadSource, match="no instant"):
        SourceSettings(as_of="yesterday")
    with pytest.raises(BadSource, match="'asof' is no setting"):
        SourceSettings.from_json({"asof": "2026-11-20T21:00:00Z"})
    with pytest.raises(BadSource, match="plan is a string"):
        SourceSettings.from_json({"plan": 75})
    with pytest.raises(BadSource, match="JSON object"):
        SourceSettings.from_json([])


def test_equal_settings_have_equal_identities() -> None:
    one = SourceSettings(as_of="2026-11-20T21:00:00Z")
    same = SourceSettings.from_json({"as_of": "2026-11-20T16:00:00-05:00", "folder": None})
    assert one.identity == same.identity
    assert one.identity != SourceSettings(as_of="2026-11-20T21:00:01Z").identity
    assert one.identity != SourceSettings(as_of="2026-11-20T21:00:00Z", label="b").identity
