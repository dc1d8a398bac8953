"""The report of a deploy, one line per change."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Action(StrEnum):
    """What happened to one thing that Prefect holds."""

    CREATED = "created"
    CHANGED = "changed"
    LEFT = "left"
    REMOVED = "removed"

    def words(self, *, is_dry_run: bool) -> str:
        """What happened, or what would."""
        return _TO_DO.get(self, self.value) if is_dry_run else self.value


_TO_DO: Final = {Action.CREATED: "to create", Action.CHANGED: "to change", Action.REMOVED: "to remove"}


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

    def line(self, *, is_dry_run: bool = False) -> str:
        """The change as a line for people."""
        return f"  {self.action.words(is_dry_run=is_dry_run):<9} {self.resource:<11} {self.name}" + (
            f" ({self.detail})" if self.detail else ""
        )


def count(changes: list[Change], *, is_dry_run: bool = False) -> str:
    """All changes in one sentence."""
    counts = Counter(change.action for change in changes)
    return ", ".join(f"{counts[action]} {action.words(is_dry_run=is_dry_run)}" for action in Action)
