from datetime import UTC, datetime, timedelta

from tasks.planning.capabilities import NOTHING_KNOWN, capability_name, is_known_allowed, learn, was_allowed

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FULL = "TIME_SERIES_DAILY outputsize=full"


def test_an_option_with_a_price_of_its_own_is_a_capability_of_its_own() -> None:
    assert capability_name("TIME_SERIES_DAILY", "full") == FULL
    assert capability_name("TIME_SERIES_DAILY", "compact") == capability_name("TIME_SERIES_DAILY") == "TIME_SERIES_DAILY"


def test_a_refusal_is_remembered_for_a_week_and_then_nobody_knows() -> None:
    known = learn(NOTHING_KNOWN, {FULL: "PremiumOutputSize", "TIME_SERIES_DAILY": "data"}, NOON)
    assert is_known_allowed(NOTHING_KNOWN, FULL, NOON) is None
    assert is_known_allowed(known, FULL, NOON) is False
    assert is_known_allowed(known, "TIME_SERIES_DAILY", NOON) is True
    assert is_known_allowed(known, FULL, NOON + timedelta(days=6, hours=23)) is False
    assert is_known_allowed(known, FULL, NOON + timedelta(days=7)) is None


def test_what_was_known_already_is_nothing_to_write() -> None:
    known = learn(NOTHING_KNOWN, {FULL: "PremiumOutputSize"}, NOON)
    assert learn(known, {FULL: "PremiumEndpoint"}, NOON + timedelta(days=1)) is known
    assert learn(known, {}, NOON) is known


def test_an_upgraded_key_is_believed_and_a_week_old_answer_is_renewed() -> None:
    """A key that was upgraded is believed at once and a week old answer is renewed."""
    known = learn(NOTHING_KNOWN, {FULL: "PremiumOutputSize"}, NOON)
    upgraded = learn(known, {FULL: "data"}, NOON + timedelta(hours=1))
    assert is_known_allowed(upgraded, FULL, NOON + timedelta(hours=1)) is True
    renewed = learn(known, {FULL: "PremiumOutputSize"}, NOON + timedelta(days=8))
    assert is_known_allowed(renewed, FULL, NOON + timedelta(days=9)) is False
    assert renewed[FULL].learnt_from == "PremiumOutputSize"


def test_what_a_key_was_allowed_is_news_to_lose() -> None:
    known = learn(
        NOTHING_KNOWN, {"TIME_SERIES_DAILY_ADJUSTED outputsize=full": "data", "SPLITS": "PremiumEndpoint"}, NOON - timedelta(days=90)
    )
    assert was_allowed(known, "TIME_SERIES_DAILY_ADJUSTED")
    assert not was_allowed(known, "SPLITS")
    assert not was_allowed(known, "TIME_SERIES_DAILY")
