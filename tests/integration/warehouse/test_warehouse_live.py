"""The option ``--live``: the folders of rows on the workgroup that settings name, here the embedded one as a workgroup like any other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.warehouse.conftest import BUCKET, REGION, WORKGROUP
from tests.live_settings import NEEDED

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Lake, Warehouse

pytestmark = pytest.mark.embedded

ROOT = Path(__file__).resolve().parents[3]
CASES = "tests/integration/warehouse/test_warehouse_cases.py"


def run_pytest(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TICKERHOUSE_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=ROOT, env=kept | settings, capture_output=True, text=True, timeout=240, check=False)


def test_the_option_is_refused_with_every_setting_that_is_missing() -> None:
    """The option is refused with the name of every setting that is missing."""
    refused = run_pytest("--live", CASES, TICKERHOUSE_WORKGROUP="tickerhouse-prod")
    assert refused.returncode == pytest.ExitCode.USAGE_ERROR
    (said,) = (line for line in refused.stderr.splitlines() if "--live needs" in line)
    assert [name for name in NEEDED if name in said] == [name for name in NEEDED if name != "TICKERHOUSE_WORKGROUP"]
    assert "Traceback" not in refused.stderr


@pytest.mark.deep
def test_the_folders_of_rows_pass_on_a_workgroup_and_leave_nothing(endpoint: str, lake: Lake, warehouse: Warehouse) -> None:
    """The folders of rows pass on the workgroup that settings name and leave nothing there."""
    files, databases = lake.addresses(), warehouse.ask("SELECT datname FROM pg_database ORDER BY datname")
    passed = run_pytest(
        "--live",
        CASES,
        "tests/unit/warehouse/test_retry.py",
        "-k",
        "restated or test_warehouse_retry",
        AWS_ENDPOINT_URL_S3=endpoint,
        TICKERHOUSE_BUCKET=BUCKET,
        TICKERHOUSE_DATABASE="dev",
        TICKERHOUSE_REGION=REGION,
        TICKERHOUSE_WORKGROUP=WORKGROUP,
    )
    assert passed.returncode == 0, passed.stdout + passed.stderr
    # One folder shows the way; all of them pass the same way beside this test.
    assert "1 passed" in passed.stdout
    assert "deselected" in passed.stdout
    assert lake.addresses() == files
    assert warehouse.ask("SELECT datname FROM pg_database ORDER BY datname") == databases
