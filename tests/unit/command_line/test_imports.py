"""What a command imports: seconds that a person waits for, so each imports only what it uses."""

import subprocess
import sys
from pathlib import Path

import pytest

from tasks.sessions import keep_calendar

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("great_expectations", "pandas", "prefect")
LIGHT = ("boto3", "exchange_calendars", "pyarrow", "pydantic", "redshift_connector")
BY_THE_LIBRARY = {"pydantic"}
"""What typer imports to read options."""

SCRIPT = """
import os, sys
os.environ.pop("TICKERHOUSE_STACK", None)
{before}
sys.argv = ["tickerhouse", *{words!r}]
try:
    from flows.command_line import main
    main()
except SystemExit as ended:
    print("exit", ended.code)
print("imported", *[name for name in {watched!r} if name in sys.modules])
"""


def imported_by(words: list[str], watched: tuple[str, ...], before: str = "", exit_status: int = 0) -> list[str]:
    script = SCRIPT.format(words=words, watched=watched, before=before)
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert f"exit {exit_status}" in ended.stdout, ended.stdout + ended.stderr
    return ended.stdout.splitlines()[-1].split()[1:]


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["plan", "--help"]], ids=" ".join)
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    assert set(imported_by(words, HEAVY + LIGHT)) <= BY_THE_LIBRARY


@pytest.mark.parametrize(
    "words",
    [["run", "--symbols", "AA PL"], ["run", "--as-of", "yesterday"], ["run", "--as-of", "2999-01-01T00:00:00Z"], ["run", "--what"]],
    ids=" ".join,
)
def test_wrong_usage_is_answered_before_anything_heavy_is_imported(words: list[str]) -> None:
    assert set(imported_by(words, HEAVY + LIGHT, exit_status=2)) <= BY_THE_LIBRARY


def test_an_invalid_setting_is_answered_before_anything_heavy_is_imported() -> None:
    before = 'os.environ["TICKERHOUSE_WORKGRUP"] = "x"'
    assert imported_by(["run"], (*HEAVY, "exchange_calendars", "pyarrow"), before, exit_status=2) == []


# The lake is a folder's worth of answers in memory, and the servers are nobody: what is imported is the claim.
_NO_SERVERS = """
from contextlib import contextmanager
import flows.command_line.environment as environment
@contextmanager
def ready(context, **_):
    yield context
environment.ready = ready
"""
_PLAN = (
    _NO_SERVERS
    + """
from moto import mock_aws
mock = mock_aws()
mock.start()
os.environ.update(AWS_ACCESS_KEY_ID="k", AWS_SECRET_ACCESS_KEY="s", TICKERHOUSE_BUCKET="lake")
import boto3
boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="lake")
from pathlib import Path
import tasks.sessions
tasks.sessions.kept_folder = lambda: Path({folder!r})
"""
)
_SQL = (
    _NO_SERVERS
    + """
from tasks.orchestration.clients import Clients
class Nobody:
    description, rowcount, autocommit, in_transaction = [("n", 23)], 1, True, False
    def cursor(self): return self
    def __enter__(self): return self
    def __exit__(self, *_): return None
    def execute(self, *_): return self
    def fetchall(self): return [[1]]
    def commit(self): return None
    def rollback(self): return None
    def close(self): return None
Clients.warehouse = lambda self: Nobody()
"""
)


def test_a_plan_imports_no_prefect_no_pandas_and_no_validator(tmp_path: Path) -> None:
    keep_calendar("XNYS", tmp_path)
    assert imported_by(["plan"], HEAVY, _PLAN.format(folder=str(tmp_path))) == []


def test_a_query_imports_no_prefect_no_pandas_and_no_validator() -> None:
    assert imported_by(["sql", "select 1 as n"], (*HEAVY, "exchange_calendars", "pyarrow"), _SQL) == []


def test_a_flow_imports_no_pandas_and_no_validator_before_it_has_rows() -> None:
    script = "import sys, flows.daily_prices; print(*[name for name in ('great_expectations', 'pandas') if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""
