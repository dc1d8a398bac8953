"""What sessions remember of the catalog: shared, forgotten when somebody changes it, kept when a temporary table is made."""

import pytest

from infra.local.redshift.remembered import Remembered, SharedMemory


class Reader:
    """One session that looks up a table; ``reads`` counts how often it had to read the catalog."""

    def __init__(self, shared: SharedMemory) -> None:
        self.remembered = Remembered(shared)
        self.reads = 0

    def look(self, *, own: bool = False) -> int:
        return self.remembered.get(("columns", "bar"), self._read, own=own)

    def change(self) -> None:
        """Begins a transaction that changes the catalog."""
        self.remembered.begin_statement(changes=True)
        self.remembered.end_statement()

    def _read(self) -> int:
        self.reads += 1
        return self.reads


@pytest.fixture
def shared() -> SharedMemory:
    return SharedMemory()


def test_a_change_is_read_by_its_session_and_by_every_other(shared: SharedMemory) -> None:
    changing, other = Reader(shared), Reader(shared)
    for reader in (changing, other):
        reader.look()
    changing.change()
    changing.remembered.end_transaction()
    for reader in (changing, other):
        reader.look()
        reader.remembered.end_transaction()
    assert (changing.reads, other.reads) == (2, 1)


def test_a_new_session_begins_with_what_the_others_know(shared: SharedMemory) -> None:
    first, second = Reader(shared), Reader(shared)
    assert first.look() == second.look()
    assert (first.reads, second.reads) == (1, 0)


def test_what_one_session_alone_has_is_never_shared(shared: SharedMemory) -> None:
    first, second = Reader(shared), Reader(shared)
    first.look(own=True)
    second.look(own=True)
    assert (first.reads, second.reads) == (1, 1)


def test_nothing_is_shared_while_a_change_is_not_committed(shared: SharedMemory) -> None:
    changing, other, late = Reader(shared), Reader(shared), Reader(shared)
    other.look()
    changing.change()
    changing.look()
    late.look()
    assert (changing.reads, late.reads) == (1, 1)
    changing.remembered.end_transaction()
    new = Reader(shared)
    new.look()
    assert new.reads == 1


def test_a_session_that_ends_in_a_change_lets_the_others_share_again(shared: SharedMemory) -> None:
    cut = Reader(shared)
    cut.change()
    cut.remembered.end_transaction()
    first, second = Reader(shared), Reader(shared)
    first.look()
    second.look()
    assert (first.reads, second.reads) == (1, 0)


def test_a_transaction_older_than_a_change_tells_nobody_what_it_sees(shared: SharedMemory) -> None:
    old, changing = Reader(shared), Reader(shared)
    changing.change()
    changing.remembered.end_transaction()
    old.look()
    new = Reader(shared)
    new.look()
    assert (old.reads, new.reads) == (1, 1)


def test_a_temporary_table_makes_nobody_read_the_others_anew(shared: SharedMemory) -> None:
    making, other = Reader(shared), Reader(shared)
    for reader in (making, other):
        reader.look()
    making.remembered.begin_temporary()
    making.look()
    making.remembered.end_statement()
    making.look()
    making.remembered.end_transaction()
    for reader in (making, other):
        reader.look()
    assert (making.reads, other.reads) == (1, 0)


def test_what_was_read_of_a_temporary_table_goes_with_its_transaction(shared: SharedMemory) -> None:
    making = Reader(shared)
    making.remembered.begin_temporary()
    making.look(own=True)
    making.remembered.end_transaction()
    making.look(own=True)
    assert making.reads == 2
