"""Alerts about other alerts that were not delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks.alerting.alert import Alert, Example
from tasks.wording import agreeing, counted

LOWEST_REFUSAL = 400
"""From this HTTP status on a message was not taken; Prefect itself counts every answer as success."""

_NAMED = 8
_RENEW = "Make a new webhook in Slack, set TICKERHOUSE_SLACK_WEBHOOK or TICKERHOUSE_SLACK_NOTICE_WEBHOOK to it, and deploy."
_LOOK = "The webhook itself may be well, and nothing is sent again: look at what the alerts named below were about."


@dataclass(frozen=True)
class Delivery:
    """What became of one message.

    Attributes:
        automation: the automation that sent it.
        occurred: when.
        status: the receiver's HTTP status, or None where there was no answer.
        reason: why there was none.
    """

    automation: str
    occurred: datetime
    status: int | None
    reason: str = ""

    @property
    def has_failed(self) -> bool:
        """Whether it was not read."""
        return self.status is None or self.status >= LOWEST_REFUSAL

    @property
    def fault(self) -> str:
        """Why it was not read."""
        return f"HTTP {self.status}" if self.status is not None else self.reason or "no answer"


def delivery_alerts(deliveries: Sequence[Delivery]) -> tuple[Alert, ...]:
    """One alert for all that did not arrive, by cause.

    Args:
        deliveries: since the last look.
    """
    failed = [delivery for delivery in deliveries if delivery.has_failed]
    if not failed:
        return ()
    faults = sorted({delivery.fault for delivery in failed})
    refused = any(delivery.status is not None for delivery in failed)
    names = list(dict.fromkeys(delivery.automation for delivery in failed))
    return (
        Alert(
            name="delivery-failed",
            cause="; ".join(faults),
            title=f"{counted(len(failed), 'alert')} did not arrive",
            text=_refused(len(failed), faults) if refused else _unanswered(faults),
            facts={"Not delivered": str(len(failed)), "Answers": "; ".join(faults), "First": f"{failed[0].occurred:%Y-%m-%d %H:%M} UTC"},
            examples=tuple(Example(name, next(each.fault for each in failed if each.automation == name)) for name in names[:_NAMED]),
            more=max(0, len(names) - _NAMED),
            next_step=_RENEW if refused else _LOOK,
            command="tickerhouse deploy" if refused else "tickerhouse status",
        ),
    )


def _refused(number: int, faults: Sequence[str]) -> str:
    return f"Slack did not take {agreeing(number, 'it', 'them')}: {'; '.join(faults)}. A webhook that was revoked answers 404."


def _unanswered(faults: Sequence[str]) -> str:
    return f"Prefect had no answer from Slack: {'; '.join(faults)}."
