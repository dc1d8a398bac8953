"""What moto's Application Auto Scaling lacks: the tags of a scalable target. Everything else goes on to moto."""

from collections.abc import Mapping
from typing import Any


class Scaling:
    """Remembers the tags of the one target that there is."""

    def __init__(self) -> None:
        self._tags: dict[str, str] = {}

    def answer(self, operation: str, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """The body of an answer, or None where moto is to be asked."""
        if operation == "RegisterScalableTarget" and "Tags" in asked:
            self._tags = dict(asked["Tags"])
        if operation == "ListTagsForResource":
            return {"Tags": self._tags}
        return None
