"""The warehouse: connection, load transaction, migrations and every SQL statement."""
