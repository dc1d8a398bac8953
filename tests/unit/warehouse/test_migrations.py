import hashlib
from pathlib import Path

import pytest

from tasks.warehouse.errors import MigrationHistoryChanged
from tasks.warehouse.migrations import read_migrations, refuse_changed_history

FIRST = "-- one\nCREATE SCHEMA one;\n"


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def test_numbers_count_through_all_tables(tmp_path: Path) -> None:
    write(tmp_path, "a_table/0003_more.sql", "CREATE TABLE three (x INTEGER);\n")
    write(tmp_path, "b_table/0001_create.sql", FIRST)
    write(tmp_path, "a_table/0002_create.sql", "CREATE TABLE two (x INTEGER);\nCREATE VIEW v AS SELECT ';' AS x FROM two;\n")
    write(tmp_path, "a_table/merge.sql", "MERGE;\n")
    found = read_migrations(tmp_path)
    assert [migration.name for migration in found] == ["b_table/0001_create.sql", "a_table/0002_create.sql", "a_table/0003_more.sql"]
    assert found[1].statements == ("CREATE TABLE two (x INTEGER)", "CREATE VIEW v AS SELECT ';' AS x FROM two")
    assert found[0].sha256 == hashlib.sha256(FIRST.encode()).hexdigest()


def test_line_ends_of_windows_change_no_hash(tmp_path: Path) -> None:
    write(tmp_path, "a_table/0001_create.sql", FIRST.replace("\n", "\r\n"))
    assert read_migrations(tmp_path)[0].sha256 == hashlib.sha256(FIRST.encode()).hexdigest()


def test_two_files_with_one_number_are_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path, "a_table/0001_create.sql", FIRST)
    write(tmp_path, "b_table/0001_create.sql", FIRST)
    with pytest.raises(MigrationHistoryChanged, match=r"a_table/0001_create\.sql and b_table/0001_create\.sql"):
        read_migrations(tmp_path)


def test_a_changed_file_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path, "a_table/0001_create.sql", FIRST)
    with pytest.raises(MigrationHistoryChanged, match=r"a_table/0001_create\.sql was changed"):
        refuse_changed_history(read_migrations(tmp_path), {1: ("a_table/0001_create.sql", "0" * 64)})


@pytest.mark.parametrize("name", ["a_table/0002_create.sql", "a_table/0001_renamed.sql"])
def test_a_vanished_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, FIRST)
    with pytest.raises(MigrationHistoryChanged, match=r"a_table/0001_create\.sql is gone"):
        refuse_changed_history(read_migrations(tmp_path), {1: ("a_table/0001_create.sql", "0" * 64)})


def test_a_new_file_before_applied_ones_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path, "a_table/0001_create.sql", FIRST)
    write(tmp_path, "a_table/0002_create.sql", FIRST)
    digest = hashlib.sha256(FIRST.encode()).hexdigest()
    with pytest.raises(MigrationHistoryChanged, match=r"a_table/0001_create\.sql is numbered before applied ones"):
        refuse_changed_history(read_migrations(tmp_path), {2: ("a_table/0002_create.sql", digest)})


def test_an_unchanged_history_is_accepted(tmp_path: Path) -> None:
    write(tmp_path, "a_table/0001_create.sql", FIRST)
    write(tmp_path, "a_table/0002_create.sql", FIRST)
    digest = hashlib.sha256(FIRST.encode()).hexdigest()
    refuse_changed_history(read_migrations(tmp_path), {1: ("a_table/0001_create.sql", digest)})


def test_the_warehouse_s_own_numbers_begin_at_one_and_are_given_once() -> None:
    numbers = [migration.number for migration in read_migrations()]
    assert numbers[0] == 1
    assert len(set(numbers)) == len(numbers)


def test_a_file_that_names_its_former_digest_is_what_was_applied(tmp_path: Path) -> None:
    """A file that was put right and makes the same goes on where it was applied as it stood before, and nowhere else."""
    write(tmp_path, "a_table/0001_create.sql", f"-- Formerly: {'a' * 64}; the same, before a word was quoted.\n{FIRST}")
    refuse_changed_history(read_migrations(tmp_path), {1: ("a_table/0001_create.sql", "a" * 64)})
    with pytest.raises(MigrationHistoryChanged, match=r"a_table/0001_create\.sql was changed"):
        refuse_changed_history(read_migrations(tmp_path), {1: ("a_table/0001_create.sql", "b" * 64)})
