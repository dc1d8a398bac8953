"""The warehouse: connection, load transaction, migrations and every statement; other rooms meet it through these modules only."""
