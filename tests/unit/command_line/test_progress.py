import io
import logging
import re
import subprocess
import sys
import time

import pytest

from flows.command_line import progress
from flows.command_line.progress import Progress, StepBegins, StepLines, print_beside, waiting
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


def test_what_the_stack_waits_for_is_under_way_and_everything_else_a_line() -> None:
    out = Terminal()
    with Progress(out) as shown:
        shown.stack_line("starting Prefect and S3")
        until(out, "  stack       starting Prefect and S3 (0 s)")
        shown.stack_line("waiting for Prefect (7 s)")
        until(out, "\r\x1b[K  stack       waiting for Prefect (7 s)")
        shown.stack_line("Prefect ready after 8.1 s")
        until(out, "  stack       waiting for the servers (0 s)")
    kept = [line.rpartition("\r\x1b[K")[2] for line in out.getvalue().split("\n")]
    assert kept == ["  stack       starting Prefect and S3", "  stack       Prefect ready after 8.1 s", ""]


def test_a_command_that_prints_at_its_end_shows_that_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with waiting("status", "reading the lake"):
        until(terminal, "\r\x1b[K  status      reading the lake (0 s)")
        print_beside("stack", "starting S3")
        until(terminal, "\r\x1b[K  stack       starting S3\n")
    assert terminal.getvalue().endswith(("starting S3\n", "\r\x1b[K"))
    print_beside("stack", "S3 ready")
    assert terminal.getvalue().endswith("  stack       S3 ready\n")


def test_such_a_command_is_silent_where_no_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    with waiting("status", "reading the lake"):
        time.sleep(0.2)
    assert out.getvalue() == ""


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


@pytest.mark.parametrize("exit_status", [0, 3])
def test_a_part_of_the_set_up_is_shown_before_a_package_is_there(exit_status: int) -> None:
    part = [sys.executable, "-c", f"print('a warning'); raise SystemExit({exit_status})"]
    done = subprocess.run(
        [sys.executable, "-I", "-S", progress.__file__, "making it", *part], capture_output=True, text=True, check=False, timeout=60
    )
    lines = ["  setup       a warning", "  setup       making it: 0 s"]
    # On a busy machine what goes on is shown as well, and the seconds are more.
    said = [line for line in done.stdout.splitlines() if not line.endswith(" s)")]
    assert [re.sub(r"\d+ s$", "0 s", line) for line in said] == (lines if exit_status == 0 else lines[:1])
    assert (done.returncode, done.stderr) == (exit_status, "")
