"""Bucket, database and tables of the embedded stack: made once, and not asked for again while its servers run."""

from contextlib import nullcontext
from pathlib import Path
from typing import Self, cast

import pytest

from flows.command_line import environment
from flows.command_line.database_template import migrated_template
from infra.local.stack import EmbeddedStack
from tasks.orchestration.clients import Clients
from tasks.orchestration.settings import Settings
from tasks.warehouse import migrations, renames


class Recorder:
    """Counts what a command asks of the servers.

    Attributes:
        asked: in order.
        template: what the database was made with, if it was.
    """

    def __init__(self, stack: EmbeddedStack) -> None:
        self.asked: list[str] = []
        self.template: Path | None = None
        self.stack = stack

    def make(self, settings: Settings, *, is_migrated: bool = True) -> list[str]:
        self.asked.clear()
        environment._ensure_data(self.stack, settings, is_migrated=is_migrated)
        return list(self.asked)

    def connection(self) -> Self:
        self.asked.append("connection")
        return self

    def close(self) -> None:
        """As a connection has it."""


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    stack = EmbeddedStack(tmp_path)
    stack._use.token = "first start"
    made = Recorder(stack)

    def ensure_bucket(name: str) -> None:
        made.asked.append(name)
        stack.local_path(f"s3://{name}").mkdir(parents=True, exist_ok=True)

    def ensure_database(name: str, template: Path | None) -> None:
        made.asked.append(name)
        made.template = template
        stack.database_file(name).parent.mkdir(parents=True, exist_ok=True)
        stack.database_file(name).touch()

    monkeypatch.setattr(stack, "ensure_bucket", ensure_bucket)
    monkeypatch.setattr(stack, "ensure_database", ensure_database)
    monkeypatch.setattr(stack, "making_data", nullcontext)
    monkeypatch.setattr(Clients, "warehouse", lambda _: made.connection())
    monkeypatch.setattr(migrations, "migrate", lambda *_: [])
    monkeypatch.setattr(renames, "apply_renames", lambda *_: None)
    return made


ALL = ["lake", "dev", "connection"]


def settings(**changed: str) -> Settings:
    return cast("Settings", Named(**{"bucket_name": "lake", "database_name": "dev", **changed}))


class Named:
    """The settings that name the data.

    Attributes:
        bucket: as the user named it, here not at all.
        database: likewise.
        bucket_name: in force.
        database_name: in force.
    """

    def __init__(self, bucket_name: str, database_name: str) -> None:
        self.bucket = self.database = ""
        self.bucket_name = bucket_name
        self.database_name = database_name


def test_the_second_command_asks_no_server_for_its_data(recorder: Recorder) -> None:
    assert recorder.make(settings()) == ALL
    assert recorder.make(settings()) == []


@pytest.mark.parametrize(
    ("changed", "asked"),
    [({"bucket_name": "other"}, ["other", "dev", "connection"]), ({"database_name": "other"}, ["lake", "other", "connection"])],
    ids=["bucket", "database"],
)
def test_data_of_another_name_is_made(recorder: Recorder, changed: dict[str, str], asked: list[str]) -> None:
    recorder.make(settings())
    assert recorder.make(settings(**changed)) == asked


def test_servers_that_started_anew_are_asked_again(recorder: Recorder) -> None:
    recorder.make(settings())
    recorder.stack._use.token = "second start"
    assert recorder.make(settings()) == ALL


def test_a_new_migration_is_applied(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder.make(settings())
    known = migrations.read_migrations()
    monkeypatch.setattr(migrations, "read_migrations", lambda: [*known, migrations.Migration(9999, "x/9999_new.sql", "0" * 64, ())])
    assert recorder.make(settings()) == ALL


def test_a_new_rename_is_applied(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder.make(settings())
    monkeypatch.setattr(renames, "renames_of_the_file", lambda: ())
    assert recorder.make(settings()) == ALL


@pytest.mark.parametrize("kind", ["bucket", "database"])
def test_data_that_was_deleted_is_made_again(recorder: Recorder, kind: str) -> None:
    recorder.make(settings())
    if kind == "bucket":
        recorder.stack.local_path("s3://lake").rmdir()
    else:
        recorder.stack.database_file("dev").unlink()
    assert recorder.make(settings()) == ALL


def test_tables_that_were_left_unmade_are_made_by_the_next(recorder: Recorder) -> None:
    assert recorder.make(settings(), is_migrated=False) == ALL[:2]
    assert recorder.make(settings()) == ALL


def test_only_a_database_that_shall_have_its_tables_begins_with_them(recorder: Recorder) -> None:
    recorder.make(settings(), is_migrated=False)
    assert recorder.template is None
    recorder.make(settings())
    assert recorder.template == migrated_template(migrations.read_migrations())


def test_another_migration_has_another_template() -> None:
    known = migrations.read_migrations()
    assert migrated_template(known) != migrated_template(known[:-1])
