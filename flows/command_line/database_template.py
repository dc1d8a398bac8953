"""The template of the embedded warehouse: a database to which every migration was applied.

``python -m flows.command_line.database_template`` makes it, as ``make`` does once it has installed everything.
"""

import hashlib
from pathlib import Path

from tasks.warehouse.migrations import Migration, migrate, read_migrations


def migrated_template(migrations: list[Migration]) -> Path:
    """Where the template that these migrations make is kept, whether or not it is there."""
    from infra.local.database_template import template_file

    return template_file(hashlib.sha256(" ".join(migration.sha256 for migration in migrations).encode()).hexdigest())


def make_migrated_template() -> None:
    """Makes the template where it is missing."""
    from infra.local.database_template import make_template

    migrations = read_migrations()
    make_template(migrated_template(migrations), lambda connection: migrate(connection, migrations))


if __name__ == "__main__":
    make_migrated_template()
