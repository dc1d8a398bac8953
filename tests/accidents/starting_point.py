"""What an environment holds at one moment, so that many runs can begin from it: its database as a file to copy, its bucket as bytes."""

import shutil
from pathlib import Path
from tempfile import mkdtemp

import boto3
import duckdb
from botocore.config import Config

from infra.local.stack_constants import ACCESS_KEY, REGION, SECRET_KEY
from tests.end_to_end.conftest import Home


class StartingPoint:
    """The bucket and the database of an environment as they are now. The bucket is put back, the database copied under another name.

    Attributes:
        lake: the folder of the bucket.

    Args:
        home: where the stack keeps itself; no command runs meanwhile.
        environment: the environment, which one replay folder has fed.
    """

    def __init__(self, home: Home, environment: str) -> None:
        (lake,) = (home.folder / "s3").glob(f"tickerhouse-{environment}-*")
        (database,) = (home.folder / "redshift").glob(f"{environment}_*.duckdb")
        self.lake = lake
        self._source = database.stem.removeprefix(environment)
        self._database = Path(mkdtemp(prefix="starting-point-", dir=home.folder)) / database.name
        for file in (database, database.with_name(f"{database.name}.wal")):
            if file.exists():
                shutil.copy(file, self._database.parent)
        # What the server has only in its log by now goes into the file.
        with duckdb.connect(str(self._database)) as copy:
            copy.execute("checkpoint")
        self._objects = {key: (lake / key).read_bytes() for key in self._keys()}
        self._s3 = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{home.port('s3')}",
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(request_checksum_calculation="when_required"),
        )

    def begin(self, home: Home, environment: str, *, has_tables: bool = True) -> dict[str, str]:
        """Puts the bucket back, gives an environment a copy of the database, and gives the settings with which commands begin here."""
        keys = self._keys()
        for key in keys - self._objects.keys():
            self._s3.delete_object(Bucket=self.lake.name, Key=key)
        for key, body in self._objects.items():
            if key not in keys or (self.lake / key).read_bytes() != body:
                self._s3.put_object(Bucket=self.lake.name, Key=key, Body=body)
        if has_tables:
            shutil.copy(self._database, home.folder / "redshift" / f"{environment}{self._source}.duckdb")
        return {"TICKERHOUSE_ENVIRONMENT": environment, "TICKERHOUSE_BUCKET": self.lake.name}

    def _keys(self) -> set[str]:
        return {path.relative_to(self.lake).as_posix() for path in self.lake.rglob("*") if path.is_file()}
