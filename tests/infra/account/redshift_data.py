"""The Data API of Redshift: an administrator's statements are remembered in their order, all others run on the embedded warehouse.

On moto no statement ever ends; one that is sent with a secret ends here at once.
"""

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.local.redshift.data_api import DataApi


class RedshiftData:
    """Takes an administrator's statements and runs none of them.

    Attributes:
        statements: what was asked with a secret, in order.
        embedded: what runs all others, once a warehouse is put behind it.
    """

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.embedded: DataApi | None = None
        self._known: set[str] = set()

    def answer(self, operation: str, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """The body of an answer, or None where moto is to be asked.

        Raises:
            Refused: by the embedded warehouse.
        """
        if self.embedded and "SecretArn" not in asked and asked.get("Id") not in self._known:
            return self.embedded.answer(operation, asked)
        if operation == "ExecuteStatement":
            self.statements.append(asked["Sql"])
            identifier = str(uuid.uuid4())
            self._known.add(identifier)
            return {
                "Id": identifier,
                "WorkgroupName": asked["WorkgroupName"],
                "Database": asked["Database"],
                "SecretArn": asked["SecretArn"],
            }
        if operation == "DescribeStatement" and asked["Id"] in self._known:
            return {"Id": asked["Id"], "Status": "FINISHED"}
        return None
