"""The embedded Redshift without the pipeline, as its README says: the command, the data folder, and the pytest plugin."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import redshift_connector

pytestmark = pytest.mark.embedded

ROOT = Path(__file__).parents[3]
README = (ROOT / "infra" / "local" / "redshift" / "README.md").read_text()
SECONDS_OF_PROCESSOR = 2.0
"""What the start may cost; a second on a machine of its own, and no test has one."""


@contextmanager
def served(*options: str) -> Iterator[redshift_connector.Connection]:
    """A connection to a server that runs as the README's command, until it is asked to end."""
    command = [sys.executable, "-m", "infra.local.redshift", "--port", "0", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = urlsplit(server.stdout.readline().strip())
        try:
            connection = redshift_connector.connect(
                host=address.hostname,
                port=address.port,
                user=unquote(address.username or ""),
                password=address.password,
                database=address.path.removeprefix("/"),
                ssl=False,
            )
            connection.autocommit = True
            yield connection
            connection.close()
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(30) == 0


def test_the_command_of_the_readme_keeps_its_data(tmp_path: Path) -> None:
    (command,) = re.findall(r"^python -m infra\.local\.redshift (--port.*)$", README, re.MULTILINE)
    assert re.fullmatch(r"--port \d+ --data \S+", command)
    for statement, expected in (("create table kept as select 1 as i", None), ("select i from kept", [1])):
        with served("--data", str(tmp_path / "data")) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            if expected:
                assert list(cursor.fetchone()) == expected
    assert list((tmp_path / "data").glob("*.duckdb"))


def test_a_start_costs_little(tmp_path: Path) -> None:
    before = os.times()
    with served("--data", str(tmp_path)):
        pass
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent < SECONDS_OF_PROCESSOR


def test_the_plugin_gives_a_test_a_database_of_its_own(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "test_example.py").write_text(
        f"{example}\n\ndef test_another(redshift):\n    assert redshift.database.startswith('test_')\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
