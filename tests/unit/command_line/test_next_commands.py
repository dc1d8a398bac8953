"""What a run names at its end as the next commands."""

from datetime import UTC, datetime

import pytest

from flows.command_line.run import _commands
from tasks.records import Status
from tasks.summary import RunSummary
from tasks.summary.run_summary import PlaceSummary, QuarantineSummary

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "page", "commands"),
    [
        (Status.COMPLETED, "s3://lake/x", ["sql", "open", "down"]),
        (Status.COMPLETED_WITH_WARNINGS, "s3://lake/x", ["sql", "open", "down"]),
        (Status.GATE_CLOSED, "s3://lake/x", ["open", "quarantine", "down"]),
        (Status.FAILED, "", ["doctor", "down"]),
        (Status.UP_TO_DATE, "", []),
    ],
)
def test_the_next_commands_follow_from_the_end_of_a_run(status: Status, page: str, commands: list[str]) -> None:
    summary = RunSummary(
        run_id="20261120T120000Z-1a2b3c4d",
        flow="daily_prices",
        environment="dev",
        source="synthetic",
        plan="premium_75",
        symbol_count=1,
        status=status,
        exit_code=status.exit_code,
        as_of=NOW,
        started_at=NOW,
        finished_at=NOW,
        quarantine=QuarantineSummary(limit=0.05),
        places=PlaceSummary(page=page),
    )
    named = _commands(summary, None, stays_up=True)
    assert [command.partition("tickerhouse ")[2].split()[0] for command in named] == commands
