"""The embedded AWS of one checkout, as a command uses it: found or started, described as environment variables, kept up or ended.

Everything is kept in one folder and listens on 127.0.0.1. The pipeline learns of it through settings only. The servers belong to a
supervisor (``infra.local.supervisor``), which outlives the command that started it.
"""

import json
import os
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, NoReturn, Self

from infra.local.database_template import begin_with_template
from infra.local.file_lock import FileLock
from infra.local.ports import HOST, check_names
from infra.local.server_programs import SERVERS
from infra.local.stack_constants import ACCESS_KEY, REGION, SECRET_KEY, WORKGROUP
from infra.local.stack_files import DATA_LOCK, read_made, write_made
from infra.local.stack_use import StackUse

_SOURCE_SECONDS: Final = 30.0


class EmbeddedStack:
    """The servers of one checkout.

    A context manager: on entry the servers are found running, or are started, and this process's environment is pointed at them; on exit
    they stay up for as long as was wished.

    Args:
        folder: where everything is kept, usually ``.tickerhouse``.
        wanted_ports: ports the user set, by server name.
        stay_up: for how many seconds the servers stay up after the last command; 0 ends them with it.
        with_prefect: whether the Prefect server is needed; it is the slowest to start.
        meanwhile: done while the servers start, with this process already pointed at them; imports that take seconds, for one. It is
            given whether there is anything to wait for.
        report: is given a line for each server that was waited for.

    Raises:
        StackBusy: other commands use servers of another version or with other settings.
        PortTaken: a wanted port is in use.
        ServerNotStarted: a server did not start.
    """

    def __init__(
        self,
        folder: Path,
        wanted_ports: Mapping[str, int] | None = None,
        *,
        stay_up: float = 0.0,
        with_prefect: bool = True,
        meanwhile: Callable[[bool], None] = lambda _: None,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = folder.resolve()
        self.stay_up = stay_up
        self._wanted_ports = dict(wanted_ports or {})
        self._with_prefect = with_prefect
        self._meanwhile = meanwhile
        self._use = StackUse(self.folder, report)
        self.ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        check_names(self._wanted_ports, SERVERS)
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self.ports = self._use.begin(self._wanted_ports, self.stay_up, with_prefect=self._with_prefect)
            self.use()
            self._meanwhile(self._use.is_waiting(with_prefect=self._with_prefect))
            self._use.wait(with_prefect=self._with_prefect)
        except BaseException:
            self._use.end(self.stay_up)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._use.end(self.stay_up)

    def stop_with_this_command(self) -> None:
        """Lets the servers end with this command, unless another one uses them."""
        self.stay_up = 0.0

    def watch(self) -> NoReturn:
        """See :meth:`infra.local.stack_use.StackUse.watch`."""
        self._use.watch()

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

    @contextmanager
    def making_data(self) -> Iterator[None]:
        """Lets one command at a time make bucket, database and tables."""
        lock = FileLock(self.folder / DATA_LOCK)
        lock.take(wait=True)
        try:
            yield
        finally:
            lock.give_back()

    def has_made(self, name: str) -> bool:
        """Whether these servers, since they were started, were last told by ``remember_made`` of what has this name."""
        return read_made(self.folder) == [self._use.token, name]

    def remember_made(self, name: str) -> None:
        """Writes down that bucket, database and tables are there, so that the next command need not ask; the servers' end forgets it."""
        write_made(self.folder, [self._use.token, name])

    def ensure_bucket(self, name: str) -> None:
        """Makes the bucket where it is missing, by asking S3: a folder made behind its back is seen only minutes later."""
        # Seconds of imports, which commands that make nothing do not pay for.
        import boto3  # noqa: PLC0415

        client = boto3.client("s3")
        with suppress(client.exceptions.BucketAlreadyExists, client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket=name)

    def ensure_database(self, name: str, template: Path | None = None) -> None:
        """Makes the database where it is missing, as an administrator would: with CREATE DATABASE.

        Args:
            name: the database's name.
            template: a database's file to begin with a copy of; where there is no such file, the new database is empty.
        """
        import redshift_connector  # noqa: PLC0415 - as above

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
                if template:
                    begin_with_template(self.database_file(name), template)
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
        with urllib.request.urlopen(request, timeout=_SOURCE_SECONDS) as answer:  # noqa: S310 - as above
            return str(json.load(answer)["url"])
