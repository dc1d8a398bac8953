"""The Data API of Redshift, whose statements never end on moto: here each ends at once, and is remembered in its order."""

import uuid
from collections.abc import Mapping
from typing import Any


class RedshiftData:
    """Takes statements and runs none.

    Attributes:
        statements: what was asked, in order.
    """

    def __init__(self) -> None:
        self.statements: list[str] = []
        self._known: set[str] = set()

    def answer(self, operation: str, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """The body of an answer, or None where moto is to be asked."""
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
