"""Where a command runs: on the embedded stack, which it starts or finds running, or on AWS; the settings decide."""

import hashlib
import importlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flows.command_line.progress import print_beside
from tasks.errors import TickerhouseError, WrongUsage
from tasks.orchestration.settings import Settings
from tasks.wording import agreeing

if TYPE_CHECKING:
    from infra.local.source import Source
    from infra.local.stack import EmbeddedStack


_API_URL: Final = "PREFECT_API_URL"
# What leads to a Prefect API, and is put aside while the embedded stack points this process at its own.
_PREFECT_OWN: Final = (_API_URL, "PREFECT_API_KEY", "PREFECT_HOME", "PREFECT_UI_URL")


class StackFault(TickerhouseError):
    """The embedded stack could not be used; the text is its own."""


class NothingToReplay(WrongUsage):
    """The folder of recorded answers is not there, or holds none."""


@dataclass(frozen=True)
class CommandEnvironment:
    """The settings and the stack that a command runs with.

    Attributes:
        settings: the settings in force.
        source: what feeds the embedded stack, or None on AWS.
        stack: the embedded stack, once it runs.
    """

    settings: Settings
    source: "Source | None" = None
    stack: "EmbeddedStack | None" = None

    @property
    def has_prefect(self) -> bool:
        """Whether a Prefect server is there to be read: on AWS always, else where that of the stack listens."""
        if self.stack is None:
            return True
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.stack.ports["prefect"]), timeout=1):
            return True
        return False

    def place(self, address: str) -> str:
        """An address as the reader can open it, although the servers have stopped."""
        if self.stack is None or not address:
            return address
        if address.startswith("s3://"):
            return shown(self.stack.local_path(address))
        if "://" in address:
            return f"{address} ({self._how_long(self.stack)})"
        return f"{address} in {shown(self.stack.database_file(self.settings.database_name))}"

    def _how_long(self, stack: "EmbeddedStack") -> str:
        """For how long the servers' addresses open, although this command ends."""
        if not stack.stay_up:
            return "while `tickerhouse up` runs"
        minutes = stack.stay_up / 60
        return f"for {minutes:g} {agreeing(minutes, 'minute', 'minutes')}, or until `tickerhouse down`"


def read_environment(replay: Path | None) -> CommandEnvironment:
    """Reads the settings, and on the embedded stack chooses the source; nothing is started yet.

    Args:
        replay: a folder of recorded answers, or None.

    Raises:
        WrongUsage: a setting is invalid, or there is nothing to replay.
    """
    settings = Settings.from_environment()
    if settings.stack == "aws":
        if replay is not None:
            raise NothingToReplay("Recorded responses are replayed on the embedded stack only.", "Unset TICKERHOUSE_STACK.")
        return CommandEnvironment(settings)
    with _stack_errors():
        from infra.local.source import choose_source, source_settings

        source = choose_source(os.environ, replay)
    os.environ.update(source_settings(source, os.environ))
    return CommandEnvironment(Settings.from_environment(), source)


def _nothing(_is_waiting: bool) -> None:  # noqa: FBT001 - as the stack calls it
    """There is nothing to do while the servers start."""


def _import_flow(is_waiting: bool) -> None:  # noqa: FBT001 - as the stack calls it
    # Seconds of imports that the servers' start hides; Prefect reads its settings while it is imported, and they are set by then.
    importlib.import_module("flows.daily_prices")
    if is_waiting:
        from tasks.validate import prepare_validation

        prepare_validation()


def _report(text: str) -> None:
    """Says what a command waits for, beside what it prints for others to read."""
    print_beside("stack", text)


@contextmanager
def ready(
    context: CommandEnvironment,
    *,
    for_run: bool = False,
    as_of: datetime | None = None,
    is_migrated: bool = True,
    report: Callable[[str], None] = _report,
    keeps_prefect: bool = False,
) -> Iterator[CommandEnvironment]:
    """Readies what a command needs, for as long as it runs: nothing on AWS, else the servers and the source's bucket and database.

    Args:
        context: what ``read_environment`` found.
        for_run: whether a flow will run, which needs Prefect and a stand-in that knows what to answer.
        as_of: the moment the run speaks for; the stand-in answers as of then.
        is_migrated: whether the embedded database has its tables by then; a command that shows what is pending wants it as it is.
        report: is given a line for each server that is waited for.
        keeps_prefect: whether the command talks to the Prefect API that ``PREFECT_API_URL`` names, where it names one; a run does not,
            and says so.

    Raises:
        StackFault: the embedded stack could not be used.
        WarehouseError: the workgroup or database that the user named is not there.
    """
    if context.source is None:
        yield context
        return
    named = named_server(context.settings)
    if named and for_run and not keeps_prefect:
        report(f"{_API_URL} is ignored: on the embedded stack a run is seen by the embedded server only")
    is_elsewhere = bool(named) and keeps_prefect
    needs_server = (for_run or keeps_prefect) and not is_elsewhere
    meanwhile = _import_flow if for_run else _nothing
    with embedded_stack(
        context.settings, with_prefect=needs_server, meanwhile=meanwhile, report=report, keeps_prefect=is_elsewhere
    ) as stack:
        if for_run:
            _open_source(stack, context, as_of)
        settings = Settings.from_environment()
        if is_migrated and not settings.database and not stack.database_file(settings.database_name).exists():
            report("making bucket, database and tables")
        _ensure_data(stack, settings, is_migrated=is_migrated)
        yield CommandEnvironment(settings, context.source, stack)


@contextmanager
def looking(context: CommandEnvironment) -> Iterator[CommandEnvironment]:
    """Readies what a command needs that only looks: the embedded servers without Prefect; no bucket, database or table is made.

    Raises:
        StackFault: the embedded stack could not be used.
    """
    if context.source is None:
        yield context
        return
    with embedded_stack(context.settings, with_prefect=False) as stack:
        yield CommandEnvironment(Settings.from_environment(), context.source, stack)


@contextmanager
def embedded_stack(
    settings: Settings,
    *,
    with_prefect: bool = True,
    meanwhile: Callable[[bool], None] = _nothing,
    report: Callable[[str], None] = _report,
    keeps_prefect: bool = False,
) -> "Iterator[EmbeddedStack]":
    """The embedded stack of this checkout, and the process's environment pointed at it.

    Args:
        settings: the folder and the ports.
        with_prefect: whether its Prefect server is needed.
        meanwhile: done while the servers start.
        report: is given a line for each server that is waited for.
        keeps_prefect: whether the environment goes on naming the Prefect API that it names now.

    Raises:
        StackFault: it could not be started, or another command holds it.
    """
    with _stack_errors():
        from infra.local.stack import EmbeddedStack

        own = {name: os.environ.get(name) for name in _PREFECT_OWN}
        stack = EmbeddedStack(
            settings.home,
            settings.wanted_ports,
            stay_up=settings.stay_up_minutes * 60,
            with_prefect=with_prefect,
            meanwhile=meanwhile,
            report=report,
        )
        with stack:
            if keeps_prefect:
                _put_back(own)
            yield stack


def end_stack(settings: Settings, report: Callable[[str], None]) -> bool:
    """Ends the servers of this checkout.

    Args:
        settings: name its home.
        report: is given a line for what is waited for.

    Returns:
        Whether any ran.

    Raises:
        StackFault: a command uses them.
    """
    if not settings.home.is_dir():
        return False
    with _stack_errors():
        from infra.local.stack_use import StackUse

        return StackUse(settings.home.resolve(), report).stop()


def named_server(settings: Settings) -> str:
    """The Prefect API that ``PREFECT_API_URL`` names; empty where it names none, or the embedded stack's own."""
    url = os.environ.get(_API_URL, "").rstrip("/")
    if not url or settings.stack == "aws":
        return url
    from infra.local.ports import HOST, kept_ports

    return "" if url == f"http://{HOST}:{kept_ports(settings.home).get('prefect')}/api" else url


@contextmanager
def prefect_api(settings: Settings) -> "Iterator[EmbeddedStack | None]":
    """Readies the Prefect API that a command talks to: the one that is named, else the embedded stack's.

    On AWS Prefect's own settings name it, a profile of Prefect's included.

    Returns:
        The embedded stack where its server is the one, else None.

    Raises:
        StackFault: the embedded stack could not be used.
    """
    if settings.stack == "aws" or named_server(settings):
        yield None
        return
    with embedded_stack(settings) as stack:
        yield stack


def prefect_name(stack: "EmbeddedStack | None") -> str:
    """The Prefect API in force as people know it; known once the environment is ready, since Prefect reads its settings when imported."""
    if stack is not None:
        return f"the embedded Prefect server at {stack.prefect_url}/api"
    from prefect.settings import get_current_settings

    from deployments.server import server_name

    return server_name(get_current_settings().api.url or "no Prefect API at all")


def _put_back(own: Mapping[str, str | None]) -> None:
    for name, value in own.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def shown(path: Path) -> str:
    """A path from where the reader stands, where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _open_source(stack: "EmbeddedStack", context: CommandEnvironment, as_of: datetime | None) -> None:
    from infra.local.source import open_source

    if context.source is not None and "TICKERHOUSE_API_URL" not in os.environ:
        os.environ.update(open_source(stack, context.source, context.settings.plan, as_of))


def _ensure_data(stack: "EmbeddedStack", settings: Settings, *, is_migrated: bool) -> None:
    # What the user named himself is his to make: a name that is not there is an error, not a wish.
    from flows.command_line.database_template import migrated_template
    from tasks.orchestration.clients import Clients
    from tasks.warehouse.migrations import migrate, read_migrations
    from tasks.warehouse.renames import apply_renames, renames_of_the_file

    migrations, renames = read_migrations(), renames_of_the_file()
    digest = hashlib.sha256(" ".join([*(migration.sha256 for migration in migrations), str(renames)]).encode()).hexdigest()
    made = f"{settings.bucket_name} {settings.database_name} {digest}"
    files = (stack.local_path(f"s3://{settings.bucket_name}"), stack.database_file(settings.database_name))
    # Two commands at once would both find that something is missing.
    with stack.making_data():
        if stack.has_made(made) and all(file.exists() for file in files):
            return
        if not settings.bucket:
            stack.ensure_bucket(settings.bucket_name)
        if not settings.database:
            stack.ensure_database(settings.database_name, migrated_template(migrations) if is_migrated else None)
        if is_migrated:
            with closing(Clients(settings).warehouse()) as connection:
                migrate(connection, migrations)
                apply_renames(connection, renames)
            stack.remember_made(made)


@contextmanager
def _stack_errors() -> Iterator[None]:
    from infra.local.errors import EmbeddedStackError, RecordingMissing

    try:
        yield
    except RecordingMissing as error:
        raise NothingToReplay(error.fact, error.way_out) from error
    except EmbeddedStackError as error:
        raise StackFault(error.fact, error.way_out) from error
