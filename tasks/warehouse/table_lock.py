"""The table lock: a load first updates the table's one-row turn table, which guards against two writers."""

from typing import Final

from redshift_connector import Connection

from tasks.warehouse.errors import LoadFailed
from tasks.warehouse.execution import execute
from tasks.warehouse.statements import statement

MARTS: Final = "marts"
"""Whose turn a load takes that refreshes marts, after its own table's; so two that feed them never commit at once."""


def lock_table(connection: Connection, table: str, load_id: str) -> None:
    """Takes a table's turn for as long as the transaction lasts; waits for another that has it.

    Args:
        connection: in a transaction that has written nothing but turns.
        table: the table without its schema, or :data:`MARTS`.
        load_id: who takes it.

    Raises:
        LoadFailed: the turn has no row, or several; rolled back.
    """
    turn = f"load_turn_{table}"
    taken = execute(connection, statement("load_turn", "take", turn=turn), (load_id,))
    if taken != 1:
        connection.rollback()
        raise LoadFailed(f"ops.{turn} has {max(taken, 0)} rows, not one.", "Run: tickerhouse migrate")
