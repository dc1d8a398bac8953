"""The runbook's commands that need no AWS, run in its order on an embedded stack of their own."""

import os
import shlex
import signal
from collections.abc import Iterator

import pytest

from tests.documented import RUNBOOK, embedded
from tests.end_to_end.conftest import Ended, Home, read_until

COMMANDS = embedded(RUNBOOK)
OWN = {"TICKERHOUSE_ENVIRONMENT": "runbook"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("runbook"))
    up = home.start("up")
    try:
        read_until(up, "Ctrl-C stops them.")
        yield home
    finally:
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=90)


@pytest.fixture(scope="module")
def ended(home: Home) -> dict[str, Ended]:
    assert "ALPHAVANTAGE_API_KEY" not in os.environ
    return {command: home.run(*shlex.split(command)[1:], **OWN) for command in dict.fromkeys(COMMANDS)}


def test_there_are_commands_for_most_situations() -> None:
    assert len(COMMANDS) > 30
    assert all(command.startswith("tickerhouse ") for command in COMMANDS)


@pytest.mark.parametrize("command", list(dict.fromkeys(COMMANDS)))
def test_a_command_of_the_runbook_ends_well(ended: dict[str, Ended], command: str) -> None:
    assert ended[command].exit_status == 0, ended[command].out + ended[command].err


def test_what_the_runbook_promises_comes_true(ended: dict[str, Ended]) -> None:
    assert "DMGD" in ended["tickerhouse quarantine show --symbol DMGD"].out
    assert "Released" in ended['tickerhouse quarantine release --reason "high is below low" --note "checked against the exchange"'].out
    assert "a larger plan is ordered" in ended["tickerhouse silence"].out
