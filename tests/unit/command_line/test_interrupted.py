"""SIGTERM and Ctrl-C end a command alike: one line, and 130."""

import os
import signal
from typing import NoReturn

import pytest

from flows.command_line import program


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interrupted_command_says_so_in_one_line(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["tickerhouse", "up"])
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def wait() -> NoReturn:
        os.kill(os.getpid(), number)
        raise AssertionError("it went on")

    monkeypatch.setattr("flows.command_line.up.keep_up", wait)
    try:
        with pytest.raises(SystemExit) as end:
            program.run_command()
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    assert end.value.code == 130
    assert capsys.readouterr().err.strip() == "tickerhouse: interrupted. Everything received is kept; run it again to continue."
