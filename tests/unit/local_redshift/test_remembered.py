"""What a session remembers of the catalog: forgotten when somebody changes it, kept when a temporary table is made."""

from typing import cast

import pytest

from infra.local.redshift.databases import Databases
from infra.local.redshift.remembered import Remembered


class Counted:
    """Counts changes of the one database as the server's databases do."""

    def __init__(self) -> None:
        self.count = 0

    def changes(self, _database: str) -> int:
        return self.count

    def count_change(self, _database: str) -> None:
        self.count += 1


class Reader:
    """One session that looks up a table; ``reads`` counts how often it had to read the catalog."""

    def __init__(self, databases: Counted) -> None:
        self.remembered = Remembered(cast("Databases", databases), "dev")
        self.reads = 0

    def look(self) -> None:
        self.remembered.get(("columns", "bar"), self._read)

    def _read(self) -> int:
        self.reads += 1
        return self.reads


@pytest.fixture
def databases() -> Counted:
    return Counted()


def test_a_change_is_read_by_its_session_and_by_every_other(databases: Counted) -> None:
    changing, other = Reader(databases), Reader(databases)
    for reader in (changing, other):
        reader.look()
    changing.remembered.begin_statement(changes=True)
    changing.remembered.end_statement()
    changing.remembered.end_transaction()
    for reader in (changing, other):
        reader.look()
    assert (changing.reads, other.reads) == (2, 2)


def test_a_temporary_table_makes_nobody_read_the_others_anew(databases: Counted) -> None:
    making, other = Reader(databases), Reader(databases)
    for reader in (making, other):
        reader.look()
    making.remembered.begin_temporary()
    making.look()
    making.remembered.end_statement()
    making.look()
    assert making.reads == 1
    making.remembered.end_transaction()
    for reader in (making, other):
        reader.look()
    # Its transaction may have taken the table away.
    assert (making.reads, other.reads) == (2, 1)
