"""The same by DuckDB's own JSON reader, given the types: the seven columns of a bar, one row a symbol and session."""

from pathlib import Path
from typing import Final

import duckdb

_PRICES: Final = ", ".join(f'"{number}. {name}" DECIMAL(18,6)' for number, name in enumerate(("open", "high", "low", "close"), start=1))
_COLUMNS: Final = (
    f"""{{"Meta Data": 'STRUCT("2. Symbol" VARCHAR)', "Time Series (Daily)": 'MAP(DATE, STRUCT({_PRICES}, "5. volume" BIGINT))'}}"""
)


def run(folder: Path, into: Path) -> None:
    """On two threads."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"""
        COPY (
            SELECT DISTINCT ON (session_date, symbol)
                symbol, session_date, bar."1. open" AS open, bar."2. high" AS high, bar."3. low" AS low, bar."4. close" AS close,
                bar."5. volume" AS volume
            FROM (
                SELECT
                    "Meta Data"."2. Symbol" AS symbol, unnest(map_keys("Time Series (Daily)")) AS session_date,
                    unnest(map_values("Time Series (Daily)")) AS bar
                FROM read_json('{folder}/*.json', columns = {_COLUMNS}, maximum_object_size = 100000000)
            )
            ORDER BY session_date, symbol
        ) TO '{into}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
    """)
