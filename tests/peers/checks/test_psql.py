"""psql: its listings and descriptions, which read pg_catalog as PostgreSQL's own client does."""

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.peers.checks.conftest import Address

pytestmark = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed (the package postgresql-client)")


def version() -> str:
    told = subprocess.run(["psql", "--version"], capture_output=True, text=True, timeout=60, check=True)  # noqa: S607 - the psql of this machine
    return told.stdout.split()[2]


def asked(address: "Address", *commands: str) -> subprocess.CompletedProcess[str]:
    variables = {
        "PGHOST": address.host,
        "PGPORT": str(address.port),
        "PGUSER": address.user,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
        "PGSSLMODE": "require",
    }
    arguments = [part for command in commands for part in ("-c", command)]
    return subprocess.run(
        ["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", *arguments],  # noqa: S607 - the psql of this machine
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def psql(address: "Address", *commands: str) -> str:
    done = asked(address, *commands)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def tables(address: "Address") -> None:
    psql(
        address,
        "drop schema if exists listed cascade",
        "create schema listed",
        "create table listed.prices (symbol varchar(8) not null, close numeric(18,6), primary key (symbol)) sortkey (symbol)",
        "create view listed.closes as select close from listed.prices",
        "comment on table listed.prices is 'daily bars'",
    )


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (r"\dn", "listed"),
        (r"\dn+", "listed"),
        (r"\dt listed.*", "listed|prices|table"),
        (r"\dv listed.*", "listed|closes|view"),
        (r"\di listed.*", "listed|prices_pkey|index"),
        (r"\dp listed.prices", "listed|prices|table"),
        (r"\ds", ""),
        (r"\conninfo", "dev"),
        ("select 1; select 2", "1\n2"),
    ],
)
def test_a_listing_is_answered(address: "Address", command: str, told: str) -> None:
    assert told in psql(address, command)


@pytest.mark.parametrize(
    ("command", "lacks"),
    [
        (r"\l", "d.datcollate"),
        (r"\dt+ listed.*", "c.relpersistence"),
        (r"\d listed.prices", "c.relhastriggers"),
        (r"\du", "pg_auth_members"),
        (r"\df", "pg_get_function_result"),
    ],
)
def test_what_postgresql_has_since_8_1_is_missing_as_on_redshift(address: "Address", command: str, lacks: str) -> None:
    # psql 15 asks every server for what PostgreSQL 9.2 has; Redshift's catalog is that of 8.0.2 (AWS, c_redshift-and-postgres-sql).
    if int(version().split(".")[0]) < 15:
        pytest.skip("psql 14 and older ask a server of 8.0.2 for less")
    done = asked(address, command)
    assert done.returncode == 1
    assert lacks in done.stderr
    assert "does not exist" in done.stderr
