import io
import logging
import time

import pytest

from flows.command_line import progress
from flows.command_line.progress import Progress, StepBegins, StepLines
from tasks.orchestration.step_log import note_beginning, show_beginnings


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(progress, "_SOON_SECONDS", 0.05)
    monkeypatch.setattr(progress, "_AGAIN_SECONDS", 0.3)


def until(out: io.StringIO, words: str) -> None:
    deadline = time.monotonic() + 10
    while words not in out.getvalue():
        assert time.monotonic() < deadline, out.getvalue()
        time.sleep(0.01)


def test_what_takes_long_is_named_in_plain_lines_where_no_terminal_is() -> None:
    out = io.StringIO()
    with Progress(out) as shown:
        shown.doing("validate", "running")
        until(out, "\n")
        shown.line("validate", "597 rows accepted")
    lines = out.getvalue().splitlines()
    assert lines[0] == "  validate    running (0 s)"
    assert lines[-1] == "  validate    597 rows accepted"
    assert "\x1b" not in out.getvalue()


def test_on_a_terminal_the_last_line_is_live_and_results_take_its_place() -> None:
    out = Terminal()
    with Progress(out) as shown:
        shown.doing("load", "running")
        until(out, "\r\x1b[K  load        running (0 s)")
        shown.line("load", "597 rows new")
        until(out, "\r\x1b[K  load        597 rows new\n")
    assert out.getvalue().endswith(("597 rows new\n", "\r\x1b[K"))


def test_what_is_quick_is_not_named() -> None:
    out = io.StringIO()
    with Progress(out) as shown:
        shown.doing("plan", "running")
        shown.line("plan", "6 calls")
    assert out.getvalue() == "  plan        6 calls\n"


def test_a_step_that_begins_is_under_way_and_not_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    out = io.StringIO()
    caplog.set_level(logging.DEBUG)
    with Progress(out) as shown:
        show_beginnings(StepBegins(shown))
        note_beginning("curate")
        until(out, "  curate      running (0 s)\n")
    assert not caplog.records


def test_what_a_step_logs_is_a_line_without_its_traceback() -> None:
    out = io.StringIO()
    logger = logging.getLogger("tickerhouse.step.load")
    handler = StepLines(Progress(out))
    logger.addHandler(handler)
    try:
        logger.warning("a %s", "retry", exc_info=ValueError("no"))
    finally:
        logger.removeHandler(handler)
    assert out.getvalue() == "  load        a retry\n"
