"""What moto's AWS Budgets lacks: tags, and who hears of a notification. Everything else goes on to moto."""

from collections.abc import Mapping
from typing import Any


class Budgets:
    """Remembers what moto forgets of a budget."""

    def __init__(self) -> None:
        self._tags: dict[str, list[dict[str, str]]] = {}
        self._subscribers: dict[str, list[dict[str, str]]] = {}

    def answer(self, operation: str, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """The body of an answer, or None where moto is to be asked."""
        if operation == "CreateBudget":
            self._tags[asked["Budget"]["BudgetName"]] = asked.get("ResourceTags", [])
            for each in asked.get("NotificationsWithSubscribers", []):
                self._subscribers[_key(asked["Budget"]["BudgetName"], each["Notification"])] = each["Subscribers"]
        if operation == "CreateNotification":
            self._subscribers[_key(asked["BudgetName"], asked["Notification"])] = asked["Subscribers"]
        if operation == "ListTagsForResource":
            return {"ResourceTags": self._tags.get(asked["ResourceARN"].rpartition("/")[2], [])}
        if operation == "DescribeSubscribersForNotification":
            return {"Subscribers": self._subscribers.get(_key(asked["BudgetName"], asked["Notification"]), [])}
        return None


def _key(budget: str, notification: Mapping[str, Any]) -> str:
    return f"{budget}/{notification['NotificationType']}/{float(notification['Threshold'])}"
