from datetime import UTC, datetime

import pytest

from flows.command_line.silence import SilenceUnfit, _silence

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2026-11-30", datetime(2026, 11, 30, 5, tzinfo=UTC)),
        ("20261130", datetime(2026, 11, 30, 5, tzinfo=UTC)),
        ("2026-11-30 12:00", datetime(2026, 11, 30, 17, tzinfo=UTC)),
        ("2026-11-30T12:00", datetime(2026, 11, 30, 17, tzinfo=UTC)),
        ("2026-11-30t12:00", datetime(2026, 11, 30, 17, tzinfo=UTC)),
        ("2027-06-30 12:00", datetime(2027, 6, 30, 16, tzinfo=UTC)),
        ("2026-11-30 12:00+00:00", datetime(2026, 11, 30, 12, tzinfo=UTC)),
        ("2026-11-30T12:00:00Z", datetime(2026, 11, 30, 12, tzinfo=UTC)),
    ],
)
def test_a_silence_ends_at_the_time_that_was_written(text: str, end: datetime) -> None:
    """Without a zone it is New York's time, and a date alone its midnight."""
    assert _silence("late", text, "why", NOW).until == end


@pytest.mark.parametrize("text", ["soon", "2026-11-30 25:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_end_that_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(SilenceUnfit, match="neither a date nor a timestamp"):
        _silence("late", text, "why", NOW)
