"""The real commands and flows on what Terraform made: moto's S3, secrets, STS, CloudWatch, and the embedded Redshift as its workgroup.

Every process gets the credentials of the pipeline role, the settings that are Terraform's output, and addresses on 127.0.0.1; nothing
else. What moto misjudges is set aside by name.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import boto3
import pytest

from infra.local.alpha_vantage import AlphaVantageServer, SourceSettings
from infra.local.certificate import ensure_certificate
from infra.local.redshift import Certificate, RedshiftServer, S3Access
from infra.local.redshift.data_api import DataApi
from tasks.warehouse.connection import WarehouseAddress, connect
from tasks.warehouse.migrations import migrate
from tests.infra.account.server import REGION
from tests.infra.conftest import ROOT, Applied

SET_ASIDE = ("OnlyOverTls", "OnlyUnderOurKey", "OnlyUnderAKeyOfKms", "NotUnderTheKeyOfS3", "NotUnderAKeyOfTheCaller")
"""The statements of the lake's policy: moto applies them without their conditions, so that every PutObject would be refused."""

COMMAND = Path(sys.executable).with_name("tickerhouse")
KEY = "made-up-api-key"
PAST = "2026-06-30T12:00:00Z"
NEXT_DAY = "2026-07-01T12:00:00Z"
OLD_REJECTED = "rejected/alpha_vantage/time_series_daily/year=2020/month=01/day=02/20200102T000000Z-00000000/AAPL-" + "0" * 64 + ".txt"


OLD_SNAPSHOT = "lake-snapshots/daily_prices/20200102T000000Z-00000000/year=2020/000.parquet"


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    exit_status: int
    out: str
    err: str


@dataclass
class FlowRuns:
    """Processes with the pipeline's rights, on the applied stack."""

    applied: Applied
    folder: Path
    environment: dict[str, str]
    ended: dict[str, Ended] = field(default_factory=dict)

    def command(self, *words: str, **settings: str) -> Ended:
        return self._run([str(COMMAND), *words], settings)

    def flows(self, *asked: tuple[str, str, dict[str, object]]) -> dict[str, Ended]:
        """Flows as a worker's process runs them.

        Args:
            asked: a name, what runs (``flows.listings:listings``) and its parameters, each.
        """
        lines = [{"name": name, "entrypoint": entrypoint, "parameters": parameters} for name, entrypoint, parameters in asked]
        done = self._run([sys.executable, "-m", "tests.infra.flow_process"], {}, json.dumps(lines))
        said = dict(re.findall(r"^<(.+?)> (.*)$", done.out, re.MULTILINE))
        assert done.exit_status == 0, done.out + done.err
        return {name: Ended(0 if word.startswith("Completed") else 1, f"{word}\n{done.out}", done.err) for name, word in said.items()}

    def last_run(self) -> dict[str, object]:
        summary: dict[str, object] = json.loads((self.folder / "home" / "last_run.json").read_text())
        return summary

    def _run(self, words: list[str], settings: dict[str, str], said: str = "") -> Ended:
        done = subprocess.run(
            words,
            cwd=ROOT,
            env=self.environment | settings,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            input=said,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


@contextlib.contextmanager
def prefect_server(folder: Path) -> Iterator[str]:
    """A Prefect server for all runs; one that each run started for itself would take longer than the runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder.mkdir(parents=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PREFECT_", "TICKERHOUSE_"))}
    own = {
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "infra.prefect_start"], env=kept | own, stdout=log, stderr=log, start_new_session=True
        )
        try:
            deadline = time.monotonic() + 240
            while not _is_healthy(f"http://127.0.0.1:{port}/api/health"):
                assert server.poll() is None, (folder / "server.log").read_text()
                assert time.monotonic() < deadline, "the Prefect server did not start within 240 s"
                time.sleep(0.3)
            yield f"http://127.0.0.1:{port}/api"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - always http to 127.0.0.1
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


@contextlib.contextmanager
def opened(applied: Applied, folder: Path) -> Iterator[FlowRuns]:
    """The applied stack with a warehouse behind its workgroup and values in its secrets."""
    settings: dict[str, str] = applied.outputs["settings"]
    bucket = settings["TICKERHOUSE_BUCKET"]
    s3 = applied.client("s3")
    _set_aside(applied, bucket)
    applied.client("secretsmanager").put_secret_value(SecretId=settings["TICKERHOUSE_API_KEY_SECRET"], SecretString=KEY)
    watchlist = (ROOT / "deployments" / "watchlist.synthetic.yaml").read_bytes()
    s3.put_object(Bucket=bucket, Key=settings["TICKERHOUSE_WATCHLIST"].removeprefix(f"s3://{bucket}/"), Body=watchlist)
    for key in (OLD_REJECTED, OLD_SNAPSHOT):
        s3.put_object(Bucket=bucket, Key=key, Body=b"no data")
    certificate, private_key, bundle = ensure_certificate(folder / "tls", datetime.now(UTC), None)
    copy = applied.client("sts").assume_role(RoleArn=settings["TICKERHOUSE_COPY_ROLE"], RoleSessionName="redshift")["Credentials"]
    access = S3Access(applied.account.url, copy["AccessKeyId"], copy["SecretAccessKey"], settings["TICKERHOUSE_REGION"])
    identity = Certificate(certificate, private_key)
    with (
        RedshiftServer(None, access, certificate=identity, allowed_copy_role=settings["TICKERHOUSE_COPY_ROLE"]) as warehouse,
        AlphaVantageServer() as alpha_vantage,
        prefect_server(folder / "prefect") as prefect,
    ):
        applied.account.warehouse.warehouse = warehouse
        applied.account.data.embedded = DataApi(warehouse, settings["TICKERHOUSE_WORKGROUP"])
        warehouse.create_database(settings["TICKERHOUSE_DATABASE"])
        _migrate(applied, settings["TICKERHOUSE_DATABASE"], bundle)
        scenario = {"rules": [{"symbol": "NVDA", "nth": [1], "answer": "invalid_call"}]}
        url = alpha_vantage.add_source(SourceSettings(as_of=NEXT_DAY, scenario=scenario))
        pipeline = applied.client("sts").assume_role(RoleArn=applied.outputs["role_arns"]["pipeline"], RoleSessionName="task")[
            "Credentials"
        ]
        foreign = ("ALPHAVANTAGE_", "AWS_", "PREFECT_", "TICKERHOUSE_", "TF_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        environment = (
            kept
            | applied.account.environment(pipeline["AccessKeyId"], pipeline["SecretAccessKey"], pipeline["SessionToken"])
            | settings
            | {
                "SSL_CERT_FILE": str(bundle),
                "TICKERHOUSE_API_URL": url,
                "TICKERHOUSE_HOME": str(folder / "home"),
                "TICKERHOUSE_RETRY_WAIT": "0.3",
                "TICKERHOUSE_RETRY_TOTAL": "3",
                "PREFECT_API_URL": prefect,
                "PREFECT_HOME": str(folder / "prefect"),
                "DO_NOT_TRACK": "1",
            }
        )
        yield FlowRuns(applied, folder, environment)
        applied.account.warehouse.warehouse = applied.account.data.embedded = None


def _set_aside(applied: Applied, bucket: str) -> None:
    client = applied.client("s3")
    policy = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])
    # Whatever else the policy may come to say is not set aside unseen.
    assert tuple(statement["Sid"] for statement in policy["Statement"]) == SET_ASIDE
    client.delete_bucket_policy(Bucket=bucket)


def _migrate(applied: Applied, database: str, bundle: Path) -> None:
    """What an administrator does once (docs/runbook.md): the database's tables and roles."""
    address = WarehouseAddress("tickerhouse-dev", database, REGION, 10.0)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in applied.account.environment().items():
            patch.setenv(name, value)
        patch.setenv("SSL_CERT_FILE", str(bundle))
        with closing(connect(address, boto3.client("redshift-serverless", region_name=REGION))) as connection:
            migrate(connection)
