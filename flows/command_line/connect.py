"""``tickerhouse connect``: lines to copy into a notebook, a shell or a database tool."""

import os

from flows.command_line.environment import CommandEnvironment, read_environment, ready
from tasks.health.connect import Connection, connection_sections

_NEEDED = ("AWS_", "SSL_CERT_FILE")


def print_connections() -> None:
    """Prints ready lines for every tool, for the place in force; on the embedded stack its servers are started first.

    Raises:
        StackFault: the embedded stack could not be used.
    """
    with ready(read_environment(None)) as context:
        for title, lines in connection_sections(_connection(context)):
            print(f"# {title}\n{lines}\n")


def _connection(context: CommandEnvironment) -> Connection:
    settings, stack = context.settings, context.stack
    if stack is None:
        return Connection({}, settings.workgroup, settings.database_name, settings.region, "", 5439, settings.bucket_name, "")
    return Connection(
        {name: value for name, value in stack.environment().items() if name.startswith(_NEEDED) and name in os.environ},
        settings.workgroup,
        settings.database_name,
        settings.region,
        "localhost",
        stack.ports["redshift"],
        settings.bucket_name,
        str(stack.database_file(settings.database_name)),
    )
