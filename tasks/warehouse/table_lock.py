"""Whose turn it is to write a table: the warehouse's own guard against two writers, whatever stands outside of it."""

from redshift_connector import Connection

from tasks.warehouse.errors import LoadFailed
from tasks.warehouse.execution import execute
from tasks.warehouse.statements import statement


def lock_table(connection: Connection, table: str, load_id: str, run_id: str) -> None:
    """Takes a table's turn for as long as the transaction lasts; waits for another that has it.

    Args:
        connection: in a transaction that has written nothing but turns.
        table: the table, with its schema.
        load_id: who takes it.
        run_id: that one's run.

    Raises:
        LoadFailed: the table has no turn, or several; rolled back.
    """
    taken = execute(connection, statement("load_turn", "take"), (load_id, run_id, table))
    if taken != 1:
        connection.rollback()
        raise LoadFailed(f"{table} stands {max(taken, 0)} times in ops.load_turn, not once.", "Run: tickerhouse migrate")
