"""What Redshift's functions give, on the examples of AWS's pages."""

# ruff: noqa: DTZ001 - a TIMESTAMP has no time zone

from datetime import date, datetime

import pytest

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.runtime import dates, numbers, patterns, semistructured, texts
from infra.local.redshift.sql import zones

MOMENT = datetime(2009, 12, 31, 23, 15, 59)


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("MONTH-DY-DD-YYYY HH12:MIPM", "DECEMBER -THU-31-2009 11:15PM"),
        ("DDD", "365"),
        ("FMMonth", "December"),
        ("HH24:MI:SS", "23:15:59"),
        ("Q", "4"),
        ("IYYY-IW", "2009-53"),
        ('"at" FMDDth', "at 31st"),
    ],
)
def test_a_moment_is_shown_in_a_format(form: str, shown: str) -> None:
    assert dates.to_char_time(MOMENT, form, "UTC") == shown


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        ("-125.8", "999D99S", "125.80-"),
        ("-125.88", "$S999D99", "$-125.88"),
        ("-125.88", "$999D99PR", "$<125.88>"),
        ("125", "RN", "           CXXV"),
        ("125", "999", " 125"),
        ("12454.8", "99G999D9S", "12,454.8+"),
    ],
)
def test_a_number_is_shown_in_a_format(value: str, form: str, shown: str) -> None:
    assert numbers.to_char_number(value, form) == shown


def test_dates_are_read_by_their_format_and_strictly() -> None:
    assert dates.to_date("02 Oct 2001", "DD Mon YYYY", False) == date(2001, 10, 2)
    assert dates.to_date("20260131", "YYYYMMDD", False) == date(2026, 1, 31)
    assert dates.to_date("2026-02-30", "YYYY-MM-DD", False) == date(2026, 3, 2)
    with pytest.raises(StatementFailed, match="22008"):
        dates.to_date("2026-02-30", "YYYY-MM-DD", True)


@pytest.mark.parametrize(("name", "zone"), [("EST", "Etc/GMT+5"), ("PST", "Etc/GMT+8"), ("UTC", "UTC"), ("Asia/Tokyo", "Asia/Tokyo")])
def test_an_abbreviation_is_a_fixed_offset_and_a_name_keeps_its_summer(name: str, zone: str) -> None:
    assert zones.zone(name) == zone


def test_next_day_is_never_the_day_itself() -> None:
    assert dates.next_day(date(2014, 8, 20), "Tuesday") == date(2014, 8, 26)
    assert dates.next_day(date(2014, 8, 26), "tue") == date(2014, 9, 2)


def test_hashes_and_codes_are_those_of_the_pages() -> None:
    assert texts.crc32("Amazon Redshift") == "f2726906"
    assert (texts.soundex("Amazon"), texts.strtol("ff", 16), texts.quote_literal("it's")) == ("A525", 255, "'it''s'")
    assert texts.fnv_hash(b"", 0) == -3750763034362895579


def test_patterns_replace_all_and_count_from_a_position() -> None:
    assert patterns.regexp_replace("abb", "b", "X", 1, "") == "aXX"
    assert patterns.regexp_replace("the FOX", "fox", "dog", 1, "i") == "the dog"
    assert patterns.regexp_count("abcabc", "abc", 2, "") == 1
    assert patterns.regexp_instr("the fox", "f", 1, 1, 0, "") == 5
    assert patterns.similar("abc", "%(b|d)%", "\\")
    assert not patterns.similar("a.c", "a\\.d", "\\")


def test_super_values_are_compact_and_keep_their_digits() -> None:
    assert semistructured.json_parse('{"a": 1.50, "b": [1, 2]}') == '{"a":1.50,"b":[1,2]}'
    assert semistructured.super_at("[10,20]", 1, True) == "20"
    assert semistructured.super_key('{"a":{"d":"x"}}', "a", False, True) == '{"d":"x"}'
    with pytest.raises(StatementFailed, match="22P02"):
        semistructured.json_parse("{")
