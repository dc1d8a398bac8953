"""The lake's tables in the Glue Data Catalog, where Athena and Redshift Spectrum find them.

A table is made of its dataset's columns; a column that is added to it later is added there. Nothing is ever removed or changed in the
catalog, so that a table that another release knows differently goes on being read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from botocore.exceptions import BotoCoreError, ClientError

from tasks.lake import keys
from tasks.lake.errors import CatalogRefused
from tasks.lake.store import LakeStore

if TYPE_CHECKING:
    import boto3

PARTITION: Final = MappingProxyType({"year": "int"})
"""The folder's part of a table: it is in the key of a file, not in the file."""


@dataclass(frozen=True)
class CatalogTable:
    """A table as the catalog is to know it.

    Attributes:
        dataset: its name in the catalog, and its folder under ``lake/``.
        description: for people.
        columns: by name, the Arrow type, in the order of the file.
        years: those with a file.
    """

    dataset: str
    description: str
    columns: Mapping[str, pa.DataType]
    years: tuple[int, ...]


def register(session: "boto3.Session", database: str, store: LakeStore, table: CatalogTable) -> None:
    """Makes a table in the catalog, or adds to it the columns and the years that it lacks.

    Args:
        session: with the rights of the load role.
        database: of the catalog; it is there already.
        store: where the files are.
        table: how it is to be.

    Raises:
        CatalogRefused: Glue refused, or could not be reached.
    """
    # The library takes a second to import, and is needed once a year and for a new column.
    from awswrangler import catalog  # noqa: PLC0415

    types = {name: athena_type(arrow_type) for name, arrow_type in table.columns.items()}
    where: dict[str, Any] = {"database": database, "table": table.dataset, "boto3_session": session}
    try:
        catalog.create_parquet_table(
            **where,
            path=store.uri(keys.current_prefix(table.dataset)),
            columns_types=types,
            partitions_types=dict(PARTITION),
            description=table.description,
            table_type="EXTERNAL_TABLE",
            mode="append",
        )
        catalog.add_parquet_partitions(**where, partitions_values=_partitions(store, table.dataset, table.years), columns_types=types)
    except (BotoCoreError, ClientError) as error:
        code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else type(error).__name__
        raise CatalogRefused(
            f"The table {database}.{table.dataset} was not registered in the Glue Data Catalog ({code}).",
            "Check that the database of TICKERHOUSE_LAKE_CATALOG exists, and the load role's rights; the next load tries again.",
        ) from None


def athena_type(arrow_type: pa.DataType) -> str:
    """A column's type in the words of Hive, which the catalog uses.

    Raises:
        KeyError: a type that no column of ours has.
    """
    if pa.types.is_decimal(arrow_type):
        return f"decimal({arrow_type.precision},{arrow_type.scale})"
    return _TYPES["timestamp" if pa.types.is_timestamp(arrow_type) else str(arrow_type)]


_TYPES: Final = MappingProxyType(
    {"string": "string", "int64": "bigint", "int32": "int", "date32[day]": "date", "timestamp": "timestamp", "bool": "boolean"}
    | {"double": "double"}
)


def _partitions(store: LakeStore, dataset: str, years: Iterable[int]) -> dict[str, list[str]]:
    return {f"{store.uri(keys.current_key(dataset, year).rpartition('/')[0])}/": [str(year)] for year in years}
