import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.local.alpha_vantage.history import SyntheticHistory

RECORDED = Path(__file__).resolve().parents[3] / ".." / "shared" / "recorded"
AS_OF = datetime(2019, 11, 30, 12, tzinfo=UTC)


def ours(function: str, **parameters: str) -> bytes:
    answer = SyntheticHistory(is_free=False).answer(function, {"symbol": "MSFT", **parameters}, AS_OF)
    assert answer.name == "data"
    return answer.body


def recording(name: str) -> bytes:
    path = RECORDED / name
    if not path.exists():
        pytest.skip("recorded answers are not beside this checkout")
    return path.read_bytes()


def skeleton(body: bytes, rows: int) -> list[tuple[int, str]]:
    """The depth and the keys of every line of meta data and the first rows; values and dates left out."""
    lines = body.decode().split("\n")[: 9 + 10 * rows]
    keys = [line.split('": ')[0].strip().strip('"') if '": ' in line else line.strip() for line in lines]
    return [(len(line) - len(line.lstrip()), "day" if key[:2] in {"19", "20"} else key) for line, key in zip(lines, keys, strict=True)]


@pytest.mark.parametrize("function", ["daily", "daily_adjusted", "weekly", "weekly_adjusted", "monthly", "monthly_adjusted"])
def test_a_series_has_the_recorded_lines_keys_and_indentation(function: str) -> None:
    recorded = recording(f"prices/time_series_{function}-msft-2019-11-30.json")
    made = ours(f"TIME_SERIES_{function.upper()}", outputsize="full")
    assert skeleton(made, 20) == skeleton(recorded, 20)
    assert list(json.loads(made)) == list(json.loads(recorded))


@pytest.mark.parametrize("function", ["daily", "weekly", "monthly"])
def test_meta_data_and_sessions_are_the_recorded_ones(function: str) -> None:
    recorded = json.loads(recording(f"prices/time_series_{function}-msft-2019-11-30.json"))
    made = json.loads(ours(f"TIME_SERIES_{function.upper()}", outputsize="full"))
    assert made["Meta Data"] == recorded["Meta Data"]
    series = next(name for name in recorded if name != "Meta Data")
    # The synthetic history begins where the API's has begun since 2020; the recording is of the years when it reached back twenty years.
    count = len(recorded[series]) - 1
    assert list(made[series])[:count] == list(recorded[series])[:count]


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        ("TIME_SERIES_DAILY", {}),
        ("TIME_SERIES_DAILY", {"outputsize": "full"}),
        ("TIME_SERIES_DAILY_ADJUSTED", {}),
        ("TIME_SERIES_WEEKLY_ADJUSTED", {}),
        ("TIME_SERIES_MONTHLY", {}),
        ("DIVIDENDS", {}),
        ("SPLITS", {}),
        ("GLOBAL_QUOTE", {}),
        ("OVERVIEW", {}),
    ],
)
def test_json_is_indented_by_four_and_ends_without_a_newline(function: str, parameters: dict[str, str]) -> None:
    made = ours(function, **parameters)
    assert json.dumps(json.loads(made), indent=4).encode() == made


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("TIME_SERIES_DAILY", "prices/time_series_daily-ibm-2026-05-17.csv"),
        ("TIME_SERIES_DAILY_ADJUSTED", "prices/time_series_daily_adjusted-ibm-2026-05-17.csv"),
        ("DIVIDENDS", "events/dividends-ibm-2026-05-17.csv"),
        ("SPLITS", "events/splits-ibm-2026-05-17.csv"),
        ("LISTING_STATUS", "listings/listing_status-active-2026-05-17.csv"),
    ],
)
def test_csv_has_the_recorded_header_and_crlf(function: str, name: str) -> None:
    header = recording(name).splitlines()[0]
    made = ours(function, datatype="csv")
    assert made.startswith(header + b"\r\n")
    assert made.count(b"\n") == made.count(b"\r\n") > 1
    assert made.endswith(b"\r\n")


def test_csv_of_the_weekly_adjusted_series_separates_words_by_a_space() -> None:
    assert ours("TIME_SERIES_WEEKLY_ADJUSTED", datatype="csv").startswith(
        b"timestamp,open,high,low,close,adjusted close,volume,dividend amount\r\n"
    )


def test_prices_are_printed_as_recorded() -> None:
    daily = json.loads(ours("TIME_SERIES_DAILY"))["Time Series (Daily)"]["2019-11-29"]
    assert all(len(daily[name].split(".")[1]) == 4 for name in ("1. open", "2. high", "3. low", "4. close"))
    adjusted = json.loads(ours("TIME_SERIES_DAILY_ADJUSTED", outputsize="full"))["Time Series (Daily)"]["2001-02-01"]
    assert adjusted["8. split coefficient"] == "1.0"
    assert adjusted["7. dividend amount"] == "0.0000"
    assert float(adjusted["1. open"]).__repr__() == adjusted["1. open"]
    assert len(adjusted["5. adjusted close"].split(".")[1]) > 6


def test_the_quote_has_the_recorded_keys() -> None:
    recorded = json.loads(recording("prices/global_quote-msft.json"))
    made = json.loads(ours("GLOBAL_QUOTE"))
    assert list(made["Global Quote"]) == list(recorded["Global Quote"])
    assert list(json.loads(ours("GLOBAL_QUOTE", entitlement="delayed"))) == ["Global Quote - DATA DELAYED BY 15 MINUTES"]


def test_the_overview_has_the_recorded_keys() -> None:
    assert list(json.loads(ours("OVERVIEW"))) == list(json.loads(recording("listings/overview-ibm-2026-05-17.json")))


def test_listings_state_active_and_delisted_apart() -> None:
    history = SyntheticHistory(is_free=True)
    now = datetime(2026, 11, 20, tzinfo=UTC)
    active = history.answer("LISTING_STATUS", {}, now).body.decode().splitlines()
    delisted = history.answer("LISTING_STATUS", {"state": "delisted"}, now).body.decode().splitlines()
    symbols = [line.split(",")[0] for line in active[1:]]
    assert {"AAPL", "BRK-B", "-P-HIZ", "ACWV:BAT", "NA", "NAN", "NEW26Q4"} <= set(symbols)
    assert symbols == sorted(symbols)
    assert "NEW27Q1" not in symbols
    assert delisted[1:] == ["GONE,Synthetic Delisted,NYSE,Stock,2002-03-04,2024-06-28,Delisted"]
    long_ago = history.answer("LISTING_STATUS", {"date": "2003-01-02"}, now).body.decode()
    assert "GONE,Synthetic Delisted,NYSE,Stock,2002-03-04,null,Active" in long_ago
    assert "TSLA" not in long_ago
