"""The embedded AWS of one checkout: started, described as environment variables, stopped.

Everything is kept in one folder and listens on 127.0.0.1. The pipeline learns of it through settings only.
"""

import fcntl
import json
import logging
import os
import shutil
import socket
import sys
import sysconfig
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import boto3
import redshift_connector

from infra.local.certificate import ensure_certificate
from infra.local.errors import ServerNotStarted, StackBusy
from infra.local.ports import HOST, choose_ports
from infra.local.prefect_server import server_environment
from infra.local.processes import ProcessBook
from infra.local.services_configuration import ServicesConfiguration
from infra.local.whole_file import write_whole

logger = logging.getLogger("tickerhouse.embedded")

ACCESS_KEY: Final = "embedded"
SECRET_KEY: Final = "embedded-secret"  # noqa: S105 - opens nothing but the servers on 127.0.0.1 that are started with it
REGION: Final = "us-east-1"
WORKGROUP: Final = "tickerhouse"
# Of the form that real keys have: a word would also stand in what the stand-in answers, and data with the key in them are refused.
STAND_IN_KEY: Final = "EMBEDDEDSTANDIN0"

_SERVERS: Final = ("alpha_vantage", "control_plane", "prefect", "redshift", "s3", "slack")
_QUICK_START_SECONDS: Final = 30.0
_PREFECT_START_SECONDS: Final = 90.0


class EmbeddedStack:
    """The servers of one checkout.

    A context manager: on entry the servers are started, or found running where another command keeps them up, and this process's
    environment is pointed at them; on exit they are stopped by the command that started them.

    Args:
        folder: where everything is kept, usually ``.tickerhouse``.
        wanted_ports: ports the user set, by server name.
        keeps_up: whether other commands may use the servers while this one runs.
        with_prefect: whether the Prefect server is needed; it is the slowest to start.
        meanwhile: done while the servers start, with this process already pointed at them; imports that take seconds, for one.

    Raises:
        StackBusy: another command holds the stack and does not share it.
        PortTaken: a wanted port is in use.
        ServerNotStarted: a server did not start.
    """

    def __init__(
        self,
        folder: Path,
        wanted_ports: Mapping[str, int] | None = None,
        *,
        keeps_up: bool = False,
        with_prefect: bool = True,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        self.folder = folder.resolve()
        self._wanted_ports = dict(wanted_ports or {})
        self._keeps_up = keeps_up
        self._with_prefect = with_prefect
        self._meanwhile = meanwhile
        self._book = ProcessBook(self.folder)
        self._lock: IO[str] | None = None
        self.ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._take_lock():
            try:
                self._start()
            except BaseException:
                self._stop()
                raise
        else:
            self._join()
            self.use()
            self._meanwhile()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()

    @property
    def is_owner(self) -> bool:
        """Whether this command started the servers."""
        return self._lock is not None

    @property
    def prefect_url(self) -> str:
        """Where the Prefect UI is."""
        return f"http://{HOST}:{self.ports['prefect']}"

    @property
    def alpha_vantage_url(self) -> str:
        """Where the stand-in takes the description of a source."""
        return f"http://{HOST}:{self.ports['alpha_vantage']}"

    @property
    def slack_url(self) -> str:
        """Where the Slack inbox can be read."""
        return f"http://{HOST}:{self.ports['slack']}"

    @property
    def slack_webhook_url(self) -> str:
        """What posts to the Slack inbox."""
        return f"{self.slack_url}/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"

    @property
    def s3_url(self) -> str:
        """The embedded S3."""
        return f"http://{HOST}:{self.ports['s3']}"

    def environment(self) -> dict[str, str]:
        """The variables that lead boto3, the Redshift driver and Prefect to the embedded servers, and to nothing else."""
        nowhere = str(self.folder / "no-aws-configuration")
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_S3": self.s3_url,
            "AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS": f"http://{HOST}:{self.ports['control_plane']}",
            "AWS_ENDPOINT_URL_REDSHIFT_DATA": f"http://{HOST}:{self.ports['control_plane']}",
            # rclone answers range requests with the whole object's checksum, which newer SDKs verify by default.
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
            "SSL_CERT_FILE": str(self.folder / "tls" / "trusted.pem"),
            "PREFECT_API_URL": f"{self.prefect_url}/api",
            "PREFECT_UI_URL": self.prefect_url,
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        }

    def use(self) -> None:
        """Puts ``environment()`` into this process, and takes out what would lead elsewhere; done on entry."""
        for name in (
            "AWS_PROFILE",
            "AWS_SESSION_TOKEN",
            "AWS_ENDPOINT_URL",
            "AWS_ROLE_ARN",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "PREFECT_API_KEY",
        ):
            os.environ.pop(name, None)
        os.environ.update(self.environment())

    def ensure_bucket(self, name: str) -> None:
        """Makes the bucket where it is missing, by asking S3: a folder made behind its back is seen only minutes later."""
        client = boto3.client("s3")
        with suppress(client.exceptions.BucketAlreadyExists, client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket=name)

    def ensure_database(self, name: str) -> None:
        """Makes the database where it is missing, as an administrator would: with CREATE DATABASE."""
        connection = redshift_connector.connect(
            iam=True,
            is_serverless=True,
            serverless_work_group=WORKGROUP,
            database="dev",
            region=REGION,
        )
        try:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("select 1 from pg_database where datname = %s", (name,))
            if not cursor.fetchall():
                cursor.execute(f'create database "{name}"')
        finally:
            connection.close()

    def local_path(self, uri: str) -> Path:
        """The file on this machine that an ``s3://`` address of the embedded S3 names."""
        return self.folder / "s3" / uri.removeprefix("s3://")

    def database_file(self, database: str) -> Path:
        """The DuckDB file behind a database."""
        return self.folder / "redshift" / f"{database}.duckdb"

    def add_source(self, settings: Mapping[str, object]) -> str:
        """Tells the stand-in of a source and gives the API's address for it.

        Args:
            settings: ``kind`` (``synthetic`` or ``replay``), ``as_of``, ``plan``, ``folder``, ``scenario``.
        """
        request = urllib.request.Request(  # noqa: S310 - always http to 127.0.0.1
            f"{self.alpha_vantage_url}/sources",
            data=json.dumps(settings).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=_QUICK_START_SECONDS) as answer:  # noqa: S310 - as above
            return str(json.load(answer)["url"])

    def _take_lock(self) -> bool:
        # The kernel lets go of the lock when its holder ends, however it ends.
        lock = (self.folder / "stack.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        self._lock = lock
        return True

    def _start(self) -> None:
        for name in self._book.end_leftovers():
            logger.info("ended the %s server that a killed command had left behind", name)
        (self.folder / "running.json").unlink(missing_ok=True)
        self.ports = choose_ports(self.folder, _SERVERS, self._wanted_ports)
        if self._with_prefect:
            self._book.start("prefect", [sys.executable, "-m", "prefect", "server", "start"], self._prefect_environment())
        self._start_s3()
        self._start_services()
        self.use()
        self._meanwhile()
        self._book.wait_until("s3", lambda: self._listens("s3"), _QUICK_START_SECONDS)
        self._book.wait_until("services", lambda: all(map(self._listens, ("redshift", "control_plane", "alpha_vantage", "slack"))), 60.0)
        if self._with_prefect:
            self._book.wait_until("prefect", self._prefect_is_healthy, _PREFECT_START_SECONDS)
        if self._keeps_up:
            write_whole(self.folder / "running.json", json.dumps({"ports": self.ports, "pid": os.getpid()}) + "\n")

    def _join(self) -> None:
        running = self.folder / "running.json"
        if not running.exists():
            raise StackBusy(
                "Another command is using this checkout's embedded stack.",
                "Wait until it ends; `tickerhouse up` keeps a stack that commands share.",
            )
        self.ports = json.loads(running.read_text())["ports"]

    def _stop(self) -> None:
        if self._lock is None:
            return
        (self.folder / "running.json").unlink(missing_ok=True)
        self._book.stop()
        self._lock.close()
        self._lock = None

    def _start_s3(self) -> None:
        program = shutil.which("rclone", path=sysconfig.get_path("scripts")) or shutil.which("rclone")
        if program is None:
            raise ServerNotStarted("rclone, which serves the embedded S3, is not installed.", "Run `make run`, which sets everything up.")
        served = self.folder / "s3"
        served.mkdir(exist_ok=True)
        address = f"{HOST}:{self.ports['s3']}"
        command = [
            program,
            "serve",
            "s3",
            "--addr",
            address,
            "--auth-key",
            f"{ACCESS_KEY},{SECRET_KEY}",
            "--config",
            os.devnull,
            str(served),
        ]
        self._book.start("s3", command, os.environ)

    def _start_services(self) -> None:
        trusted = os.environ.get("SSL_CERT_FILE")
        certificate, private_key, _ = ensure_certificate(
            self.folder / "tls",
            datetime.now(UTC),
            Path(trusted) if trusted else None,
        )
        configuration = ServicesConfiguration(
            folder=str(self.folder),
            ports=self.ports,
            s3_endpoint=self.s3_url,
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            region=REGION,
            workgroup=WORKGROUP,
            certificate=str(certificate),
            private_key=str(private_key),
        )
        self._book.start("services", [sys.executable, "-m", "infra.local.services"], os.environ, stdin=configuration.to_line())

    def _prefect_environment(self) -> dict[str, str]:
        home = self.folder / "prefect"
        home.mkdir(exist_ok=True)
        return server_environment(home, HOST, self.ports["prefect"], os.environ)

    def _prefect_is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.prefect_url}/api/health", timeout=1) as answer:  # noqa: S310 - always http to 127.0.0.1
                return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
        except OSError:
            return False

    def _listens(self, server: str) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(0.2)
            return probe.connect_ex((HOST, self.ports[server])) == 0
