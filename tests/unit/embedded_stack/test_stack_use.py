"""How commands share a stack, start it and end it, with light programs in place of its servers."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import psutil
import pytest

from infra.local import stack_use
from infra.local.errors import ServerNotStarted, StackBusy
from infra.local.stack_use import StackUse
from infra.local.supervisor_state import SupervisorState

ROOT = Path(__file__).resolve().parents[3]
LIGHT = "tests.unit.embedded_stack.light_supervisor"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A stack's folder; whatever a test does, no process that works in it is left afterwards."""
    monkeypatch.setattr(stack_use, "SUPERVISOR", LIGHT)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    yield tmp_path
    for file in tmp_path.glob("*.silent"):
        file.unlink()
    StackUse(tmp_path, print).stop()
    until(lambda: not living_in(tmp_path), "processes are left")


def until(holds: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def living_in(folder: Path) -> list[psutil.Process]:
    """Supervisor and servers run in the stack's folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def assert_none_left(folder: Path) -> None:
    # Locks are given back a moment before their process is gone.
    until(lambda: not living_in(folder), "processes are left", 2.0)


def used(folder: Path, stay_up: float = 60.0, ports: dict[str, int] | None = None, *, with_prefect: bool = True) -> StackUse:
    """A command that has come to the servers and waited for them."""
    use = StackUse(folder, print)
    try:
        use.begin(ports or {}, stay_up, with_prefect=with_prefect)
        use.wait(with_prefect=with_prefect)
    except BaseException:
        use.end(stay_up)
        raise
    return use


def wait_until_lost(use: StackUse) -> NoReturn:
    while True:
        use.wait(with_prefect=True)


def state_in(folder: Path) -> SupervisorState:
    state = SupervisorState.read(folder)
    assert state is not None
    return state


def pids_in(folder: Path) -> dict[str, int]:
    return {each["name"]: each["pid"] for each in json.loads((folder / "processes.json").read_text())}


def servers_in(folder: Path) -> dict[str, psutil.Process]:
    return {name: psutil.Process(pid) for name, pid in pids_in(folder).items()}


def test_the_servers_stay_up_and_the_next_command_finds_them(folder: Path) -> None:
    used(folder).end(60.0)
    first, servers = state_in(folder), servers_in(folder)
    assert set(first.ready) == set(servers) == {"prefect", "s3", "services"}
    used(folder, with_prefect=False).end(60.0)
    assert state_in(folder).pid == first.pid
    assert all(process.is_running() for process in servers.values())


def test_unused_servers_end_by_themselves_after_the_wished_time(folder: Path) -> None:
    used(folder).end(0.4)
    assert living_in(folder)
    until(lambda: not living_in(folder), "they are still up")
    assert not (folder / "running.json").exists()
    assert not (folder / "processes.json").exists()


def test_servers_that_need_not_stay_up_end_before_the_command_does(folder: Path) -> None:
    used(folder, 0.0).end(0.0)
    assert_none_left(folder)


def test_servers_stay_while_another_command_uses_them(folder: Path) -> None:
    lasting, short = used(folder, 0.0), used(folder, 0.0)
    short.end(0.0)
    assert len(living_in(folder)) == 4
    lasting.end(0.0)
    assert_none_left(folder)


def test_down_ends_what_stays_up_and_says_whether_anything_ran(folder: Path) -> None:
    used(folder).end(60.0)
    assert StackUse(folder, print).stop()
    assert_none_left(folder)
    assert not StackUse(folder, print).stop()


def test_nothing_is_ended_under_a_command_that_uses_it(folder: Path) -> None:
    use = used(folder)
    with pytest.raises(StackBusy, match="Another command is using this checkout's embedded stack"):
        StackUse(folder, print).stop()
    assert len(living_in(folder)) == 4
    use.end(60.0)


def test_other_settings_start_the_servers_again(folder: Path) -> None:
    used(folder).end(60.0)
    first = state_in(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    use = used(folder, ports={"s3": port})
    assert state_in(folder).pid != first.pid
    until(lambda: len(living_in(folder)) == 4, "the former servers are left")
    assert state_in(folder).ports["s3"] == port
    with pytest.raises(StackBusy, match="of another version or with other settings"):
        StackUse(folder, print).begin({}, 60.0, with_prefect=True)
    use.end(60.0)


def test_another_version_starts_the_servers_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used(folder).end(60.0)
    first = state_in(folder)
    monkeypatch.setattr(stack_use, "version", lambda _: "9.9")
    used(folder).end(60.0)
    assert state_in(folder).pid != first.pid


def test_servers_without_prefect_are_started_again_for_who_needs_it(folder: Path) -> None:
    """A command that needs no Prefect, and after which nothing stays, starts none; one that finds such servers starts its own."""
    plain = used(folder, 0.0, with_prefect=False)
    assert set(servers_in(folder)) == {"s3", "services"}
    with pytest.raises(StackBusy):
        StackUse(folder, print).begin({}, 0.0, with_prefect=True)
    plain.end(0.0)


def test_two_commands_at_once_start_one_stack(folder: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        uses = list(threads.map(lambda _: used(folder), range(2)))
    assert len(living_in(folder)) == 4
    for use in uses:
        use.end(60.0)


def test_a_wait_for_servers_that_run_counts_from_the_commands_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, later = {"s3": 1.0, "services": 9.0}, {"s3": 1.0, "services": 9.0, "prefect": 70.0}
    moments = iter([begun])
    lines: list[str] = []
    use = StackUse(tmp_path, lines.append)
    monkeypatch.setattr(use, "_wait_state", lambda _: SimpleNamespace(ready=next(moments, later)))
    use.wait(with_prefect=True)
    assert [line.partition(" after ")[0] for line in lines] == ["Prefect ready"]
    assert float(lines[0].split()[-2]) < 10.0


def test_the_servers_of_a_killed_command_end_after_the_wished_time(folder: Path) -> None:
    script = f"""
import os
from pathlib import Path
from infra.local import stack_use
stack_use.SUPERVISOR = {LIGHT!r}
use = stack_use.StackUse(Path({str(folder)!r}), print)
use.begin({{}}, 0.3, with_prefect=True)
use.wait(with_prefect=True)
os.kill(os.getpid(), 9)
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    until(lambda: not living_in(folder), "they are still up")


def test_a_killed_supervisor_leaves_no_server_and_others_start_anew(folder: Path) -> None:
    use = used(folder)
    first = state_in(folder)
    os.kill(first.pid, signal.SIGKILL)
    if sys.platform == "linux":
        until(lambda: not living_in(folder), "servers outlived their supervisor")
    with pytest.raises(ServerNotStarted, match="was killed"):
        use.wait(with_prefect=True)
    again = used(folder)
    assert state_in(folder).pid != first.pid
    assert len(living_in(folder)) == 4
    again.end(60.0)
    use.end(60.0)


def test_a_killed_server_is_started_again(folder: Path) -> None:
    use = used(folder)
    first, lost = state_in(folder), servers_in(folder)["s3"]
    lost.kill()
    until(lambda: pids_in(folder)["s3"] != lost.pid and "s3" in state_in(folder).ready, "it is still away")
    use.wait(with_prefect=True)
    assert state_in(folder).pid == first.pid
    use.end(60.0)


def test_who_watches_is_told_of_a_lost_server_and_of_the_end(folder: Path) -> None:
    told: list[str] = []
    use = StackUse(folder, told.append)
    use.begin({}, 60.0, with_prefect=True)
    use.wait(with_prefect=True)
    with ThreadPoolExecutor(1) as beside:
        ended = beside.submit(use.watch)
        servers_in(folder)["prefect"].kill()
        until(lambda: "Prefect ended by itself; starting it again" in told, "nobody was told", 5.0)
        until(lambda: "Prefect ready again" in told, "nobody was told that it is there again")
        (folder / "s3.breaks").touch()
        (folder / "s3.silent").touch()
        servers_in(folder)["s3"].kill()
        with pytest.raises(ServerNotStarted, match="The embedded s3 server ended at once: no room left"):
            ended.result(timeout=30)
    use.end(60.0)


def test_a_server_that_ends_again_and_again_ends_the_stack(folder: Path) -> None:
    use = used(folder)
    (folder / "s3.breaks").touch()
    (folder / "s3.silent").touch()
    servers_in(folder)["s3"].kill()
    with pytest.raises(ServerNotStarted, match=r"The embedded s3 server ended at once: no room left See .*s3\.log"):
        wait_until_lost(use)
    use.end(60.0)
    until(lambda: not living_in(folder), "the others are still up")


def test_a_server_that_ends_at_once_is_reported_with_its_last_words(folder: Path) -> None:
    (folder / "services.breaks").touch()
    (folder / "services.silent").touch()
    with pytest.raises(ServerNotStarted, match="The embedded services server ended at once: no room left"):
        used(folder)
    until(lambda: not living_in(folder), "the others are still up", 2.0)


def test_a_server_that_stays_silent_is_reported_with_its_log(folder: Path) -> None:
    (folder / "s3.silent").touch()
    with pytest.raises(ServerNotStarted, match=r"s3 server did not answer in 0 s\. See .*s3\.log; then try again"):
        used(folder)


@pytest.mark.parametrize("state", ["", "{", '{"ports": {"s3": 1}, "pid": 1}\n', "[]"])
def test_stale_files_of_an_earlier_or_older_stack_do_no_harm(folder: Path, state: str) -> None:
    (folder / "running.json").write_text(state)
    (folder / "stay_up").write_text("soon")
    (folder / "processes.json").write_text(
        json.dumps([{"name": "s3", "pid": os.getpid(), "started": 1.0, "command": ["rclone", "serve", "s3"]}])
    )
    used(folder, 0.0).end(0.0)
    assert_none_left(folder)


def test_no_server_is_given_a_key_or_a_webhook(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "ALPHAVANTAGE_API_KEY": "KEYKEYKEYKEY",
        "TICKERHOUSE_SLACK_WEBHOOK": "https://hooks.slack.com/services/T0/B0/X",
        "AWS_SECRET_ACCESS_KEY": "secretsecret",
        "PREFECT_API_KEY": "pnu_pnupnu",
    }
    for name, value in {**secrets, "https_proxy": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    use = used(folder)
    supervisor = psutil.Process(state_in(folder).pid)
    for process in (supervisor, *servers_in(folder).values()):
        given = process.environ()
        assert not set(secrets) & set(given)
        assert not set(secrets.values()) & set(given.values())
        assert "PATH" in given
    assert "https_proxy" in servers_in(folder)["prefect"].environ()
    assert "https_proxy" not in servers_in(folder)["s3"].environ()
    use.end(60.0)
