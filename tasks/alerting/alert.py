"""The alert: one message, with everything a person needs to act on it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tasks.wording import deployment_path

ONGOING: Final = frozenset(
    {
        "run-failed",
        "gate-closed",
        "completed-with-warnings",
        "budget-exhausted",
        "endpoint-premium",
        "freshness-missed",
        "late",
        "run-stuck",
    }
)
"""Alerts that stand until they are over, and whose end is sent once as ``recovered``; the others report an event."""

EMITTED: Final = ONGOING | {"budget-nearly-used", "delivery-failed", "many-restated", "recovered", "slow-step"}
"""Every alert that is decided here."""

RAISED_BY_PREFECT: Final = frozenset({"no-freshness-check", "run-crashed", "run-rejected"})
"""Those that Prefect alone can notice; their triggers are in ``deployments/alerts``."""

EVENT: Final = "tickerhouse.alert."
"""What the event of every alert begins with; the rest is the alert's name."""


@dataclass(frozen=True)
class Example:
    """One symbol, bar or run that an alert is about, and why."""

    name: str
    text: str


@dataclass(frozen=True)
class Alert:
    """One message to people.

    Attributes:
        name: which alert it is: one of ``EMITTED``.
        cause: what makes it the same as one that was sent before.
        title: the fact in a few words.
        text: the fact in a sentence or two.
        facts: numbers and names at a glance, by label.
        examples: the symbols, bars or runs it is about.
        more: how many further ones there are.
        next_step: what a person does about it.
        command: the command of ``tickerhouse`` that does it, empty where there is none.
        starts: the flow whose deployment a person starts instead; its command is made where the environment is known.
        symbols: the symbols to start it for; none for the watchlist.
        links: addresses by the words to show for them.
        incident: the name that every message about the same trouble has, its end included; empty for an event.
    """

    name: str
    cause: str
    title: str
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    more: int = 0
    next_step: str = ""
    command: str = ""
    starts: str = ""
    symbols: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    incident: str = ""

    def payload(self, where: Mapping[str, str]) -> dict[str, Any]:
        """The alert as the payload of its event, which is all that a message template sees.

        Args:
            where: environment, source, flow and run it comes from, and the stack (``aws`` or ``embedded``) it runs on.
        """
        return {
            **where,
            "cause": self.cause,
            "title": self.title,
            "text": self.text,
            "facts": [{"label": label, "value": value} for label, value in self.facts.items()],
            "examples": [{"name": example.name, "text": example.text} for example in self.examples],
            "more": self.more,
            "next_step": self.next_step,
            "command": self._command_at(where),
            "incident": self.incident,
            "links": [{"words": words, "address": address} for words, address in self.links.items() if address],
        }

    def _command_at(self, where: Mapping[str, str]) -> str:
        """The command as it works in any shell: a reader's own settings name another environment, or none."""
        environment = where.get("environment", "")
        if self.starts:
            symbols = f" --param symbols='{json.dumps(self.symbols)}'" if self.symbols else ""
            return f"prefect deployment run '{deployment_path(self.starts, environment)}'{symbols}"
        if not self.command:
            return ""
        stack = "TICKERHOUSE_STACK=aws " if where.get("stack") == "aws" else ""
        return f"{stack}TICKERHOUSE_ENVIRONMENT={environment} TICKERHOUSE_SOURCE={where.get('source', '')} {self.command}"
