"""psql: its listings and descriptions, which read pg_catalog as PostgreSQL's own client does."""

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.peers.checks.conftest import Address

pytestmark = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed (the package postgresql-client)")


def psql(address: "Address", *commands: str) -> str:
    variables = {
        "PGHOST": address.host,
        "PGPORT": str(address.port),
        "PGUSER": address.user,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
        "PGSSLMODE": "require",
    }
    arguments = [part for command in commands for part in ("-c", command)]
    done = subprocess.run(
        ["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", *arguments],  # noqa: S607 - the psql of this machine
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
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
        (r"\l", "dev"),
        (r"\dn", "listed"),
        (r"\dn+", "listed"),
        (r"\dt listed.*", "listed|prices|table"),
        (r"\dt+ listed.*", "daily bars"),
        (r"\dv listed.*", "listed|closes|view"),
        (r"\d listed.prices", "symbol|character varying(8)||not null"),
        (r"\d+ listed.prices", "numeric(18,6)"),
        (r"\d listed.closes", "close|numeric(18,6)"),
        (r"\du", "IAM:embedded"),
        (r"\dp listed.prices", "prices"),
        (r"\df", ""),
        (r"\di listed.*", ""),
        (r"\ds", ""),
        (r"\conninfo", "dev"),
        (r"select 1; select 2", "1\n2"),
        (r"\gdesc", ""),
    ],
)
def test_a_listing_is_answered(address: "Address", command: str, told: str) -> None:
    assert told in psql(address, command)
