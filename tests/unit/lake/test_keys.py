import string
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import WrongUsage
from tasks.exchanges import SYMBOL_FORM
from tasks.lake import keys
from tasks.lake.errors import UnfitForKey

SHA = "0123456789abcdef" * 4
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RUN = "20261120T120000Z-1a2b3c4d"

listed = st.sampled_from(["NA", "NAN", "TRUE", "BRK-B", "ACWV:BAT", "-P-HIZ", "TSCO.LON", "600104.SHH", "AAM-WS", "A"])
hostile = st.sampled_from(
    ["..", ".", "/", "a/b", "%2F", "-", "--rf", "~", "a b", "\x00", "\n", "é", "con", "x.json.gz", "year=2026", "?#&+"]
)
possible = st.from_regex(SYMBOL_FORM, fullmatch=True)
anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
symbols = listed | hostile | possible | anything
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
run_ids = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=64)
datasets = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
instants = st.datetimes(datetime(1999, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds are naive by contract


@st.composite
def any_key(draw: st.DrawFn) -> str:
    symbol, sha, run, dataset, instant = draw(symbols), draw(digests), draw(run_ids), draw(datasets), draw(instants)
    function = draw(st.sampled_from(["TIME_SERIES_DAILY", "LISTING_STATUS"]))
    return draw(
        st.sampled_from(
            [
                keys.raw_key(function, symbol, sha, instant),
                keys.raw_key(function, "", sha, instant, "csv"),
                keys.rejected_key(function, symbol, sha, instant, run),
                keys.observations_key(run, 7),
                keys.quarantine_key(dataset, run),
                keys.curated_key(dataset, run),
                keys.manifest_key(dataset, run),
                keys.quality_result_key(run),
                keys.quality_page_key(run),
                keys.run_key(run),
                keys.coverage_key(dataset),
                keys.budget_key(sha),
                keys.capabilities_key(sha),
            ]
        )
    )


def test_a_capture_stands_under_the_date_of_its_first_receipt() -> None:
    key = keys.raw_key("TIME_SERIES_DAILY", "AAPL", SHA, NOON)

    assert key == f"raw/alpha_vantage/time_series_daily/year=2026/month=11/day=20/AAPL-{SHA}.json.gz"


def test_the_date_in_a_key_is_utc() -> None:
    evening_in_new_york = datetime(2026, 11, 20, 22, 0, tzinfo=timezone(timedelta(hours=-5)))

    assert "/year=2026/month=11/day=21/" in keys.raw_key("TIME_SERIES_DAILY", "AAPL", SHA, evening_in_new_york)


def test_an_instant_without_a_zone_makes_no_key() -> None:
    with pytest.raises(ValueError, match="time zone"):
        keys.raw_key("TIME_SERIES_DAILY", "AAPL", SHA, NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("NA", "NA"),
        ("BRK-B", "BRK-B"),
        ("ACWV:BAT", "ACWV%3ABAT"),
        ("-P-HIZ", "%2DP-HIZ"),
        ("TSCO.LON", "TSCO.LON"),
        ("..", "%2E."),
        ("a/b", "a%2Fb"),
        ("%2F", "%252F"),
    ],
)
def test_a_symbol_is_percent_encoded(symbol: str, name: str) -> None:
    assert keys.raw_key("TIME_SERIES_DAILY", symbol, SHA, NOON).rpartition("/")[2] == f"{name}-{SHA}.json.gz"


def test_a_function_without_symbol_has_a_key_of_its_own() -> None:
    assert keys.raw_key("LISTING_STATUS", "", SHA, NOON, "csv").endswith(f"/listing_status/year=2026/month=11/day=20/{SHA}.csv.gz")


@given(symbols, digests, instants)
def test_symbol_and_digest_can_be_read_back_from_a_key(symbol: str, sha: str, instant: datetime) -> None:
    key = keys.raw_key("TIME_SERIES_DAILY", symbol, sha, instant)

    assert keys.sha256_of(key) == sha
    assert unquote(key.rpartition("/")[2].removesuffix(f"-{sha}.json.gz")) == symbol
    assert key.count("/") == 6
    assert key.isascii()
    assert len(key) < 300


@given(st.lists(any_key(), min_size=2, max_size=8, unique=True))
def test_no_key_is_a_folder_of_another(several: list[str]) -> None:
    for one, other in permutations(several, 2):
        assert not other.startswith(f"{one}/")


@given(any_key())
def test_no_part_of_a_key_is_empty_or_leads_elsewhere(key: str) -> None:
    assert not {"", ".", ".."} & set(key.split("/"))


@pytest.mark.parametrize("symbol", ["A" * 33, "é" * 17, "\ud800"])
def test_a_symbol_that_no_table_could_hold_makes_no_key(symbol: str) -> None:
    with pytest.raises(UnfitForKey, match="is not a symbol"):
        keys.raw_key("TIME_SERIES_DAILY", symbol, SHA, NOON)


@pytest.mark.parametrize("run_id", ["", "../x", "a/b", "a.json", "a_b", "x" * 65, "naïve", "a\n"])
def test_a_run_id_of_another_form_is_wrong_usage(run_id: str) -> None:
    with pytest.raises(WrongUsage, match="cannot be a run id"):
        keys.quality_page_key(run_id)


def test_a_run_id_tells_its_start_in_utc() -> None:
    assert keys.make_run_id(NOON.astimezone(timezone(timedelta(hours=9))), "1a2b3c4d") == RUN


@pytest.mark.parametrize("suffix", ["", "1a2b3c4", "1A2B3C4D", "1a2b3c4d5"])
def test_a_run_id_has_a_suffix_of_eight_characters(suffix: str) -> None:
    with pytest.raises(UnfitForKey, match="run id suffix"):
        keys.make_run_id(NOON, suffix)


@given(st.lists(st.integers(0, 99_999), min_size=2, unique=True))
def test_batches_sort_by_number(batches: list[int]) -> None:
    assert sorted(keys.observations_key(RUN, batch) for batch in batches) == [
        keys.observations_key(RUN, batch) for batch in sorted(batches)
    ]


@pytest.mark.parametrize("key", ["", "runs/x.json", f"raw/{SHA}.json.gz", f"raw/a/b/year=2026/month=11/day=20/A-{SHA[1:]}.json.gz"])
def test_only_the_key_of_a_capture_has_a_digest(key: str) -> None:
    with pytest.raises(UnfitForKey, match="not the key of a capture"):
        keys.sha256_of(key)


def test_an_api_key_does_not_pass_for_its_fingerprint() -> None:
    with pytest.raises(UnfitForKey, match="key fingerprint") as refused:
        keys.budget_key("ABCDEFGHIJKLMNOP")

    assert "ABCDEFGHIJKLMNOP" not in str(refused.value)


def test_what_is_only_tried_is_told_from_the_files_of_runs() -> None:
    tried = f"{RUN}{keys.TRIAL}"
    assert all(map(keys.is_trial, (keys.curated_key("daily_prices", tried), keys.trial_manifest_key("daily_prices", tried))))
    assert not any(map(keys.is_trial, (keys.curated_key("daily_prices", RUN), keys.quarantine_key("daily_prices", RUN))))
