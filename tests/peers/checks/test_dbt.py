"""dbt: run, test and docs generate of a project of two models, again, and incrementally."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.peers.checks.conftest import Address

pytest.importorskip("dbt.adapters.redshift")

PROJECT = """
name: two_models
version: "1.0"
profile: local
model-paths: [models]
flags: {send_anonymous_usage_stats: false}
"""
PRICES = """
{{ config(materialized="incremental", unique_key="id", dist="id", sort="session_date") }}
select 1 as id, 'IBM' as symbol, '2026-01-05'::date as session_date, 1.5::numeric(18,6) as close
union all
select 2, 'MSFT', '2026-01-05'::date, 2.5::numeric(18,6)
"""
CLOSES = """
{{ config(materialized="view", bind=False) }}
select symbol, close from {{ ref("prices") }} where close > 1
"""
SCHEMA = """
models:
  - name: prices
    description: Daily bars.
    columns:
      - name: id
        description: The row's number.
        data_tests: [not_null, unique]
      - name: symbol
        data_tests:
          - accepted_values: {values: [IBM, MSFT]}
  - name: closes
    columns:
      - name: symbol
        data_tests:
          - not_null
          - relationships: {to: ref('prices'), field: symbol}
"""


@pytest.fixture(scope="module")
def project(address: "Address", tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    profile = {
        "type": "redshift",
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "password": address.password,
        "dbname": address.database,
        "schema": "dbt_models",
        "sslmode": "verify-full",
        "threads": 2,
    }
    (folder / "models").mkdir()
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "profiles.yml").write_text(json.dumps({"local": {"target": "dev", "outputs": {"dev": profile}}}))
    (folder / "models" / "prices.sql").write_text(PRICES)
    (folder / "models" / "closes.sql").write_text(CLOSES)
    (folder / "models" / "schema.yml").write_text(SCHEMA)
    return folder


def dbt(project: Path, address: "Address", *command: str) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), *command, "--profiles-dir", "."],
        cwd=project,
        env={**os.environ, "SSL_CERT_FILE": address.trusted},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


@pytest.mark.timeout(600)
def test_a_project_of_two_models_is_run_tested_and_documented(project: Path, address: "Address") -> None:
    assert "All checks passed" in dbt(project, address, "debug")
    assert "PASS=2 WARN=0 ERROR=0" in dbt(project, address, "run")
    assert "PASS=2 WARN=0 ERROR=0" in dbt(project, address, "run")
    assert "PASS=5 WARN=0 ERROR=0" in dbt(project, address, "test")
    dbt(project, address, "docs", "generate")
    catalog = json.loads((project / "target" / "catalog.json").read_text())
    columns = {name.rsplit(".", 1)[-1]: list(node["columns"]) for name, node in catalog["nodes"].items()}
    assert columns == {"prices": ["id", "symbol", "session_date", "close"], "closes": ["symbol", "close"]}
