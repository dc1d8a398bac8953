"""A database's file with all its tables made, kept beside the environment; a new database begins with a copy of it.

Making the tables one statement after the other takes longer than all the rest of a new database. Who knows the statements makes the
template (``flows.command_line.database_template``); without one for exactly these statements and this server a database begins empty.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from redshift_connector import Connection

_NAME: Final = "template"
_SERVER: Final = Path(__file__).parent / "redshift"


def template_file(statements: str) -> Path:
    """Where the template is kept: in the environment, under a name that follows from all that it is made of.

    Args:
        statements: a digest of what makes the tables.
    """
    made_of = hashlib.sha256(f"{version('duckdb')} {statements}".encode())
    for file in sorted(_SERVER.rglob("*.py")):
        made_of.update(file.read_bytes())
    return Path(sys.prefix) / "share" / "tickerhouse" / "warehouse" / f"{made_of.hexdigest()[:16]}.duckdb"


def make_template(template: Path, fill: "Callable[[Connection], object]") -> None:
    """Lets an embedded Redshift make the tables in a database of its own, and keeps that one's file; older templates go.

    Args:
        template: the file to keep; nothing is done where it is there.
        fill: makes the tables on the connection that it is given, and commits.
    """
    if template.exists():
        return
    # Seconds of imports, which a command that finds a template does not pay for.
    import redshift_connector  # noqa: PLC0415

    from infra.local.redshift import RedshiftServer  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory(prefix="tickerhouse-warehouse-") as folder:
        with RedshiftServer(Path(folder), None) as server:
            server.create_database(_NAME)
            user = server.issue_credentials()
            with closing(
                redshift_connector.connect(
                    host=server.host, port=server.port, user=user.user, password=user.password, database=_NAME, ssl=False
                )
            ) as connection:
                fill(connection)
        template.parent.mkdir(parents=True, exist_ok=True)
        draft = template.with_suffix(f".{os.getpid()}")
        shutil.copy(Path(folder) / f"{_NAME}.duckdb", draft)
    for former in set(template.parent.glob("*.duckdb")) - {template}:
        former.unlink(missing_ok=True)
    draft.replace(template)


def begin_with_template(database: Path, template: Path) -> bool:
    """Gives a database that is not there yet a copy of the template; the server opens it when it is told to create the database.

    Args:
        database: the file that the server will open.
        template: what ``template_file`` gave.

    Returns:
        Whether it was copied.
    """
    if database.exists() or not template.exists():
        return False
    database.parent.mkdir(parents=True, exist_ok=True)
    draft = database.with_suffix(".draft")
    shutil.copy(template, draft)
    draft.replace(database)
    return True
