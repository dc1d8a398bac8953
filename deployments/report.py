"""The report of a deploy, one line per change."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What happened to one thing that Prefect holds."""

    CREATED = "created"
    CHANGED = "changed"
    LEFT = "left"
    REMOVED = "removed"


@dataclass(frozen=True)
class Change:
    """One thing and what happened to it, or would.

    Attributes:
        action: what.
        resource: work pool, block, limit, deployment, schedule or automation.
        name: its name.
        detail: what differs, where something does.
    """

    action: Action
    resource: str
    name: str
    detail: str = ""

    @property
    def line(self) -> str:
        """The change as a line for people."""
        return f"  {self.action:<8} {self.resource:<11} {self.name}" + (f" ({self.detail})" if self.detail else "")


def count(changes: list[Change]) -> str:
    """All changes in one sentence."""
    counts = Counter(change.action for change in changes)
    return ", ".join(f"{counts[action]} {action}" for action in Action)
